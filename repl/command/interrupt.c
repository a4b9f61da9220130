/*
 * C-c; see interrupt.h. The one file-scope variable here is what a signal handler can reach: the running context. Outside
 * of guest calls SIGINT keeps the disposition that the front end chose.
 */
#include "repl/command/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "engine/ctx.h"

static struct ctx *volatile running;
static struct sigaction outside;

static void on_sigint(int sig)
{
	struct ctx *c = running;

	if (c)
		ctx_interrupt(c, LEAVE_INTERRUPT);
}

struct ctx *interrupt_enter(struct ctx *c)
{
	struct ctx *before = running;
	struct sigaction act = { .sa_handler = on_sigint, .sa_flags = SA_ONSTACK };

	running = c;
	if (!before) {
		sigemptyset(&act.sa_mask);
		sigaction(SIGINT, &act, &outside);
	}
	return before;
}

void interrupt_leave(struct ctx *before)
{
	running = before;
	if (!before)
		sigaction(SIGINT, &outside, NULL);
}
