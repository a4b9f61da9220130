/* The command loop of a person at a terminal. */
#ifndef REPL_LOOP_H
#define REPL_LOOP_H

#include "repl/command/cli.h"

/* Banner, then lines until quit or C-d. */
void loop_run(struct cli *c, struct session *s);

#endif
