/* Probes: the list of a store and its dispatch tables; see probe.h. How they are called is in regir/interp_plain.c. */
#include "engine/probe.h"

#include <stdlib.h>

#include "engine/ctx.h"
#include "engine/regir/code.h"
#include "engine/regir/guard.h"
#include "engine/regir/interp.h"

/* ---- which cells an instruction has in plain bodies ----------------------------------------------------------------- */

/* The Wasm instruction of a plain cell; copying a v128 can be three of them: OP_NONE. */
static enum op op_of(enum regir ir)
{
	if (ir < (enum regir)OP_COUNT)
		return (enum op)ir;
	switch (ir) {
#define LOAD(id, result, type) case R_##id##_C: case R_##id##_X: return OP_##id;
#define STORE(id, type)        case R_##id##_C: case R_##id##_X: return OP_##id;
#include "engine/regir/mem.def"
	case R_SELECT128:
		return OP_SELECT;
	case R_GLOBAL_GET128:
		return OP_GLOBAL_GET;
	case R_GLOBAL_SET128:
		return OP_GLOBAL_SET;
	default:
		return OP_NONE;
	}
}

static bool asks(const struct probe *p, enum op op)
{
	return p->ops[op / 64] >> (op % 64) & 1;
}

static bool asks_for_cell(const struct probe *p, enum regir ir)
{
	enum op op = op_of(ir);

	if (ir == R_MOV128)
		return asks(p, OP_LOCAL_GET) || asks(p, OP_LOCAL_SET) || asks(p, OP_LOCAL_TEE);
	/* the end of a function is one with its return, and is none of its instructions */
	return op != OP_NONE && interp_count_table[ir] == interp_count_table[R_NOP] && asks(p, op);
}

void probe_want(struct probe *p, enum op op)
{
	if (op == OP_SELECT_T)
		op = OP_SELECT;         /* one cell for both */
	p->ops[op / 64] |= (uint64_t)1 << (op % 64);
}

void probe_want_all(struct probe *p)
{
	for (unsigned op = 0; op < OP_COUNT; op++)
		probe_want(p, (enum op)op);
}

/* ---- filters ----------------------------------------------------------------------------------------------------------- */

static const uint8_t wants_nothing[R_COUNT];
const struct probe_filter probe_no_filter = { .wants = wants_nothing };

void filter_add(struct probe_filter *f, uint64_t at, uint64_t bytes)
{
	uint64_t first = (at < FILTER_REACH ? 0 : at - FILTER_REACH) >> FILTER_BLOCK_LOG2, last = (at + bytes - 1) >> FILTER_BLOCK_LOG2;

	if (last - first > 64 * FILTER_WORDS)
		last = first + 64 * FILTER_WORDS;
	for (uint64_t b = first; b <= last; b++)
		f->bits[b / 64 % FILTER_WORDS] |= (uint64_t)1 << (b % 64);
}

/* The kinds of guards that P can do with; 0: something it asks for has none. */
static unsigned guards_for(const struct probe *p)
{
	unsigned kinds = GUARD_WRITES;

	for (unsigned op = 0; p->filter && op < OP_COUNT; op++)
		if (asks(p, (enum op)op)) {
			unsigned kind = guard_kind((enum regir)op);
			if (!kind)
				return 0;
			kinds |= kind;
		}
	return p->filter ? kinds : 0;
}

/* ---- the list ---------------------------------------------------------------------------------------------------------- */

static void tables_make(struct probes *all)
{
	for (unsigned ir = 0; ir < R_COUNT; ir++) {
		unsigned wants = 0;
		for (const struct probe *p = all->first; p; p = p->next)
			if (asks_for_cell(p, (enum regir)ir))
				wants |= (p->before ? PROBE_BEFORE : 0) | (p->after && !p->after_asked ? PROBE_AFTER : 0);
		all->wants[ir] = (uint8_t)wants;
		all->op[ir] = (uint16_t)op_of((enum regir)ir);
		all->plain[ir] = wants ? (const void *)interp_probe : (const void *)interp_plain_table[ir];
		all->count[ir] = wants ? (const void *)interp_probe : (const void *)interp_count_table[ir];
	}
	all->version++;
}

