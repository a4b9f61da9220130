/* What the commands that make stops share (cmd_break.c): breakpoints, their conditions, their places. */
#ifndef REPL_COMMAND_CMD_BREAK_H
#define REPL_COMMAND_CMD_BREAK_H

#include "debugger/breakpoint.h"
#include "repl/command/session.h"

/* A breakpoint as it was asked for. */
struct breakpoint_wish {
	enum breakpoint_kind kind;
	struct str where, condition;    /* where: empty means the selected frame's place */
	bool temporary;
	uint32_t instance, thread;      /* 0: all */
};

/* Make it and say so in R. */
bool breakpoint_make(struct session *s, const struct breakpoint_wish *w, struct breakpoint **out, struct result *r,
	struct err *e);
/* Whether an expression can be compiled, and there is something to evaluate it. */
bool breakpoint_check_condition(struct session *s, struct str condition, struct err *e);
/* The one that NUMBER names; E with the words for people. */
bool breakpoint_find(struct session *s, int64_t number, struct breakpoint **out, struct err *e);
/* "1", "2-4": the numbers of one word. */
bool number_range(struct str word, int64_t *first, int64_t *last, struct err *e);
/* cmd_watch.c: "watchpoint", "read watchpoint", "access watchpoint". */
const char *watch_kind(const struct watch *w);
/* cmd_dprintf.c: a dprintf was reached (dbg->print). */
void dprintf_print(void *session, const struct breakpoint *b);

#endif
