/*
 * Threads: "wasi" "thread-spawn", as wasi-threads has it. Each thread is a native thread with a context and an instance of
 * its own, made from the caller's module with what the caller's imports were given; the instances share what is imported,
 * above all the memory. The thread runs the instance's export wasi_thread_start(tid, arg).
 *
 * The first thread that does not end normally ends all: its outcome is the program's. So does the return of the call that
 * spawned the first thread: wasi_threads_end() kills and joins what still runs. Every thread gets the fuel that its
 * spawner has left.
 */
#include <errno.h>
#include <signal.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/hold.h"
#include "engine/replace.h"
#include "engine/turns.h"
#include "engine/wasi/impl.h"

enum { MAX_THREADS = 1000, MAX_TID = 0x1fffffff };

struct wasi_thread {
	pthread_t id;
	struct wasi *wasi;
	struct ctx *ctx;
	struct instance *spawner;
	int32_t tid;
	uint32_t arg;
	/* under the lock */
	bool done;
	enum outcome how;
};

static const char start_name[] = "wasi_thread_start";

/* ---- ends ------------------------------------------------------------------------------------ */

static void thread_free(struct wasi_thread *t)
{
	if (t->ctx && t->ctx->thread_ends)
		t->ctx->thread_ends(t->ctx);
	ctx_free(t->ctx);
	free(t);
}

/* Under the lock: whoever still runs is told to end. */
static void kill_others(struct wasi *w, const struct ctx *but)
{
	for (size_t i = 0; i < w->threads.count; i++)
		if (!w->threads.data[i]->done && w->threads.data[i]->ctx != but)
			ctx_interrupt(w->threads.data[i]->ctx, LEAVE_KILL);
	if (w->root && w->root != but)
		ctx_interrupt(w->root, LEAVE_KILL);
}

static void thread_ended(struct wasi_thread *t, enum outcome how)
{
	struct wasi *w = t->wasi;

	pthread_mutex_lock(&w->lock);
	t->how = how;
	t->done = true;
	if (how != OUT_DONE && !w->culprit && !w->ending) {
		w->culprit = t;
		kill_others(w, t->ctx);
	}
	pthread_mutex_unlock(&w->lock);
}

/* Join what has ended well, so that a program may spawn threads for as long as it runs. */
static void reap(struct wasi *w)
{
	for (size_t i = w->threads.count; i-- > 0;) {
		struct wasi_thread *t = w->threads.data[i];
		if (!t->done || t == w->culprit || t->ctx->followed)
			continue;
		w->threads.data[i] = vec_pop(&w->threads);
		pthread_join(t->id, NULL);
		thread_free(t);
	}
}

/* All are told to end, and have ended; the one to blame is kept for its frames. */
static void end_all(struct wasi *w)
{
	struct ctx *root = w->root;

	pthread_mutex_lock(&w->lock);
	w->root = NULL;
	w->ending = true;
	kill_others(w, NULL);
	pthread_mutex_unlock(&w->lock);
	if (root)
		ctx_let_others_go(root);        /* a debugger had stopped them: they go on to their end */
	for (size_t i = 0; i < w->threads.count; i++)
		pthread_join(w->threads.data[i]->id, NULL);
	if (w->blamed)
		thread_free(w->blamed);
	w->blamed = w->culprit;
	for (size_t i = 0; i < w->threads.count; i++)
		if (w->threads.data[i] != w->blamed)
			thread_free(w->threads.data[i]);
	vec_clear(&w->threads);
	w->culprit = NULL;
	w->ending = false;
}

enum outcome wasi_threads_end(struct wasi *w, struct ctx *c, enum outcome how, struct ctx **who)
{
	*who = c;
	if (turns_any(c->store)) {
		atomic_fetch_and(&c->leave, ~(uint32_t)LEAVE_KILL);
		return turns_over(c->store->turns, how, who);
	}
	if (w->root != c)
		return how;
	end_all(w);
	atomic_fetch_and(&c->leave, ~(uint32_t)LEAVE_KILL);
	if (how != OUT_KILLED || !w->blamed)
		return how;
	*who = w->blamed->ctx;
	return w->blamed->how;
}

void threads_free(struct wasi *w)
{
	end_all(w);
	if (w->blamed)
		thread_free(w->blamed);
	vec_free(&w->threads);
}

/* ---- running --------------------------------------------------------------------------------- */

/* An import of the new instance is given what the spawner's was. */
static bool as_spawner(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	const struct instance *in = user;

	out->kind = i->kind;
	switch (i->kind) {
	case EXTERN_FUNC:
		out->as.func = in->funcs[i->index];
		break;
	case EXTERN_TABLE:
		out->as.table = in->tables[i->index];
		break;
	case EXTERN_MEMORY:
		out->as.memory = in->memories[i->index];
		break;
	case EXTERN_GLOBAL:
		out->as.global = in->globals[i->index];
		break;
	case EXTERN_TAG:
		out->as.tag = in->tags[i->index];
		break;
	}
	return true;
}

/* What T is to run; NULL with HOW. */
static struct func *thread_start(struct wasi_thread *t, enum outcome *how)
{
	struct ctx *c = t->ctx;
	struct extern_ref start;
	struct err e = { 0 };
	struct instance *in = instance_new(c->store, c, module_base(t->spawner->module), as_spawner, t->spawner, how, &e);

