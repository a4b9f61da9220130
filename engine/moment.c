/* Taking moments and going back to them; see moment.h. */
#include "engine/moment.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/err.h"
#include "engine/entity.h"
#include "engine/exn.h"
#include "engine/gc/gc.h"
#include "engine/gc/layout.h"
#include "engine/image.h"
#include "engine/stack.h"
#include "engine/turns.h"

struct memory_image {
	uint64_t pages;                 /* of the memory's own size */
	struct image bytes;
};

struct instance_image {
	uint32_t *elem_counts, *data_sizes;
	struct image *elems;            /* per segment; empty when it was dropped */
};

struct context_image {
	struct ctx *ctx;                /* of `others`: whose it is */
	struct ctx regs;                /* only the fields that restore_context() takes */
	struct segment *segments;
	struct image stack;
};

struct moment {
	uint64_t clock;                 /* of the one that runs */
	struct context_image first;
	/* while threads take turns: the others that have begun and not ended, and whose turn it is */
	size_t nothers;
	struct context_image *others;
	struct turn_place turn;
	struct turn_thread *threads;
	/* the store: entities that there were, by number */
	size_t nmemories, ntables, nglobals, ninstances;
	struct memory_image *memories;
	struct image *tables;           /* size / sizeof(slot): elements */
	slot (*globals)[2];
	struct instance_image *instances;
	struct gc_image *heap;
	uint64_t exn_bytes, exn_trigger;        /* they say when the next collection happens */
	uint64_t *account, bytes;       /* bytes: beside the images */
	bool counted;
};

uint64_t moment_clock(const struct moment *m)
{
	return m->clock;
}

uint32_t moment_depth(const struct moment *m)
{
	return m->first.regs.depth;
}

/* ---- taking ---------------------------------------------------------------------------------- */

static bool take_context(struct moment *m, struct context_image *out, const struct context_image *before, struct ctx *c)
{
	uint64_t used = (uint64_t)((const char *)ctx_stack_top(c) - (const char *)c->stack);

	out->ctx = c;
	out->regs = (struct ctx){
		.inst = c->inst, .gc_at = c->gc_at, .gc_end = c->gc_end, .pc = c->pc, .fp = c->fp, .plain = c->plain,
		.at_return = c->at_return, .host = c->host, .sp = c->sp, .depth = c->depth, .trap = c->trap,
		.exit_status = c->exit_status, .exception = c->exception, .stop = c->stop,
	};
	out->segments = calloc(c->depth + 1u, sizeof *out->segments);
	if (!out->segments)
		return false;
	memcpy(out->segments, c->segments, c->depth * sizeof *out->segments);
	m->bytes += c->depth * sizeof *out->segments;
	return image_take(&out->stack, before ? &before->stack : NULL, c->stack, used, m->account);
}

static const struct context_image *image_of(const struct moment *m, const struct ctx *c)
{
	for (size_t i = 0; m && i < m->nothers; i++)
		if (m->others[i].ctx == c)
			return &m->others[i];
	return NULL;
}

static bool take_contexts(struct moment *m, const struct moment *before, struct ctx *c)
{
	const struct turns *t = c->store->turns;

	m->clock = ctx_clock(t ? t->place.now : c);
	if (!take_context(m, &m->first, before ? &before->first : NULL, c))
		return false;
	if (!t)
		return true;
	m->turn = t->place;
	m->threads = calloc(t->place.nthreads, sizeof *m->threads);
	m->others = calloc(t->place.nthreads, sizeof *m->others);
	if (!m->threads || !m->others)
		return false;
	memcpy(m->threads, t->threads.data, t->place.nthreads * sizeof *m->threads);
	m->bytes += t->place.nthreads * (sizeof *m->threads + sizeof *m->others);
	for (size_t i = 1; i < t->place.nthreads; i++) {
		struct turn_thread *th = &m->threads[i];
		if (th->state != TURN_ENDED &&
				!take_context(m, &m->others[m->nothers++], image_of(before, th->ctx), th->ctx))
			return false;
	}
	return true;
}

