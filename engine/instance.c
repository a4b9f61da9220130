/*
 * Instantiation (core specification 4.5.4). The steps, in the order that instance_new_unstarted() calls them:
 *
 *     match imports        nothing is made when one does not fit
 *     make entities        functions, tags, memories: they need no values
 *     evaluate             globals in order, initial elements of tables, references of element segments
 *     write                active element segments, then active data segments; each may trap, what came before stays
 *     start
 *
 * Whatever is made belongs to the store at once, so a failure half-way leaves nothing to undo: a function reference
 * that was already written into somebody's table stays callable.
 */
#include <stdio.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/ctx.h"
#include "engine/entity.h"
#include "engine/probe.h"
#include "engine/tier.h"
#include "engine/world.h"

/* One instantiation under way. */
struct making {
	struct store *s;
	struct ctx *c;
	const struct module *m;
	struct instance *in;
	struct extern_ref *given;       /* for each import */
	enum outcome *how;
	struct err *e;
};

/* ---- failing --------------------------------------------------------------------------------- */

/* An entity could not be made: WHY says that in its own terms. */
static bool cannot(struct making *k, const char *what, uint32_t index, const struct err *why)
{
	err_set(k->e, why->code, place_none(), "cannot instantiate: %s %u: %s", what, index, why->message);
	if (why->evidence[0])
		err_evidence(k->e, "%.*s", (int)strcspn(why->evidence, "\n"), why->evidence);
	return false;
}

static bool trapped(struct making *k, enum trap trap)
{
	/* no trap: a long initialiser was given up, because the guest is to end */
	if (trap == TRAP_COUNT) {
		*k->how = ctx_interrupted(k->c);
		atomic_fetch_and(&k->c->leave, (uint32_t)(LEAVE_MODE | LEAVE_HAND));
		return false;
	}
	k->c->trap = (struct trap_info){ .kind = trap };
	*k->how = OUT_TRAP;
	return false;
}

/* ---- imports --------------------------------------------------------------------------------- */

static bool not_provided(const struct module *m, const struct import *i, struct err *e)
{
	struct buf module = { 0 }, name = { 0 }, type = { 0 };

	buf_escaped(&module, i->module.p, i->module.n, false);
	buf_escaped(&name, i->name.p, i->name.n, false);
	import_print_type(m, i, &type);
	err_set(e, E_UNKNOWN_IMPORT, place_none(), "import \"%s\" \"%s\" (%s) is not provided", buf_str(&module),
		buf_str(&name), buf_str(&type));
	buf_free(&module);
	buf_free(&name);
	buf_free(&type);
	return false;
}

static bool resolve_imports(struct making *k, import_resolver *resolve, void *user)
{
	for (uint32_t n = 0; n < k->m->nimports; n++) {
		const struct import *i = &k->m->imports[n];
		if (!resolve || !resolve(user, k->m, i, &k->given[n], k->e))
			return not_provided(k->m, i, k->e);     /* unless the resolver said more */
		if (!extern_matches(k->m, i, &k->given[n], k->e))
			return false;
	}
	return true;
}

static void bind_imports(struct making *k)
{
	struct instance *in = k->in;

	for (uint32_t n = 0; n < k->m->nimports; n++) {
		const struct import *i = &k->m->imports[n];
		const struct extern_ref *x = &k->given[n];
		switch (i->kind) {
		case EXTERN_FUNC:
			in->funcs[i->index] = x->as.func;
			break;
		case EXTERN_TABLE:
			in->tables[i->index] = x->as.table;
			break;
		case EXTERN_MEMORY:
			in->memories[i->index] = x->as.memory;
			break;
		case EXTERN_GLOBAL:
			in->globals[i->index] = x->as.global;
			break;
		case EXTERN_TAG:
			in->tags[i->index] = x->as.tag;
			break;
		}
	}
}

/* ---- entities -------------------------------------------------------------------------------- */

