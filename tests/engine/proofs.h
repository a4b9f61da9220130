/*
 * proofs.h — what the proofs share: host functions that walk and call back, runs in a mode, break cells in every body.
 */
#ifndef WRENCH_TESTS_ENGINE_PROOFS_H
#define WRENCH_TESTS_ENGINE_PROOFS_H

#include "engine/stack.h"
#include "tests/engine/guest.h"

/* ---- what the guests import ------------------------------------------------------------------------ */

enum { WALKED = 8 };

struct seen {
	struct world *w;
	struct instance *in;
	uint32_t frames;
	struct frame frame[WALKED];
	struct value local, stacked;
	uint32_t nstack;
	enum outcome inner;
	uint32_t breaks[2];
	struct instance *only;
	uint32_t at;                    /* the breakpoint; 0: every one */
};

/* Calls the guest's "inner" and passes its outcome on. */
__attribute__((unused))
static enum outcome host_call_back(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct seen *s = f->user;
	slot r[1] = { 0 }, a[1] = { args[0] };
	struct func *inner = world_func(ctx_caller(c), "inner");

	s->inner = ctx_call(c, inner, a, r);
	results[0] = r[0];
	return s->inner;
}

__attribute__((unused))
static enum outcome host_walk(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct seen *s = f->user;
	struct arena a = { 0 };
	struct value *values;
	struct err e = { 0 };

	s->frames = frame_count(c);
	for (uint32_t i = 0; i < WALKED && i < s->frames; i++)
		frame_at(c, i, &s->frame[i]);
	struct frame *outermost = &s->frame[s->frames - 1];
	frame_local(c, outermost, 0, &s->local);
	if (frame_stack(c, outermost, &values, &s->nstack, &a, &e) && s->nstack)
		s->stacked = values[0];
	arena_free(&a);
	results[0] = args[0] + 1;
	return OUT_DONE;
}

__attribute__((unused))
static bool resolve_proofs(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct seen *s = user;
	host_fn *fn = str_is(i->name, "walk") ? host_walk : str_is(i->name, "call_back") ? host_call_back : NULL;

	if (!fn)
		return err_set(e, E_UNKNOWN_IMPORT, place_none(), "not here");
	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(s->w->st, m->funcs[i->index].type, fn, s, "env", fn == host_walk ? "walk" : "call_back", e);
	return out->as.func != NULL;
}

/* Everything from one registered instance. */
__attribute__((unused))
static bool resolve_from(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	(void)m;
	return instance_export(user, i->name, out) || err_set(e, E_UNKNOWN_IMPORT, place_none(), "not there");
}

/* Go on and leave the call; OUT_COUNT when there is none to go on with. */
__attribute__((unused))
static enum outcome finish(struct world *w, slot *results)
{
	enum outcome o = w->c->depth ? ctx_resume(w->c, RUN_FAST) : OUT_COUNT;

	if (o == OUT_DONE)
		ctx_results(w->c, results);
	ctx_abandon(w->c);
	return o;
}

/* Run a call in a mode from its beginning; the context stays in the call when it stops. */
__attribute__((unused))
static enum outcome run_in(struct world *w, const struct instance *in, const char *name, const slot *args, slot *results,
	enum run_mode mode)
{
	enum outcome o = ctx_begin(w->c, world_func(in, name), args);

	if (o == OUT_STOP)
		o = ctx_resume(w->c, mode);
	if (o == OUT_DONE)
		ctx_results(w->c, results);
	if (o != OUT_STOP)
		ctx_abandon(w->c);
	return o;
}

__attribute__((unused))
static bool patch_everywhere(const struct module *m, uint32_t func, uint32_t offset, bool on)
{
	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < 2; mode++) {
			struct err e = { 0 };
			struct body *b = code_body(m, func, (enum body_kind)kind, (enum memory_mode)mode, true, &e);
			const struct body_map *map = b ? body_map(b, &e) : NULL;
			const struct map_row *row = map ? body_map_offset(map, offset) : NULL;
			if (!row || (on && !code_patch(b, row->at, &e)))
				return false;
			if (!on)
				code_unpatch(b, row->at);
		}
	return true;
}

__attribute__((unused))
static bool stop_there(void *user, struct ctx *c, struct func *f, uint32_t offset)
{
	struct seen *s = user;

	(void)c;
	if ((s->only && f->inst != s->only) || (s->at && offset != s->at))
		return false;
	s->breaks[f->inst != s->in]++;
	return true;
}

__attribute__((unused))
static bool give_up(void *user, struct ctx *c)
{
	(void)user, (void)c;
	return false;
}

__attribute__((unused))
static bool go_on(void *user, struct ctx *c)
{
	(void)user, (void)c;
	return true;
}

__attribute__((unused))
static struct instance *load_buf(struct world *w, struct buf *b)
{
	struct instance *in = world_load(w, buf_str(b));

	buf_free(b);
	return in;
}

#endif