static bool take_memories(struct moment *m, const struct moment *before, const struct store *s)
{
	m->memories = calloc(s->memories.count + 1, sizeof *m->memories);
	if (!m->memories)
		return false;
	for (; m->nmemories < s->memories.count; m->nmemories++) {
		const struct memory *mem = s->memories.data[m->nmemories];
		struct memory_image *out = &m->memories[m->nmemories];
		const struct image *old = before && m->nmemories < before->nmemories ? &before->memories[m->nmemories].bytes : NULL;
		out->pages = mem->pages;
		if (!image_take(&out->bytes, old, mem->base, mem->size, m->account))
			return false;
	}
	return true;
}

static bool take_tables(struct moment *m, const struct moment *before, const struct store *s)
{
	m->tables = calloc(s->tables.count + 1, sizeof *m->tables);
	if (!m->tables)
		return false;
	for (; m->ntables < s->tables.count; m->ntables++) {
		const struct table *t = s->tables.data[m->ntables];
		const struct image *old = before && m->ntables < before->ntables ? &before->tables[m->ntables] : NULL;
		if (!image_take(&m->tables[m->ntables], old, t->elems, t->size * sizeof(slot), m->account))
			return false;
	}
	return true;
}

static bool take_globals(struct moment *m, const struct store *s)
{
	m->globals = calloc(s->globals.count + 1, sizeof *m->globals);
	if (!m->globals)
		return false;
	for (; m->nglobals < s->globals.count; m->nglobals++)
		memcpy(m->globals[m->nglobals], s->globals.data[m->nglobals]->value, sizeof *m->globals);
	m->bytes += m->nglobals * sizeof *m->globals;
	return true;
}

static bool take_segments(struct moment *m, struct instance_image *out, const struct instance_image *before,
	const struct instance *in)
{
	uint32_t nelems = in->module->nelems, ndatas = in->module->ndatas;

	out->elem_counts = calloc(nelems + 1u, sizeof *out->elem_counts);
	out->data_sizes = calloc(ndatas + 1u, sizeof *out->data_sizes);
	out->elems = calloc(nelems + 1u, sizeof *out->elems);
	if (!out->elem_counts || !out->data_sizes || !out->elems)
		return false;
	if (ndatas && in->data_sizes)
		memcpy(out->data_sizes, in->data_sizes, ndatas * sizeof *out->data_sizes);
	for (uint32_t i = 0; in->elem_counts && in->elem_values && i < nelems; i++) {
		out->elem_counts[i] = in->elem_counts[i];
		if (!image_take(&out->elems[i], before ? &before->elems[i] : NULL, in->elem_values[i],
				in->elem_counts[i] * sizeof(slot), m->account))
			return false;
	}
	m->bytes += (nelems + ndatas) * sizeof(uint32_t) + nelems * sizeof(struct image);
	return true;
}

static bool take_instances(struct moment *m, const struct moment *before, const struct store *s)
{
	m->instances = calloc(s->instances.count + 1, sizeof *m->instances);
	if (!m->instances)
		return false;
	for (; m->ninstances < s->instances.count; m->ninstances++) {
		const struct instance_image *old = before && m->ninstances < before->ninstances ? &before->instances[m->ninstances] : NULL;
		if (!take_segments(m, &m->instances[m->ninstances], old, s->instances.data[m->ninstances])) {
			m->ninstances++;
			return false;
		}
	}
	return true;
}

static void keep_exceptions(struct store *s)
{
	for (struct exn *x = s->exns; x && !x->kept; x = x->next)
		x->kept = true;
}

struct moment *moment_take(struct ctx *c, const struct moment *before, uint64_t *account)
{
	struct moment *m = calloc(1, sizeof *m);
	struct store *s = c->store;

	if (!m)
		return NULL;
	m->account = account;
	m->bytes = sizeof *m;
	m->heap = gc_image_take(s, before ? before->heap : NULL, account);
	if (!m->heap || !take_contexts(m, before, c) || !take_memories(m, before, s) || !take_tables(m, before, s) ||
			!take_globals(m, s) || !take_instances(m, before, s)) {
		moment_free(m);
		return NULL;
	}
	*account += m->bytes;
	m->counted = true;
	m->exn_bytes = s->exn_bytes;
	m->exn_trigger = s->exn_trigger;
	keep_exceptions(s);
	return m;
}