static bool make_instance(struct making *k)
{
	struct store *s = k->s;
	const struct module *m = k->m;
	struct instance *in = store_alloc(s, 1, sizeof *in);

	if (!in)
		return err_oom(k->e);
	in->store = s;
	in->module = m;
	in->name = STR("");
	in->funcs = store_alloc(s, m->nfuncs, sizeof *in->funcs);
	in->tables = store_alloc(s, m->ntables, sizeof *in->tables);
	in->memories = store_alloc(s, m->nmemories, sizeof *in->memories);
	in->globals = store_alloc(s, m->nglobals, sizeof *in->globals);
	in->tags = store_alloc(s, m->ntags, sizeof *in->tags);
	in->elem_values = store_alloc(s, m->nelems, sizeof *in->elem_values);
	in->elem_counts = store_alloc(s, m->nelems, sizeof *in->elem_counts);
	in->data_sizes = store_alloc(s, m->ndatas, sizeof *in->data_sizes);
	if (!in->funcs || !in->tables || !in->memories || !in->globals || !in->tags || !in->elem_values ||
	    !in->elem_counts || !in->data_sizes || !store_add(s, instances, in))
		return err_oom(k->e);
	probes_instance(s, m);
	if (!tiers_module(s, m))
		return err_oom(k->e);
	for (uint32_t i = 0; i < m->ndatas; i++)
		in->data_sizes[i] = m->datas[i].size;
	k->in = in;
	return true;
}

static bool make_funcs(struct making *k)
{
	uint32_t first = k->m->nimported_funcs, n = k->m->nfuncs - first;

	if (n == 0)
		return true;
	struct func *f = func_new_wasm(k->in, first, n);
	if (!f)
		return err_oom(k->e);
	for (uint32_t i = 0; i < n; i++)
		k->in->funcs[first + i] = &f[i];
	return true;
}

static bool make_tags(struct making *k)
{
	for (uint32_t i = k->m->nimported_tags; i < k->m->ntags; i++) {
		k->in->tags[i] = tag_new(k->s, k->m->tags[i].type, k->e);
		if (!k->in->tags[i])
			return false;
	}
	return true;
}

static bool make_memories(struct making *k)
{
	struct err why;

	err_clear(&why);
	for (uint32_t i = k->m->nimported_memories; i < k->m->nmemories; i++) {
		const struct memory_decl *d = &k->m->memories[i];
		k->in->memories[i] = memory_new(k->s, d->limits, d->page_log2, &why);
		if (!k->in->memories[i])
			return cannot(k, "memory", i, &why);
	}
	k->in->code_mode = (uint8_t)(k->m->nmemories ? k->in->memories[0]->mode : MEMORY_GUARDED);
	return true;
}

/* ---- values ---------------------------------------------------------------------------------- */

static bool evaluate(struct making *k, struct const_expr x, struct value *out)
{
	enum trap trap;

	return const_eval(k->in, k->c, x, out, &trap) || trapped(k, trap);
}

static bool make_globals(struct making *k)
{
	for (uint32_t i = k->m->nimported_globals; i < k->m->nglobals; i++) {
		const struct global_decl *d = &k->m->globals[i];
		struct value v;
		if (!evaluate(k, d->init, &v))
			return false;
		k->in->globals[i] = global_new(k->s, d->type, d->mut, v, k->e);
		if (!k->in->globals[i])
			return false;
	}
	return true;
}

static bool make_tables(struct making *k)
{
	struct err why;

	err_clear(&why);
	for (uint32_t i = k->m->nimported_tables; i < k->m->ntables; i++) {
		const struct table_decl *d = &k->m->tables[i];
		struct value v = { .type = d->type };
		if (d->has_init && !evaluate(k, d->init, &v))
			return false;
		k->in->tables[i] = table_new(k->s, d->type, d->limits, v.lo, &why);
		if (!k->in->tables[i])
			return cannot(k, "table", i, &why);
	}
	return true;
}

/* The segment's storage belongs to the instance before its values are there: what is evaluated may allocate objects. */
static bool evaluate_elem(struct making *k, uint32_t index)
{
	const struct elem_decl *d = &k->m->elems[index];
	struct instance *in = k->in;

	if (d->count == 0)
		return true;
	slot *values = in->elem_values[index] = calloc(d->count, sizeof *values);
	if (!values)
		return err_oom(k->e);
	in->elem_counts[index] = d->count;
	for (uint32_t i = 0; i < d->count; i++) {
		struct value v;
		if (d->funcs) {
			values[i] = (slot)(uintptr_t)in->funcs[d->funcs[i]];
			continue;
		}
		if (!evaluate(k, d->exprs[i], &v))
			return false;
		values[i] = v.lo;
	}
	return true;
}

static bool evaluate_elems(struct making *k)
{
	for (uint32_t i = 0; i < k->m->nelems; i++)
		if (!evaluate_elem(k, i))
			return false;
	return true;
}

/* ---- active segments ------------------------------------------------------------------------- */

static bool elem_trapped(struct making *k, uint32_t index, struct table *t, uint64_t at, enum trap trap)
{
	trapped(k, trap);
	k->c->trap.table = t;
	k->c->trap.index = at;
	snprintf(k->c->trap.message, sizeof k->c->trap.message,
		"element segment %u writes %u elements from %llu on; the table has %llu", index,
		k->in->elem_counts[index], (unsigned long long)at, (unsigned long long)t->size);
	return false;
}

