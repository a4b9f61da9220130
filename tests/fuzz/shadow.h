/*
 * shadow.h — a copy of a store's memories, globals and tables that is kept up to date by nothing but what probes are told
 * of (engine/probe.h, engine/effect.h). When it differs from the store, an instruction wrote what effects_of() did not say,
 * or was not told of.
 */
#ifndef WRENCH_TESTS_FUZZ_SHADOW_H
#define WRENCH_TESTS_FUZZ_SHADOW_H

#include <stdlib.h>
#include <string.h>

#include "engine/ctx.h"
#include "engine/effect.h"

struct shadow {
	struct probe probe;
	struct probe_filter filter;
	struct store *st;
	bool partly;                    /* looks only where the filter has bits: guarded fast bodies run */
	struct effect effects[EFFECTS_MAX];     /* of the instruction that is executed */
	unsigned n;
	uint64_t told;                  /* instructions, before they were executed */
	uint8_t *memories[64];
	uint64_t sizes[64];
	slot globals[1024][2];
	slot *tables[64];
	uint64_t table_sizes[64];
};

static void shadow_memory(struct shadow *s, const struct memory *m)
{
	uint32_t i = m->number - 1;
	uint64_t size = m->size;

	if (i >= 64 || s->sizes[i] == size)
		return;
	s->memories[i] = realloc(s->memories[i], size + 1);
	memset(s->memories[i] + s->sizes[i], 0, size - s->sizes[i]);
	s->sizes[i] = size;
}

static void shadow_table(struct shadow *s, const struct table *t)
{
	uint32_t i = t->number - 1;

	if (i >= 64 || s->table_sizes[i] == t->size)
		return;
	s->tables[i] = realloc(s->tables[i], (t->size + 1) * sizeof(slot));
	memcpy(s->tables[i] + s->table_sizes[i], t->elems + s->table_sizes[i], (t->size - s->table_sizes[i]) * sizeof(slot));
	s->table_sizes[i] = t->size;
}

static bool shadow_before(void *user, struct ctx *c, const struct probe_at *at)
{
	struct shadow *s = user;

	s->told++;
	s->n = effects_of(c, at, s->effects);
	return false;
}

static bool shadow_after(void *user, struct ctx *c, const struct probe_at *at)
{
	struct shadow *s = user;

	if (s->partly)
		c->warm = 0;            /* back to fast bodies at once */
	for (unsigned i = 0; i < s->n; i++) {
		const struct effect *e = &s->effects[i];
		if (!e->writes)
			continue;
		if (e->memory)
			shadow_memory(s, e->memory);
		if (e->kind == EFFECT_MEMORY && e->memory->number <= 64 && e->size)
			memcpy(s->memories[e->memory->number - 1] + e->at, e->memory->base + e->at, e->size);
		if (e->kind == EFFECT_GLOBAL && e->global->number <= 1024)
			memcpy(s->globals[e->global->number - 1], e->global->value, sizeof e->global->value);
		if (e->kind == EFFECT_TABLE && e->table->number <= 64 && e->size)
			memcpy(s->tables[e->table->number - 1] + e->at, e->table->elems + e->at, e->size * sizeof(slot));
	}
	s->n = 0;
	/* table.grow has no effect of its own kind: elements are only added */
	for (size_t i = 0; i < c->store->tables.count; i++)
		shadow_table(s, c->store->tables.data[i]);
	(void)at;
	return false;
}

/* Take a copy of everything as it is now. */
static void shadow_take(struct shadow *s)
{
	for (size_t i = 0; i < s->st->memories.count && i < 64; i++) {
		const struct memory *m = s->st->memories.data[i];
		shadow_memory(s, m);
		if (m->size)
			memcpy(s->memories[i], m->base, m->size);
	}
	for (size_t i = 0; i < s->st->globals.count && i < 1024; i++)
		memcpy(s->globals[i], s->st->globals.data[i]->value, sizeof s->globals[i]);
	for (size_t i = 0; i < s->st->tables.count && i < 64; i++) {
		const struct table *t = s->st->tables.data[i];
		shadow_table(s, t);
		if (t->size)
			memcpy(s->tables[i], t->elems, t->size * sizeof(slot));
	}
}

/* Of four blocks of 64 bytes a partial shadow looks at the second one. */
static bool shadow_looks(void *user, const struct memory *m, uint64_t at, uint64_t size)
{
	for (uint64_t i = at; i < at + size; i++)
		if (i >> FILTER_BLOCK_LOG2 & 1 && !(i >> FILTER_BLOCK_LOG2 & 2))
			return true;
	return false;
}

static bool shadow_memory_agrees(const struct shadow *s, const uint8_t *mine, const struct memory *m)
{
	uint64_t size = m->size;

	for (uint64_t at = 0; s->partly && at < size; at += 64)
		if (shadow_looks(NULL, m, at, 1) && memcmp(mine + at, m->base + at, size - at < 64 ? size - at : 64) != 0)
			return false;
	return s->partly || size == 0 || memcmp(mine, m->base, size) == 0;
}

static bool shadow_agrees(const struct shadow *s)
{
	for (size_t i = 0; i < s->st->memories.count && i < 64; i++) {
		const struct memory *m = s->st->memories.data[i];
		if (m->size != s->sizes[i] || !shadow_memory_agrees(s, s->memories[i], m))
			return false;
	}
	for (size_t i = 0; i < s->st->globals.count && i < 1024; i++) {
		const struct global *g = s->st->globals.data[i];
		if (memcmp(s->globals[i], g->value, vt_slots(g->type) * sizeof(slot)) != 0)
			return false;
	}
	for (size_t i = 0; i < s->st->tables.count && i < 64; i++) {
		const struct table *t = s->st->tables.data[i];
		if (t->size != s->table_sizes[i] || (t->size && memcmp(s->tables[i], t->elems, t->size * sizeof(slot)) != 0))
			return false;
	}
	return true;
}

static struct shadow *shadow_new(struct store *st)
{
	struct shadow *s = calloc(1, sizeof *s);

	s->st = st;
	s->probe = (struct probe){ .user = s, .before = shadow_before, .after = shadow_after };
	probe_want_all(&s->probe);
	store_add_probe(st, &s->probe);
	return s;
}

/* One that has a filter and asks for what writes. */
static struct shadow *shadow_new_partly(struct store *st)
{
	struct shadow *s = calloc(1, sizeof *s);

	s->st = st;
	s->partly = true;
	s->filter.touches = shadow_looks;
	for (uint64_t at = 64; at < (uint64_t)FILTER_WORDS << 12; at += 256)
		filter_add(&s->filter, at, 64);
	for (size_t i = 0; i < st->globals.count; i++)
		filter_add(&s->filter, filter_global(st->globals.data[i]), 1);
	s->probe = (struct probe){ .user = s, .before = shadow_before, .after = shadow_after, .filter = &s->filter };
	for (unsigned op = 0; op < OP_COUNT; op++)
		if (effect_possible((enum op)op, EFFECT_MEMORY, true) || effect_possible((enum op)op, EFFECT_GROW, true) ||
				effect_possible((enum op)op, EFFECT_GLOBAL, true) || effect_possible((enum op)op, EFFECT_TABLE, true))
			probe_want(&s->probe, (enum op)op);
	probe_want(&s->probe, OP_TABLE_GROW);
	store_add_probe(st, &s->probe);
	return s;
}

static void shadow_free(struct shadow *s)
{
	if (!s)
		return;
	store_remove_probe(s->st, &s->probe);
	for (unsigned i = 0; i < 64; i++) {
		free(s->memories[i]);
		free(s->tables[i]);
	}
	free(s);
}

#endif
