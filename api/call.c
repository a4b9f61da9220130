/*
 * Calls from the host and calls of the host; see wrench.h.
 *
 *     wr_call ── run_begin ── ctx_call ── guest … ── host_enter ── the embedder's function ── wr_call …
 *                run_end   ◄─────────────────────── host_leave
 *
 * An outcome passes through host functions as the value that they return. Limits and interrupts cannot be kept from the
 * calls further out (`must_end`); everything else a host function may deal with.
 */
#include <stdio.h>
#include <stdlib.h>

#include "api/impl.h"
#include "engine/base/clock.h"
#include "engine/exn.h"

enum { FEW = 16 };      /* values or slots that need no allocation */

/* ---- around the guest ------------------------------------------------------------------------ */

static int64_t deadline_in(uint64_t ns)
{
	int64_t now = clock_now_ns();

	return ns < (uint64_t)(INT64_MAX - now) ? now + (int64_t)ns : INT64_MAX;
}

bool run_begin(struct wr_store *st, struct wr_error *e)
{
	if (st->calls == 0) {
		st->must_end = OUT_DONE;
		if (st->timeout_ns && !ctx_set_deadline(st->ctx, deadline_in(st->timeout_ns)))
			return error_set(e, E_LIMIT, "there is no thread for the deadline's timer");
	}
	st->calls++;
	st->traced = false;
	st->nframes = 0;
	st->ctx->trap = (struct trap_info){ .kind = TRAP_NONE };
	return true;
}

static bool is_limit(enum outcome how)
{
	return how == OUT_FUEL || how == OUT_TIMEOUT || how == OUT_INTERRUPT || how == OUT_KILLED;
}

enum wr_outcome run_end(struct wr_store *st, enum outcome how)
{
	st->calls--;
	if (st->calls == 0)
		how = threads_end(st, how);
	st->given = how;
	if (is_limit(how) && st->must_end == OUT_DONE)
		st->must_end = how;
	if (how == OUT_TRAP) {
		st->trapped = true;
		st->trap = st->ctx->trap;
	}
	if (st->calls == 0 && st->ctx->deadline)
		ctx_set_deadline(st->ctx, 0);
	/* a host function that was told of an interrupt leaves the request standing */
	if (st->calls == 0 && how == OUT_INTERRUPT)
		atomic_fetch_and(&st->ctx->leave, ~(uint32_t)LEAVE_INTERRUPT);
	return outcome_out(how);
}

/* ---- from the host --------------------------------------------------------------------------- */

static bool counts_agree(const struct func *f, const struct wr_value *args, size_t nargs, const struct wr_value *results,
	size_t nresults, struct wr_error *e)
{
	if (nargs != f->type->nparams)
		return error_set(e, E_TYPE, "the function takes %u arguments, %zu are given", f->type->nparams, nargs);
	if (nresults != f->type->nresults)
		return error_set(e, E_TYPE, "the function gives %u results, there is room for %zu", f->type->nresults, nresults);
	if ((nargs && !args) || (nresults && !results))
		return error_set(e, E_USAGE, "the list of %s is NULL", nargs && !args ? "arguments" : "results");
	return true;
}

/* With slots for arguments and, behind them, for results. */
static enum wr_outcome call_with(struct wr_store *st, struct func *f, const struct wr_value *args,
	struct wr_value *results, slot *slots, struct wr_error *e)
{
	const struct deftype *t = f->type;
	struct err why = { 0 };

	if (!values_to_slots(st->store, t->params, t->nparams, args, slots, "argument", &why)) {
		error_out(e, &why, NULL);
		return WR_ERROR;
	}
	if (!run_begin(st, e))
		return WR_ERROR;
	enum outcome how = ctx_call(st->ctx, f, slots, slots + t->param_slots);
	if (how == OUT_DONE)
		values_from_slots(t->results, t->nresults, slots + t->param_slots, results);
	return run_end(st, how);
}

enum wr_outcome wr_call(struct wr_store *store, struct wr_func *func, const struct wr_value *args, size_t nargs,
	struct wr_value *results, size_t nresults, struct wr_error *e)
{
	struct func *f = func_in(func);
	slot few[FEW], *slots = few;

	if (!store || !f || !func_belongs(store->store, f)) {
		error_set(e, E_USAGE, !store ? "the store is NULL" : !f ? "the function is NULL"
			: "the function is of another store");
		return WR_ERROR;
	}
	if (!counts_agree(f, args, nargs, results, nresults, e))
		return WR_ERROR;
	uint32_t n = f->type->param_slots + f->type->result_slots;
	if (n > FEW && !(slots = calloc(n, sizeof *slots))) {
		error_oom(e);
		return WR_ERROR;
	}
	enum wr_outcome how = call_with(store, f, args, results, slots, e);
	if (slots != few)
		free(slots);
	return how;
}

/* ---- of the host ----------------------------------------------------------------------------- */

static enum outcome host_trap(struct ctx *c, const struct func *f, const char *why)
{
	const char *module = f->host_module ? f->host_module : "", *dot = f->host_module && f->host_name ? "." : "";
	const char *name = f->host_name ? f->host_name : "";

	return ctx_trap(c, TRAP_HOST, "%s%s%s: %s", module, dot, *module || *name ? name : "host function", why);
}

