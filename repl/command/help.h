/* Help from the tables: commands of the prompt, options, instructions, topics. */
#ifndef REPL_COMMAND_HELP_H
#define REPL_COMMAND_HELP_H

#include "repl/command/session.h"

/* All commands by group, a line each. */
void help_overview(const struct session *s, struct buf *out);
/* One command in full. */
void help_command(const struct command *c, struct buf *out);
/* A command, family, group, option, instruction or alias. False: nothing is called so. */
bool help_topic(struct session *s, struct str topic, struct buf *out);
/* Everything whose name or text has WORD in it. False: nothing. */
bool help_apropos(const struct session *s, struct str word, struct buf *out);

#endif
