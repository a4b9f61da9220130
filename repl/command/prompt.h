/* The prompts: "(wrench) ", "(wrench:2) " in a nested call, "...> " for a continued line. */
#ifndef REPL_COMMAND_PROMPT_H
#define REPL_COMMAND_PROMPT_H

#include "repl/command/session.h"

enum { PROMPT_MAX = 32 };
void prompt_text(const struct session *s, bool continued, char out[PROMPT_MAX]);

#endif