static enum outcome host_done(struct wr_store *st, struct func *f, const struct wr_value *results, slot *slots)
{
	struct err why = { 0 };

	/* what it dealt with is over */
	st->traced = false;
	st->nframes = 0;
	st->ctx->trap = (struct trap_info){ .kind = TRAP_NONE };
	if (values_to_slots(st->store, f->type->results, f->type->nresults, results, slots, "result", &why))
		return OUT_DONE;
	return host_trap(st->ctx, f, why.message);
}

static enum outcome host_leave(struct wr_store *st, struct func *f, enum wr_outcome how, const struct wr_value *results,
	slot *slots)
{
	if (st->must_end != OUT_DONE)
		return st->must_end;
	if (how == WR_DONE)
		return host_done(st, f, results, slots);
	if (how == WR_ERROR)
		return host_trap(st->ctx, f, "it gave an error");
	if (how == outcome_out(st->given))
		return st->given;
	return host_trap(st->ctx, f, "it gave an outcome that nothing had");
}

enum outcome host_enter(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	const struct host_func *h = f->user;
	const struct deftype *t = f->type;
	struct wr_store *st = c->user;
	struct wr_value few[FEW], *values = few;
	size_t n = (size_t)t->nparams + t->nresults;

	if (n > FEW && !(values = calloc(n, sizeof *values)))
		return host_trap(c, f, "out of memory");
	values_from_slots(t->params, t->nparams, args, values);
	for (uint32_t i = 0; i < t->nresults; i++)
		values[t->nparams + i] = wr_null(t->results[i]);
	st->given = OUT_DONE;
	enum wr_outcome how = h->fn(st, h->user, values, values + t->nparams);
	enum outcome o = host_leave(st, f, how, values + t->nparams, results);
	if (values != few)
		free(values);
	if (o != OUT_DONE)
		outcome_trace(c, o);
	return o;
}

/* ---- for host functions ---------------------------------------------------------------------- */

static enum wr_outcome give(struct wr_store *st, enum outcome how)
{
	st->given = how;
	return outcome_out(how);
}

enum wr_outcome wr_trap(struct wr_store *store, const char *format, ...)
{
	char message[sizeof store->trap.message];
	va_list ap;

	if (!store)
		return WR_ERROR;
	va_start(ap, format);
	vsnprintf(message, sizeof message, format ? format : "(null)", ap);
	va_end(ap);
	store->traced = false;
	return give(store, ctx_trap(store->ctx, TRAP_HOST, "%s", message));
}

enum wr_outcome wr_exit(struct wr_store *store, int status)
{
	return store ? give(store, ctx_exit(store->ctx, status)) : WR_ERROR;
}

enum wr_outcome wr_throw(struct wr_store *store, const struct wr_tag *tag, const struct wr_value *args, size_t nargs)
{
	const struct tag *t = tag_in(tag);
	struct err why = { 0 };
	slot few[FEW], *slots = few;

	if (!store)
		return WR_ERROR;
	if (!t || !tag_belongs(store->store, t))
		return wr_trap(store, "wr_throw: the tag is %s", t ? "of another store" : "NULL");
	if (nargs != t->type->nparams || (nargs && !args))
		return wr_trap(store, "wr_throw: the tag carries %u values, %zu are given", t->type->nparams, nargs);
	if (t->type->param_slots > FEW && !(slots = calloc(t->type->param_slots, sizeof *slots)))
		return wr_trap(store, "wr_throw: out of memory");
	bool ok = values_to_slots(store->store, t->type->params, t->type->nparams, args, slots, "value", &why);
	struct exn *x = ok ? exn_new(store->ctx, t, slots) : NULL;
	if (slots != few)
		free(slots);
	if (!x)
		return wr_trap(store, "wr_throw: %s", ok ? "out of memory" : why.message);
	store->ctx->exception = x;
	store->traced = false;
	return give(store, OUT_EXCEPTION);
}

enum wr_outcome wr_store_check(struct wr_store *store)
{
	const uint32_t asked = LEAVE_INTERRUPT | LEAVE_TIMEOUT | LEAVE_KILL;

	if (!store)
		return WR_ERROR;
	if (store->must_end != OUT_DONE && store->calls)
		return give(store, store->must_end);
	if (!(atomic_load(&store->ctx->leave) & asked) &&
	    (!store->ctx->deadline || deadline_in(0) < store->ctx->deadline))
		return WR_DONE;
	return give(store, ctx_interrupted(store->ctx));
}

enum wr_outcome wr_store_wait(struct wr_store *store, int fd, short events, int64_t ns, bool *ready)
{
	if (!store)
		return WR_ERROR;
	int n = ctx_wait(store->ctx, fd, events, ns);
	if (ready)
		*ready = n > 0;
	return n < 0 ? give(store, ctx_interrupted(store->ctx)) : WR_DONE;
}

struct wr_instance *wr_caller(const struct wr_store *store)
{
	return store && store->ctx->host ? instance_out(ctx_caller(store->ctx)) : NULL;
}

struct wr_memory *wr_caller_memory(const struct wr_store *store)
{
	return store && store->ctx->host ? memory_out(ctx_caller_memory(store->ctx)) : NULL;
}