static bool write_elem(struct making *k, uint32_t index)
{
	const struct elem_decl *d = &k->m->elems[index];
	struct value at;

	if (d->mode == SEGMENT_ACTIVE) {
		if (!evaluate(k, d->at, &at))
			return false;
		struct table *t = k->in->tables[d->table];
		enum trap trap = table_init(k->in, index, t, at.lo, 0, d->count);
		if (trap != TRAP_NONE)
			return elem_trapped(k, index, t, at.lo, trap);
	}
	if (d->mode != SEGMENT_PASSIVE)
		elem_drop(k->in, index);
	return true;
}

static bool data_trapped(struct making *k, uint32_t index, struct memory *m, uint64_t at, enum trap trap)
{
	uint32_t size = k->in->data_sizes[index];

	trapped(k, trap);
	k->c->trap.memory = m;
	k->c->trap.address = at;
	k->c->trap.size = size;
	snprintf(k->c->trap.message, sizeof k->c->trap.message,
		"data segment %u writes %u bytes from %llu on; the memory has %llu", index, size,
		(unsigned long long)at, (unsigned long long)atomic_load(&m->size));
	return false;
}

static bool write_data(struct making *k, uint32_t index)
{
	const struct data_decl *d = &k->m->datas[index];
	struct value at;

	if (d->mode != SEGMENT_ACTIVE)
		return true;
	if (!evaluate(k, d->at, &at))
		return false;
	struct memory *m = k->in->memories[d->memory];
	enum trap trap = memory_init(k->in, index, m, at.lo, 0, d->size);
	if (trap != TRAP_NONE)
		return data_trapped(k, index, m, at.lo, trap);
	data_drop(k->in, index);
	return true;
}

static bool write_segments(struct making *k)
{
	for (uint32_t i = 0; i < k->m->nelems; i++)
		if (!write_elem(k, i))
			return false;
	for (uint32_t i = 0; i < k->m->ndatas; i++)
		if (!write_data(k, i))
			return false;
	return true;
}

/* ---- the whole ------------------------------------------------------------------------------- */

static bool instantiate(struct making *k, import_resolver *resolve, void *user)
{
	if (!resolve_imports(k, resolve, user) || !make_instance(k))
		return false;
	bind_imports(k);
	return make_funcs(k) && make_tags(k) && make_memories(k) && make_globals(k) && make_tables(k) &&
		evaluate_elems(k) && write_segments(k);
}

struct instance *instance_new_unstarted(struct store *s, struct ctx *c, const struct module *m,
	import_resolver *resolve, void *user, enum outcome *how, struct err *e)
{
	struct making k = { .s = s, .c = c, .m = m, .how = how, .e = e };

	*how = OUT_DONE;
	k.given = calloc(m->nimports ? m->nimports : 1, sizeof *k.given);
	bool outermost = !atomic_load(&c->running);
	if (outermost)
		world_enter(c);
	bool ok = k.given ? instantiate(&k, resolve, user) : err_oom(e);
	if (outermost)
		world_leave(c);
	free(k.given);
	if (!ok && e->code != E_NONE && m->source)
		err_file(e, m->source->name);
	if (!ok)
		return NULL;
	k.in->started = !m->has_start;
	return k.in;
}

struct instance *instance_new(struct store *s, struct ctx *c, const struct module *m, import_resolver *resolve,
	void *user, enum outcome *how, struct err *e)
{
	struct instance *in = instance_new_unstarted(s, c, m, resolve, user, how, e);
	slot none[1] = { 0 };

	if (!in || in->started)
		return in;
	*how = ctx_call(c, in->funcs[m->start], none, none);
	in->started = *how == OUT_DONE;
	return in->started ? in : NULL;
}

bool instance_export(const struct instance *in, struct str name, struct extern_ref *out)
{
	const struct export *x = module_export(in->module, name);

	if (!x)
		return false;
	out->kind = x->kind;
	switch (x->kind) {
	case EXTERN_FUNC:
		out->as.func = in->funcs[x->index];
		break;
	case EXTERN_TABLE:
		out->as.table = in->tables[x->index];
		break;
	case EXTERN_MEMORY:
		out->as.memory = in->memories[x->index];
		break;
	case EXTERN_GLOBAL:
		out->as.global = in->globals[x->index];
		break;
	case EXTERN_TAG:
		out->as.tag = in->tags[x->index];
		break;
	}
	return true;
}
