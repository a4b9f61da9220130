/* Two sessions side by side; see comparing.h. */
#include "repl/command/comparing.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/wasi/wasi.h"
#include "repl/command/host.h"
#include "repl/command/interrupt.h"
#include "repl/command/lockstep_report.h"

const struct lockstep_tier *comparing_tier(struct str name, struct err *e)
{
	const struct lockstep_tier *t = lockstep_tier_named(name);
	struct buf b = { 0 };

	if (t)
		return t;
	for (size_t i = 0; i < lockstep_tier_count; i++)
		buf_printf(&b, "%s%s", i ? ", " : "", lockstep_tiers[i].name);
	err_set(e, E_USAGE, place_none(), "no tier '%.*s'; there are: %s", STR_ARGS(name), buf_str(&b));
	buf_free(&b);
	return NULL;
}

/* ---- sessions -------------------------------------------------------------------------------- */

static void report(void *user, struct lockstep *l)
{
	struct comparing *k = user;

	lockstep_report(l, k->r, k->node);
}

static bool copy_module(struct session *to, const struct session_module *m, struct err *e)
{
	const struct source *from = m->module ? m->module->text ? m->module->text : m->module->source : NULL;
	struct session_module *added;
	struct err problem = { 0 };

	if (!from) {                    /* a number that nobody has */
		struct session_module none = { 0 };
		return vec_push(&to->modules, none) || err_oom(e);
	}
	struct source *copy = source_copy(m->path, from->bytes, from->size, e);
	if (!copy)
		return false;
	size_t before = to->modules.count;
	if (session_load_source_take(to, copy, &added, &problem) || to->modules.count > before)
		return true;
	*e = problem;
	return false;
}

static bool side_begin(struct session *to, struct session *s, struct err *e)
{
	if (!session_init(to, e))
		return false;
	to->features = s->features;
	to->options = s->options;
	to->limits = s->limits;
	to->wasi_config = s->wasi_config;
	to->standalone = s->standalone;
	to->sandboxed = s->sandboxed;
	to->no_guard = s->no_guard;
	to->no_fuse = s->no_fuse;
	to->gc_stress = s->gc_stress;
	to->verify_ir = s->verify_ir;
	to->tiering.threshold = s->tiering.threshold;
	to->timeout_ns = s->timeout_ns;
	to->deadline_ns = s->deadline_ns;
	return true;
}

static bool copy_modules(struct session *to, struct session *s, struct err *e)
{
	for (size_t i = 0; i < s->modules.count; i++)
		if (!copy_module(to, &s->modules.data[i], e))
			return false;
	to->module = s->module;
	return true;
}

void comparing_init(struct comparing *k, const struct lockstep_tier *a, const struct lockstep_tier *b, bool clocked,
	struct result *r, struct node *node)
{
	*k = (struct comparing){ .r = r, .node = node };
	lockstep_init(&k->lock, a, b);
	k->lock.clocked = clocked;
	k->lock.differs = report;
	k->lock.user = k;
}

/* Both are there to be freed, whatever fails. */
static bool sides_begin(struct comparing *k, struct session *s, struct err *e)
{
	struct err other = { 0 };
	bool a = side_begin(&k->side[0], s, e), b = side_begin(&k->side[1], s, &other);

	k->started = true;
	if (a && !b)
		*e = other;
	return a && b;
}

static bool join(struct comparing *k, struct err *e)
{
	for (int i = 0; i < 2; i++) {
		if (!session_store(&k->side[i], e))
			return false;
		lockstep_join(&k->lock, i, k->side[i].ctx);
	}
	return true;
}

bool comparing_begin(struct comparing *k, struct session *s, const struct lockstep_tier *a, const struct lockstep_tier *b,
	bool clocked, struct result *r, struct node *node, struct err *e)
{
	comparing_init(k, a, b, clocked, r, node);
	k->lock.fuel = s->fuel > 0 ? (uint64_t)s->fuel : 0;
	return sides_begin(k, s, e) && copy_modules(&k->side[0], s, e) && copy_modules(&k->side[1], s, e) && join(k, e);
}

bool comparing_begin_text(struct comparing *k, struct session *s, const struct lockstep_tier *a, const struct lockstep_tier *b,
	bool clocked, struct str text, struct result *r, uint32_t *n, struct err *e)
{
	static const struct wasi_config nothing = { .stdio = { -1, -1, -1 }, .deny = WASI_DENY_FILES | WASI_DENY_ENV | WASI_DENY_STDIN };

	comparing_init(k, a, b, clocked, r, r->root);
	k->lock.differs = NULL;
	k->lock.whether = true;
	if (!sides_begin(k, s, e))
		return false;
	for (int i = 0; i < 2; i++) {
		struct source *src = source_copy("repro.wat", text.p, text.n, e);
		struct session_module *m;
		k->side[i].wasi_config = (struct wasi_config *)(uintptr_t)&nothing;
		if (!src || !session_load_source_take(&k->side[i], src, &m, e))
			return false;
		*n = m->module->number;
	}
	return join(k, e);
}

void compared_free(struct session *s)
{
	if (!s->compared)
		return;
	free(s->compared->call);
	free(s->compared->text);
	free(s->compared);
	s->compared = NULL;
}

void comparing_end(struct comparing *k)
{
	lockstep_free(&k->lock);
	for (int i = 0; i < 2 && k->started; i++)
		session_free(&k->side[i]);
	k->started = false;
}

/* ---- calls ----------------------------------------------------------------------------------- */

static enum outcome call(struct comparing *k, int which, struct func *f, const slot *args)
{
	struct session *s = &k->side[which];
	slot *results = calloc(f->type->result_slots + 1u, sizeof *results);

