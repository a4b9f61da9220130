/*
 * The process: exit, signals to itself, yielding. Signals never reach the host: one whose action is to terminate ends
 * the guest with 128 + its number, as a shell reports it; one that stops is an interrupt, which brings a debugger's
 * prompt.
 */
#include <sched.h>

#include "engine/wasi/impl.h"

enum signal_action { ACTION_IGNORE, ACTION_TERMINATE, ACTION_STOP };

/* By WASI's numbers, which up to SYS are in Linux's order but for STKFLT. */
static const struct { uint8_t action, shell; } signals[] = {
	{ ACTION_IGNORE, 0 },                           /* none */
	{ ACTION_TERMINATE, 1 }, { ACTION_TERMINATE, 2 }, { ACTION_TERMINATE, 3 },      /* hup int quit */
	{ ACTION_TERMINATE, 4 }, { ACTION_TERMINATE, 5 }, { ACTION_TERMINATE, 6 },      /* ill trap abrt */
	{ ACTION_TERMINATE, 7 }, { ACTION_TERMINATE, 8 }, { ACTION_TERMINATE, 9 },      /* bus fpe kill */
	{ ACTION_TERMINATE, 10 }, { ACTION_TERMINATE, 11 }, { ACTION_TERMINATE, 12 },   /* usr1 segv usr2 */
	{ ACTION_IGNORE, 13 },                                                          /* pipe */
	{ ACTION_TERMINATE, 14 }, { ACTION_TERMINATE, 15 },                             /* alrm term */
	{ ACTION_IGNORE, 17 }, { ACTION_IGNORE, 18 },                                   /* chld cont */
	{ ACTION_STOP, 19 }, { ACTION_STOP, 20 }, { ACTION_STOP, 21 }, { ACTION_STOP, 22 },     /* stop tstp ttin ttou */
	{ ACTION_IGNORE, 23 },                                                          /* urg */
	{ ACTION_TERMINATE, 24 }, { ACTION_TERMINATE, 25 }, { ACTION_TERMINATE, 26 },   /* xcpu xfsz vtalrm */
	{ ACTION_TERMINATE, 27 },                                                       /* prof */
	{ ACTION_IGNORE, 28 },                                                          /* winch */
	{ ACTION_TERMINATE, 29 }, { ACTION_TERMINATE, 30 }, { ACTION_TERMINATE, 31 },   /* poll pwr sys */
};
_Static_assert(sizeof signals / sizeof *signals == 31, "one row per signal of preview 1");

uint32_t wasi_proc_exit(struct wasi_call *k)
{
	k->out = ctx_exit(k->ctx, (int)arg32(k, 0));
	return WE_SUCCESS;
}

uint32_t wasi_proc_raise(struct wasi_call *k)
{
	uint32_t signal = arg32(k, 0);

	if (signal >= sizeof signals / sizeof *signals)
		return WE_INVAL;
	if (signals[signal].action == ACTION_TERMINATE)
		k->out = ctx_exit(k->ctx, 128 + signals[signal].shell);
	else if (signals[signal].action == ACTION_STOP)
		ctx_interrupt(k->ctx, LEAVE_INTERRUPT);
	return WE_SUCCESS;
}

uint32_t wasi_sched_yield(struct wasi_call *k)
{
	sched_yield();
	return WE_SUCCESS;
}
