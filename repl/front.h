/* The interactive form of the program: what main.c starts, with commands from -e, -x, a pipe, or a person. */
#ifndef REPL_FRONT_H
#define REPL_FRONT_H

#include "repl/command/cli.h"

struct eval;

/* What main.c has linked in; members are NULL where this build has none. */
struct front {
	struct eval *(*make_eval)(void);                /* Lua */
	void (*loop)(struct cli *c, struct session *s); /* a person at a terminal */
};

/* `wrench [FILE]`: the exit status. */
int front_run(struct cli *c, const struct front *f);

#endif