	if (!in && e.code)
		*how = ctx_trap(c, TRAP_HOST, "thread %d: %s", (int)t->tid, e.message);
	if (!in)
		return NULL;
	instance_export(in, str_of(start_name), &start);
	return start.as.func;
}

static enum outcome thread_run(struct wasi_thread *t)
{
	const slot args[2] = { (uint32_t)t->tid, t->arg };
	enum outcome how = OUT_DONE;
	struct func *start = thread_start(t, &how);

	return start ? ctx_run_thread(t->ctx, start, args) : how;
}

static void *thread_main(void *arg)
{
	struct wasi_thread *t = arg;
	enum outcome how = thread_run(t);

	ctx_gone(t->ctx);
	thread_ended(t, how);
	return NULL;
}

/* ---- spawning -------------------------------------------------------------------------------- */

static bool has_start(const struct instance *in)
{
	struct extern_ref x;

	if (!in || !instance_export(in, str_of(start_name), &x) || x.kind != EXTERN_FUNC)
		return false;
	const struct deftype *t = x.as.func->type;
	return x.as.func->inst && t->nparams == 2 && t->params[0] == VT_I32 && t->params[1] == VT_I32 && t->nresults == 0;
}

/* Signals are for the thread that the front end runs in; only faults are for the one that made them. */
static int create(struct wasi_thread *t)
{
	sigset_t all, before;

	sigfillset(&all);
	sigdelset(&all, SIGSEGV);
	sigdelset(&all, SIGBUS);
	sigdelset(&all, SIGFPE);
	sigdelset(&all, SIGILL);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	int failed = pthread_create(&t->id, NULL, thread_main, t);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return failed;
}

static bool thread_make(struct wasi_thread *t, struct wasi_call *k)
{
	struct err e = { 0 };
	struct ctx *c = t->ctx = ctx_new(k->ctx->store, &e);

	if (!c)
		return false;
	c->number = (uint32_t)t->tid + 1;
	c->user = k->ctx->user;
	c->hooks = k->ctx->hooks;
	c->own_thread = true;
	c->ended = k->ctx->ended;
	c->counting = k->ctx->counting;
	c->fuel_limited = k->ctx->fuel_limited;
	c->fuel = c->fuel_start = c->fuel_limited ? k->ctx->fuel : INT64_MAX;
	if (k->ctx->thread_begins && !k->ctx->thread_begins(c, k->ctx))
		return false;
	c->thread_begins = k->ctx->thread_begins;
	c->thread_ends = k->ctx->thread_ends;
	return true;
}

/* A thread that takes turns with the others of its store (turns.h): the store's. */
static int32_t spawn_in_turn(struct wasi_call *k, uint32_t arg)
{
	struct wasi *w = k->wasi;
	struct wasi_thread t = { .wasi = w, .spawner = ctx_caller(k->ctx), .tid = w->last_tid + 1, .arg = arg };
	const slot args[2] = { (uint32_t)t.tid, arg };
	enum outcome how = OUT_DONE;
	struct func *start = NULL;

	if (w->last_tid == MAX_TID || !thread_make(&t, k) || !(start = thread_start(&t, &how)) ||
			ctx_begin(t.ctx, start, args) != OUT_STOP || !turns_add(k->ctx->store->turns, t.ctx)) {
		if (t.ctx && !start)
			k->out = ctx_trap(k->ctx, TRAP_HOST, "%s", t.ctx->trap.message);
		if (t.ctx && t.ctx->thread_ends)
			t.ctx->thread_ends(t.ctx);
		ctx_free(t.ctx);
		return -WE_AGAIN;
	}
	w->last_tid = t.tid;
	return t.tid;
}

/* Under the lock: the thread's number, or minus an error number. */
static int32_t spawn(struct wasi_call *k, uint32_t arg)
{
	struct wasi *w = k->wasi;

	if (w->root)
		reap(w);
	if (w->ending || w->threads.count >= MAX_THREADS || w->last_tid == MAX_TID)
		return -WE_AGAIN;
	struct wasi_thread *t = vec_reserve(&w->threads, w->threads.count + 1) ? calloc(1, sizeof *t) : NULL;
	if (!t)
		return -WE_NOMEM;
	*t = (struct wasi_thread){ .wasi = w, .spawner = ctx_caller(k->ctx), .tid = w->last_tid + 1, .arg = arg };
	if (!thread_make(t, k) || create(t) != 0) {
		thread_free(t);
		return -WE_AGAIN;
	}
	w->last_tid = t->tid;
	if (!w->root)
		w->root = k->ctx;
	vec_push(&w->threads, t);
	return t->tid;
}

uint32_t wasi_thread_spawn(struct wasi_call *k)
{
	const struct turns *turns = k->ctx->store->turns;

	if ((k->wasi->deny & WASI_DENY_THREADS) && !(turns && turns->replays)) {
		wasi_refuse(k->wasi, WASI_REFUSED_DENIED, "threads", NULL);
		return -(uint32_t)WE_ACCES;
	}
	if (!has_start(ctx_caller(k->ctx))) {
		k->out = ctx_trap(k->ctx, TRAP_HOST, "thread-spawn: the module exports no function \"%s\" (param i32 i32)", start_name);
		return 0;
	}
	if (turns)
		return (uint32_t)spawn_in_turn(k, arg32(k, 0));
	pthread_mutex_lock(&k->wasi->lock);
	int32_t tid = spawn(k, arg32(k, 0));
	pthread_mutex_unlock(&k->wasi->lock);
	return (uint32_t)tid;
}