/* ---- going back ------------------------------------------------------------------------------ */

static void restore_context(const struct moment *m, const struct context_image *x, struct ctx *c)
{
	const struct ctx *r = &x->regs;

	c->inst = r->inst;
	c->gc_at = r->gc_at;
	c->gc_end = r->gc_end;
	c->pc = r->pc;
	c->fp = r->fp;
	c->plain = r->plain;
	c->at_return = r->at_return;
	c->host = r->host;
	c->sp = r->sp;
	c->depth = r->depth;
	c->trap = r->trap;
	c->exit_status = r->exit_status;
	c->exception = r->exception;
	c->stop = r->stop;
	c->clock_base = m->clock - (uint64_t)(c->fuel_start - c->fuel);
	memcpy(c->segments, x->segments, c->depth * sizeof *c->segments);
	image_restore(&x->stack, c->stack);
	ctx_load_memory(c);
}

static bool restore_memory(const struct memory_image *m, struct memory *mem)
{
	if (mem->pages != m->pages && !memory_set_pages(mem, m->pages))
		return false;
	image_restore(&m->bytes, mem->base);
	return true;
}

static bool restore_table(const struct image *m, struct table *t)
{
	if (!table_set_size(t, m->size / sizeof(slot)))
		return false;
	image_restore(m, t->elems);
	return true;
}

static bool restore_elem(struct instance *in, uint32_t i, uint32_t count, const struct image *values)
{
	if (!count) {
		if (in->elem_counts[i])
			elem_drop(in, i);
		return true;
	}
	if (!in->elem_values[i])
		in->elem_values[i] = calloc(count, sizeof(slot));
	if (!in->elem_values[i])
		return false;
	in->elem_counts[i] = count;
	image_restore(values, in->elem_values[i]);
	return true;
}

static bool restore_segments(const struct instance_image *m, struct instance *in)
{
	if (in->module->ndatas && in->data_sizes)
		memcpy(in->data_sizes, m->data_sizes, in->module->ndatas * sizeof *m->data_sizes);
	for (uint32_t i = 0; in->elem_counts && in->elem_values && i < in->module->nelems; i++)
		if (!restore_elem(in, i, m->elem_counts[i], &m->elems[i]))
			return false;
	return true;
}

bool moment_restore(const struct moment *m, struct ctx *c)
{
	struct store *s = c->store;
	bool ok = true;

	for (size_t i = 0; ok && i < m->nmemories; i++)
		ok = restore_memory(&m->memories[i], s->memories.data[i]);
	for (size_t i = 0; ok && i < m->ntables; i++)
		ok = restore_table(&m->tables[i], s->tables.data[i]);
	for (size_t i = 0; i < m->nglobals; i++)
		memcpy(s->globals.data[i]->value, m->globals[i], sizeof *m->globals);
	for (size_t i = 0; ok && i < m->ninstances; i++)
		ok = restore_segments(&m->instances[i], s->instances.data[i]);
	s->exn_bytes = m->exn_bytes;
	s->exn_trigger = m->exn_trigger;
	gc_image_restore(s, m->heap);
	restore_context(m, &m->first, c);
	for (size_t i = 0; i < m->nothers; i++)
		restore_context(m, &m->others[i], m->others[i].ctx);
	if (m->threads)
		turns_restore(s->turns, &m->turn, m->threads);
	return ok;
}

