/* What the word at the end of a line can be completed to, by the kind of argument it is. */
#ifndef REPL_COMMAND_COMPLETE_H
#define REPL_COMMAND_COMPLETE_H

#include "repl/command/session.h"

typedef VEC(char *) word_list;          /* each owned */

/* Completions of the word that begins at START of LINE. *FILES is set when file names should be offered, too. */
void complete_line(struct session *s, struct str line, size_t start, word_list *out, bool *files);
void word_list_free(word_list *w);

#endif