static void guard_all(struct store *s, unsigned kinds)
{
	struct probes *all = s->probes;

	if (all->guards != kinds)
		for (size_t i = 0; i < s->instances.count; i++)
			code_guard(s->instances.data[i]->module, all->guards, kinds);
	all->guards = (uint8_t)kinds;
}

void probes_instance(struct store *s, const struct module *m)
{
	if (s->probes && s->probes->guards)
		code_guard(m, 0, s->probes->guards);
}

/* Contexts that run, or are in the host, find out at their next safe point. */
static void tell_contexts(struct store *s)
{
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->contexts.count; i++)
		if (atomic_load(&s->contexts.data[i]->running))
			ctx_interrupt(s->contexts.data[i], LEAVE_MODE);
	pthread_mutex_unlock(&s->lock);
}

void store_renew_probes(struct store *s)
{
	struct probe *only = s->probes->first && !s->probes->first->next ? s->probes->first : NULL;
	unsigned kinds = only ? guards_for(only) : 0;

	tables_make(s->probes);
	s->probes->filter = kinds ? only->filter : NULL;
	for (unsigned ir = 0; ir < R_COUNT; ir++)
		s->probes->nears[ir] = kinds && ir < OP_COUNT && regir_ext[ir] == EXT_NONE &&
			(op_info[ir].lower == LOWER_STORE || op_info[ir].lower == LOWER_LOAD);
	if (kinds)
		only->filter->wants = s->probes->wants;
	guard_all(s, kinds);
	tell_contexts(s);
}

bool store_add_probe(struct store *s, struct probe *p)
{
	if (!s->probes && !(s->probes = calloc(1, sizeof *s->probes)))
		return false;
	p->next = s->probes->first;
	s->probes->first = p;
	store_renew_probes(s);
	return true;
}

void store_remove_probe(struct store *s, struct probe *p)
{
	struct probe **at = s->probes ? &s->probes->first : NULL;

	while (at && *at && *at != p)
		at = &(*at)->next;
	if (!at || !*at)
		return;
	*at = p->next;
	store_renew_probes(s);
}

void probes_free(struct store *s)
{
	if (s->probes)
		guard_all(s, 0);
	free(s->probes);
	s->probes = NULL;
}

/* ---- calling them ------------------------------------------------------------------------------------------------------- */

static bool call_all(struct ctx *c, bool after)
{
	enum op op = probe_op(c, &c->probe_at);
	struct probe_at at = c->probe_at;
	bool stop = false;

	c->in_probe = true;
	for (struct probe *p = c->store->probes->first, *next; p; p = next) {
		bool (*fn)(void *, struct ctx *, const struct probe_at *) = after ? p->after : p->before;
		next = p->next;
		if (fn && asks(p, op))
			stop |= fn(p->user, c, &at);
	}
	c->in_probe = false;
	return stop;
}

void probe_ask_after(struct ctx *c)
{
	c->probe_asked = true;
}

bool probes_before(struct ctx *c)
{
	c->probe_asked = false;
	return call_all(c, false);
}

bool probes_after(struct ctx *c)
{
	return call_all(c, true);
}

/* ---- what it is ----------------------------------------------------------------------------------------------------------- */

struct body *probe_body(struct ctx *c, const struct probe_at *at)
{
	struct body *b = c->probe_body;
	const char *cell = (const char *)at->cell;

	if (!b || cell < b->cells || cell >= b->cells + b->size) {
		b = NULL;
		/* the instance may be another one after a call or return */
		for (size_t i = 0; !b && i < c->store->instances.count; i++)
			b = code_body_at(c->store->instances.data[i]->module, cell);
		c->probe_body = b;
	}
	return b;
}

struct func *probe_func(struct ctx *c, const struct probe_at *at)
{
	const struct body *b = probe_body(c, at);

	return b ? ((const struct frame_header *)(const void *)((const char *)at->fp + b->header))->func : NULL;
}

enum op probe_op(struct ctx *c, const struct probe_at *at)
{
	enum op op = (enum op)c->store->probes->op[at->ir];

	if (op != OP_NONE)
		return op;
	const struct body *b = probe_body(c, at);
	return b ? op_by_code(0, b->module->bytes[at->offset]) : OP_NONE;
}