void moment_free(struct moment *m)
{
	if (!m)
		return;
	if (m->counted)
		*m->account -= m->bytes;
	for (size_t i = 0; m->memories && i < m->nmemories; i++)
		image_free(&m->memories[i].bytes);
	for (size_t i = 0; m->tables && i < m->ntables; i++)
		image_free(&m->tables[i]);
	for (size_t i = 0; m->instances && i < m->ninstances; i++) {
		struct instance_image *in = &m->instances[i];
		/* elems is followed by an empty one, and images that were not reached are empty */
		for (struct image *x = in->elems; x && x->groups; x++)
			image_free(x);
		free(in->elems);
		free(in->elem_counts);
		free(in->data_sizes);
	}
	image_free(&m->first.stack);
	free(m->first.segments);
	for (size_t i = 0; i < m->nothers; i++) {
		image_free(&m->others[i].stack);
		free(m->others[i].segments);
	}
	free(m->others);
	free(m->threads);
	gc_image_free(m->heap);
	free(m->memories);
	free(m->tables);
	free(m->globals);
	free(m->instances);
	free(m);
}

void moments_done(struct store *s)
{
	for (struct exn *x = s->exns; x; x = x->next)
		x->kept = false;
}

/* ---- hashing --------------------------------------------------------------------------------- */

static uint64_t hash_number(uint64_t h, uint64_t v)
{
	return image_hash(h, &v, sizeof v);
}

static uint64_t hash_value(const struct store *s, uint64_t h, valtype t, const slot *v)
{
	enum gc_mark mark = vt_is_ref(t) ? field_mark(s->engine, t) : MARK_REF64;

	if (v[0] && mark == MARK_NOT)
		return hash_number(h, ((const struct func *)(uintptr_t)v[0])->number);
	if (mark != MARK_EXN || !v[0])
		return image_hash(h, v, vt_slots(t) * sizeof *v);
	const struct exn *x = (const struct exn *)(uintptr_t)v[0];
	return image_hash(hash_number(h, x->tag->number), x->payload, x->nslots * sizeof(slot));
}

/* Operands and locals, not slots: homes that an alias left unwritten hold anything. */
static uint64_t hash_frame(struct ctx *c, uint64_t h, const struct frame *f)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct value *v;
	uint32_t n = frame_local_count(f);

	h = hash_number(hash_number(h, f->func ? f->func->number : 0), f->offset);
	for (uint32_t i = 0; i < n; i++) {
		struct value local;
		if (frame_local(c, f, i, &local))
			h = hash_value(c->store, h, local.type, &local.lo);
	}
	if (frame_stack(c, f, &v, &n, &a, &e))
		for (uint32_t i = 0; i < n; i++)
			h = hash_value(c->store, h, v[i].type, &v[i].lo);
	arena_free(&a);
	return h;
}

static uint64_t hash_entities(const struct store *s, uint64_t h)
{
	for (size_t i = 0; i < s->memories.count; i++)
		h = image_hash(h, s->memories.data[i]->base, s->memories.data[i]->size);
	for (size_t i = 0; i < s->globals.count; i++)
		h = hash_value(s, h, s->globals.data[i]->type, s->globals.data[i]->value);
	for (size_t i = 0; i < s->tables.count; i++)
		for (uint64_t k = 0; k < s->tables.data[i]->size; k++)
			h = hash_value(s, h, s->tables.data[i]->type, &s->tables.data[i]->elems[k]);
	for (size_t i = 0; i < s->instances.count; i++) {
		const struct instance *in = s->instances.data[i];
		for (uint32_t k = 0; in->data_sizes && k < in->module->ndatas; k++)
			h = hash_number(h, in->data_sizes[k]);
		for (uint32_t k = 0; in->elem_counts && k < in->module->nelems; k++)
			h = hash_number(h, in->elem_counts[k]);
	}
	return h;
}

uint64_t moment_hash(struct ctx *c)
{
	uint64_t h = hash_number(0, ctx_clock(c));
	struct frame f;

	for (uint32_t i = 0; frame_at(c, i, &f); i++)
		h = hash_frame(c, h, &f);
	for (size_t k = 1; turns_any(c->store) && k < c->store->turns->place.nthreads; k++) {
		const struct turn_thread *th = &c->store->turns->threads.data[k];
		h = hash_number(h, th->ctx->number);
		for (uint32_t i = 0; th->state != TURN_ENDED && frame_at(th->ctx, i, &f); i++)
			h = hash_frame(th->ctx, h, &f);
	}
	return gc_hash(c->store, hash_entities(c->store, h));
}