	if (!results)
		return OUT_KILLED;
	guest_set_limits(s);
	struct ctx *before = interrupt_enter(s->ctx);
	enum outcome how = lockstep_call(&k->lock, which, f, args, results);
	interrupt_leave(before);
	free(results);
	return how;
}

static enum outcome call_both(struct comparing *k, struct func *const f[2], slot *const args[2])
{
	enum outcome how = call(k, 0, f[0], args[0]);

	call(k, 1, f[1], args[1]);
	return how;
}

static struct instance *instantiate(struct session *s, struct session_module *m, enum outcome *how, struct err *e)
{
	struct instance *in = instance_new_unstarted(s->store, s->ctx, m->module, session_resolve, s, how, e);

	if (!in && e->code)
		err_file(e, m->path);
	if (!in)
		return NULL;
	m->instance = in;
	if (session_current(s) == m)
		s->instance = in;
	return in;
}

bool comparing_instantiate(struct comparing *k, uint32_t n, enum outcome *how, struct err *e)
{
	struct instance *in[2];
	struct func *start[2];
	slot none[2][1] = { { 0 } }, *const args[2] = { none[0], none[1] };
	enum outcome other;

	for (int i = 0; i < 2; i++) {
		struct session_module *m = &k->side[i].modules.data[n - 1];
		if (m->problem.code) {
			*e = m->problem;
			return false;
		}
		in[i] = instantiate(&k->side[i], m, i ? &other : how, e);
		if (e->code)
			return false;
	}
	if (!lockstep_compare(&k->lock) || !in[0] || !in[1])
		return false;
	if (in[0]->started)
		return true;
	for (int i = 0; i < 2; i++)
		start[i] = in[i]->funcs[in[i]->module->start];
	*how = call_both(k, start, args);
	for (int i = 0; i < 2; i++)
		in[i]->started = true;
	return *how == OUT_DONE && k->lock.verdict == LOCKSTEP_AGREES;
}

static bool as_registered(struct comparing *k, const struct registered *x, struct session *s, struct err *e)
{
	const struct session_module *m = session_module_of(s, x->instance->module);
	enum outcome how;

	if (!m)
		return true;
	uint32_t n = m->module->number;
	if (!k->side[0].modules.data[n - 1].instance && !comparing_instantiate(k, n, &how, e))
		return false;
	for (int i = 0; i < 2; i++)
		if (!host_register(&k->side[i], x->name, k->side[i].modules.data[n - 1].instance, e))
			return false;
	return true;
}

bool comparing_instantiate_as(struct comparing *k, struct session *s, struct err *e)
{
	for (size_t i = 0; i < s->registered.count; i++)
		if (!as_registered(k, &s->registered.data[i], s, e))
			return false;
	return true;
}

bool comparing_load(struct comparing *k, const char *path, uint32_t *n, struct err *e)
{
	for (int i = 0; i < 2; i++) {
		struct session_module *m;
		if (!session_load(&k->side[i], path, &m, e))
			return false;
		*n = m->module->number;
	}
	return true;
}

static slot *pack(const struct func *f, const struct value *args, struct arena *a)
{
	slot *slots = arena_array(a, f->type->param_slots + 1u, sizeof *slots), *p = slots;

	for (uint32_t i = 0; slots && i < f->type->nparams; i++) {
		*p++ = args[i].lo;
		if (vt_slots(f->type->params[i]) == 2)
			*p++ = args[i].hi;
	}
	return slots;
}

bool comparing_call(struct comparing *k, struct str text, enum outcome *how, struct err *e)
{
	struct func *f[2];
	slot *args[2];

	for (int i = 0; i < 2; i++) {
		struct value *values;
		uint32_t n;
		if (!call_parse(&k->side[i], text, &f[i], &values, &n, &k->r->arena, e))
			return false;
		args[i] = pack(f[i], values, &k->r->arena);
		if (!args[i])
			return err_oom(e);
	}
	*how = call_both(k, f, args);
	return true;
}

enum outcome comparing_call_func(struct comparing *k, uint32_t n, uint32_t func)
{
	struct func *f[2] = { k->side[0].modules.data[n - 1].instance->funcs[func], k->side[1].modules.data[n - 1].instance->funcs[func] };
	slot *zeros = calloc(f[0]->type->param_slots + 1u, sizeof *zeros), *const args[2] = { zeros, zeros };
	enum outcome how = zeros ? call_both(k, f, args) : OUT_KILLED;

	free(zeros);
	return how;
}

/* ---- what came of it ------------------------------------------------------------------------- */

void comparing_verdict(const struct comparing *k, struct result *r, struct node *in)
{
	const struct lockstep *l = &k->lock;

	node_bool(r, in, "agreed", l->verdict != LOCKSTEP_DIFFERS);
	node_printf(r, in, "points", "%" PRIu64, l->points);
	if (l->inconclusive)
		node_str(r, in, "inconclusive", str_of(l->why));
	if (l->verdict == LOCKSTEP_DIFFERS)
		return;
	buf_printf(&r->text, "%s and %s agree: %" PRIu64 " call%s, %" PRIu64 " point%s", l->side[0].tier->name, l->side[1].tier->name,
		l->calls, l->calls == 1 ? "" : "s", l->points, l->points == 1 ? "" : "s");
	if (l->inconclusive)
		buf_printf(&r->text, "; %s", l->verdict == LOCKSTEP_INCONCLUSIVE ? "then: " : "not compared to the end: ");
	if (l->inconclusive)
		buf_puts(&r->text, l->why);
	buf_putc(&r->text, '\n');
}
