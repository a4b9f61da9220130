/* Forms of the program that need a front end: what main.c starts, with commands from -e, -x, a pipe, or a person. */
#ifndef REPL_FRONT_H
#define REPL_FRONT_H

#include "repl/command/cli.h"

struct eval;

/* What main.c has linked in; members are NULL where this build has none. */
struct front {
	struct eval *(*make_eval)(void);                        /* Lua */
	bool (*attach_scripting)(struct session *s, struct err *e);
	void (*loop)(struct cli *c, struct session *s);         /* a person at a terminal */
	bool (*workbench)(struct session *s, struct err *e);    /* the same in windows, till they leave it */
};

/* `wrench [FILE]`: the exit status. */
int front_run(struct cli *c, const struct front *f);
/* `wrench script FILE`, `wrench lesson N`. */
int front_script(struct cli *c, const struct front *f);
int front_lesson(struct cli *c, const struct front *f);

/* Give a session what this build has: evaluator, scripts, debugger. s->eval is the caller's to free after the session. */
bool front_attach(const struct front *f, struct session *s, struct err *e);

#endif
