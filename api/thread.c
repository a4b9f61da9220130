/*
 * Threads that guests start with "wasi" "thread-spawn". Host functions that they call run in the threads' own native
 * threads, and what a struct wr_store knows of calls under way - nesting, outcomes, references that are held - belongs to one
 * thread. So each gets a struct wr_store of its own: another view of the same store, there for as long as its thread.
 */
#include <stdlib.h>

#include "api/impl.h"
#include "engine/wasi/wasi.h"

bool thread_begins(struct ctx *c, const struct ctx *of)
{
	struct wr_store *from = of->user, *st = calloc(1, sizeof *st);

	if (!st)
		return false;
	*st = (struct wr_store){
		.engine = from->engine, .store = from->store, .ctx = c, .user = from->user, .calls = 1,
		.root = from->root ? from->root : from,
	};
	c->user = st;
	gc_scope_open(c, &st->scope, NULL, &st->held_top);
	return true;
}

void thread_ends(struct ctx *c)
{
	struct wr_store *st = c->user;

	gc_scope_close(c);
	vec_free(&st->held);
	free(st);
}

/* The call ended because thread WHO did: what happened there is what happened. */
static void take_over(struct wr_store *st, struct ctx *who, enum outcome how)
{
	struct wr_store *there = who->user;

	outcome_trace(who, how);
	st->ctx->trap = who->trap;
	st->ctx->exit_status = who->exit_status;
	st->ctx->exception = who->exception;
	st->traced = there->traced;
	st->traced_exn = there->traced_exn;
	st->nframes = there->nframes;
	memcpy(st->frames, there->frames, there->nframes * sizeof *st->frames);
}

enum outcome threads_end(struct wr_store *st, enum outcome how)
{
	for (size_t i = 0; i < st->wasis.count; i++) {
		struct ctx *who;
		how = wasi_threads_end(st->wasis.data[i], st->ctx, how, &who);
		if (who != st->ctx)
			take_over(st, who, how);
	}
	return how;
}
