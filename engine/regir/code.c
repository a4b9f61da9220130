/* Translated code of a module; see code.h. */
#include "engine/regir/code.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/progress.h"
#include "engine/imm.h"
#include "engine/regir/call_hook.h"
#include "engine/regir/guard.h"
#include "engine/regir/interp.h"
#include "engine/regir/walk.h"
#include "engine/tier.h"
#include "engine/validate.h"

/* ---- the module's code ------------------------------------------------------------------------------------------------ */

bool code_init(struct module *m)
{
	struct code *code = calloc(1, sizeof *code);

	if (!code)
		return false;
	pthread_mutex_init(&code->lock, NULL);
	pthread_mutex_init(&code->op_lock, NULL);
	tier_code_init(code);
	m->code = code;
	return true;
}

void code_free(struct module *m)
{
	struct code *code = m->code;

	if (!code)
		return;
	tier_code_free(code);
	for (size_t i = 0; i < code->by_address.count; i++) {
		struct body *b = code->by_address.data[i];
		free(b->counted);
		if (b->map) {
			free(b->map->rows);
			free(b->map);
		}
	}
	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < BODY_MODES; mode++)
			free(code->bodies[kind][mode]);
	if (code->scratch)
		walk_free(code->scratch);
	free(code->scratch);
	free(code->ops);
	free(code->hooked_calls);
	pthread_mutex_destroy(&code->op_lock);
	vec_free(&code->by_address);
	vec_free(&code->patches);
	arena_free(&code->arena);
	pthread_mutex_destroy(&code->lock);
	free(code);
	m->code = NULL;
}

const struct cell *code_lazy_entry(void)
{
	return &interp_entries[ENTRY_LAZY];
}

const struct cell *code_host_entry(void)
{
	return &interp_entries[ENTRY_HOST];
}

/* ---- making bodies ------------------------------------------------------------------------------------------------------ */

static uint32_t stride(const struct body *b)
{
	return b->kind == BODY_PLAIN ? sizeof(struct wcell) : sizeof(struct cell);
}

uint32_t code_op_size(const struct body *b, uint32_t at, enum regir op)
{
	uint32_t s = stride(b);

	switch (regir_ext[op]) {
	case EXT_ONE:
		return 2 * s;
	case EXT_LINK:
		return 3 * s;
	case EXT_TABLE: {
		uint32_t n = b->kind == BODY_PLAIN ? (uint32_t)((const struct wcell *)(const void *)(b->cells + at))->c
			: (uint32_t)((const struct cell *)(const void *)(b->cells + at))->c;
		uint32_t entry = b->kind == BODY_PLAIN ? 8 : 4;
		return s + ((n + 1) * entry + s - 1) / s * s;
	}
	default:
		return s;
	}
}

static bool is_call(enum regir op)
{
	return regir_calls(op) || op == R_CALL_INDIRECT || op == R_CALL_REF;
}

static uint32_t handler_address(handler *h)
{
	return (uint32_t)(uintptr_t)h;
}

/* The handler of a cell of OP before one with the handler NEXT that does both; 0: there is none. */
static uint32_t joined_handler(enum regir op, uint32_t next)
{
	for (unsigned i = interp_join_end[op]; i-- > 0 && interp_joins[i].op == op;)
		if (handler_address(interp_joins[i].next) == next)
			return handler_address(interp_joins[i].joined);
	return 0;
}

/*
 * Put handlers' addresses into the cells from FROM to AT, of which only the last one may have an extension; backwards, because
 * a handler may join several.
 */
static void link_run(struct body *b, uint32_t from, uint32_t at)
{
	uint32_t next = 0;

	for (uint32_t i = at + (uint32_t)sizeof(struct cell); i > from;) {
		i -= (uint32_t)sizeof(struct cell);
		struct cell *cell = (struct cell *)(void *)(b->cells + i);
		enum regir op = (enum regir)cell->op;
		uint32_t joined = interp_join_end[op] && next && b->fused ? joined_handler(op, next) : 0;
		next = cell->op = joined ? joined : handler_address(interp_fast_table[op]);
	}
}

/* Put handlers' addresses into the cells of a fast body, and into the landings of both kinds. */
static void link_cells(struct body *b)
{
	uint32_t from = 0, last = 0, one = stride(b);
	bool fast = b->kind != BODY_PLAIN;

	for (uint32_t at = 0; at < b->size;) {
		enum regir op = (enum regir)*(const uint32_t *)(const void *)(b->cells + at);
		last = at;
		at += one;
		if (!regir_ext[op])
			continue;
		if (fast)
			link_run(b, from, last);
		from = at = last + code_op_size(b, last, op);
		if (is_call(op)) {
			struct landing *l = (struct landing *)(void *)(b->cells + at - one);
			l->handler = handler_address(fast ? h_LANDING : h_LANDING_PLAIN);
		}
	}
	if (fast && from < b->size)
		link_run(b, from, last);
}

static int by_address(const void *a, const void *b)
{
	const char *x = (*(struct body *const *)a)->cells, *y = (*(struct body *const *)b)->cells;

	return x < y ? -1 : x > y;
}

static bool insert_by_address(struct code *code, struct body *b)
{
	code->sorted = false;
	return vec_push(&code->by_address, b);
}

static void prepare(struct walk *w, const struct body *b)
{
	w->kind = b->kind;
	w->mode = b->mode;
	w->fuse = b->fused;
	w->hot = b->hot;
}

static bool run_walk(struct walk *w, const struct body *b, struct err *e)
{
	prepare(w, b);
	return b->kind == BODY_PLAIN ? walk_plain(w, b->module, b->func, e) : walk_fast(w, b->module, b->func, e);
}

/* Take the walker's result into the body. */
static bool take_code(struct body *b, struct walk *w, struct arena *a)
{
	b->size = (uint32_t)w->out.size;
	b->header = w->header;
	b->frame = w->top;
	b->cells = arena_copy(a, w->out.data, b->size);
	b->nhandlers = (uint32_t)w->handlers.count;
	if (b->nhandlers)
		b->handlers = arena_copy(a, w->handlers.data, b->nhandlers * sizeof *b->handlers);
	b->ntwins = (uint32_t)w->twins.count;
	if (b->ntwins)
		b->twins = arena_copy(a, w->twins.data, b->ntwins * sizeof *b->twins);
	b->npinned = (uint32_t)w->pinned.count;
	if (b->npinned)
		b->pinned = arena_copy(a, w->pinned.data, b->npinned * sizeof *b->pinned);
	return b->cells && (b->handlers || !b->nhandlers) && (b->twins || !b->ntwins) && (b->pinned || !b->npinned);
}

static struct body *make_body(const struct module *m, uint32_t func, enum body_kind kind, enum memory_mode mode, bool fuse,
	bool *too_large, struct err *e)
{
	struct code *code = m->code;
	struct body b = { .module = m, .func = func, .kind = kind, .mode = mode, .fused = fuse,
		.hot = kind != BODY_PLAIN && code->hot };

	if (!code->scratch)
		code->scratch = calloc(1, sizeof *code->scratch);
	struct walk *w = code->scratch;
	if (!w) {
		err_oom(e);
		return NULL;
	}
	if (!run_walk(w, &b, e))
		return NULL;
	*too_large = kind != BODY_PLAIN && (w->too_large || w->top > FAST_FRAME_MAX);
	if (*too_large)
		return NULL;
	struct body *kept = take_code(&b, w, &code->arena) ? arena_copy(&code->arena, &b, sizeof b) : NULL;
	if (!kept) {
		err_oom(e);
		return NULL;
	}
	link_cells(kept);
	if (code->hooked_calls)
		call_hook_body(kept);
	if (code->guards[0] || code->guards[1])
		guard_body(kept);
	return kept;
}

struct body *code_body(const struct module *m, uint32_t func, enum body_kind kind, enum memory_mode mode, bool fuse,
	struct err *e)
{
	struct code *code = m->code;
	bool too_large = false;

	struct body ***bodies = &code->bodies[kind][mode + (fuse ? 0 : BODY_MODES / 2)];
	pthread_mutex_lock(&code->lock);
	if (!*bodies && !(*bodies = calloc(m->nfuncs - m->nimported_funcs, sizeof **bodies))) {
		pthread_mutex_unlock(&code->lock);
		err_oom(e);
		return NULL;
	}
	struct body **place = &(*bodies)[func - m->nimported_funcs];
	if (!*place) {
		struct body *b = make_body(m, func, kind, mode, fuse, &too_large, e);
		if (b && !insert_by_address(code, b)) {
			b = NULL;
			err_oom(e);
		}
		if (b) {
			code->bytes += b->size;
			*place = b;
			if (code->observer)
				code->observer->body_made(code->observer->user, b);
		}
	}
	struct body *found = *place;
	pthread_mutex_unlock(&code->lock);
	if (!found && too_large)
		err_set(e, E_LIMIT, place_none(), "the frame of function #%u is too large for a fast body", func);
	return found;
}

struct body *code_body_at(const struct module *m, const void *pc)
{
	struct code *code = m->code;
	struct body *found = NULL;
	const char *p = pc;

	pthread_mutex_lock(&code->lock);
	if (!code->sorted) {
		qsort(code->by_address.data, code->by_address.count, sizeof found, by_address);
		code->sorted = true;
	}
	size_t lo = 0, hi = code->by_address.count;
	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (code->by_address.data[mid]->cells <= p)
			lo = mid + 1;
		else
			hi = mid;
	}
	if (lo > 0 && p < code->by_address.data[lo - 1]->cells + code->by_address.data[lo - 1]->size)
		found = code->by_address.data[lo - 1];
	pthread_mutex_unlock(&code->lock);
	return found;
}

void code_set_hot(const struct module *m)
{
	struct code *code = m->code;
	uint32_t n = m->nfuncs - m->nimported_funcs;

	pthread_mutex_lock(&code->lock);
	for (int mode = 0; !code->hot && mode < BODY_MODES; mode++)
		for (int kind = BODY_FAST; kind <= BODY_CHARGED; kind++)
			if (code->bodies[kind][mode])
				memset(code->bodies[kind][mode], 0, n * sizeof **code->bodies[kind]);
	code->hot = true;
	pthread_mutex_unlock(&code->lock);
}

bool code_translate_all(const struct module *m, struct err *e)
{
	for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++) {
		struct err ignored = { 0 };
		if (!code_body(m, i, BODY_FAST, MEMORY_GUARDED, true, &ignored) && ignored.code != E_LIMIT) {
			*e = ignored;
			return false;
		}
	}
	return true;
}

/* ---- reading cells ------------------------------------------------------------------------------------------------------------ */

struct handler_op {
	uint32_t address;
	uint16_t op;
};

static int by_handler(const void *a, const void *b)
{
	const struct handler_op *x = a, *y = b;

	return x->address < y->address ? -1 : x->address > y->address;
}

/*
 * Handlers by address: the way back from a linked cell to its op. NULL: not yet made, because who asks a few times, as a program
 * that starts, is served sooner by a search.
 */
enum { SEARCHES = 16 };

static const struct handler_op *handler_ops(struct code *code)
{
	pthread_mutex_lock(&code->op_lock);
	if (!code->ops && code->op_searches++ >= SEARCHES && (code->ops = malloc((4 * R_COUNT + interp_njoins) * sizeof *code->ops))) {
		for (int op = 0; op < R_COUNT; op++) {
			handler *const all[] = { interp_fast_table[op], interp_hooked((enum regir)op), interp_write_guards[op],
				interp_read_guards[op] };
			for (unsigned i = 0; i < sizeof all / sizeof *all; i++)
				if (all[i])
					code->ops[code->nops++] = (struct handler_op){ handler_address(all[i]), (uint16_t)op };
		}
		for (unsigned i = 0; i < interp_njoins; i++)
			code->ops[code->nops++] = (struct handler_op){ handler_address(interp_joins[i].joined), (uint16_t)interp_joins[i].op };
		qsort(code->ops, code->nops, sizeof *code->ops, by_handler);
	}
	const struct handler_op *ops = code->ops;
	pthread_mutex_unlock(&code->op_lock);
	return ops;
}

static enum regir op_by_search(uint32_t address)
{
	for (int op = 0; op < R_COUNT; op++)
		if (handler_address(interp_fast_table[op]) == address)
			return (enum regir)op;
	for (int op = 0; op < R_COUNT; op++)
		if (handler_address(interp_hooked((enum regir)op)) == address || handler_address(interp_write_guards[op]) == address
		    || handler_address(interp_read_guards[op]) == address)
			return (enum regir)op;
	for (unsigned i = 0; i < interp_njoins; i++)
		if (handler_address(interp_joins[i].joined) == address)
			return (enum regir)interp_joins[i].op;
	return R_UNREACHED;
}

static enum regir op_of_handler(struct code *code, uint32_t address)
{
	const struct handler_op *ops = handler_ops(code), key = { .address = address };

	if (!ops)
		return op_by_search(address);
	const struct handler_op *found = bsearch(&key, ops, code->nops, sizeof key, by_handler);
	return found ? (enum regir)found->op : R_UNREACHED;
}

bool code_held(const struct body *b, uint32_t at, uint32_t *p, uint32_t *q)
{
	for (uint32_t i = 0; i < b->npinned; i++)
		if (at >= b->pinned[i].start && at < b->pinned[i].end) {
			*p = b->pinned[i].p;
			*q = b->pinned[i].q;
			return true;
		}
	*p = b->header + (uint32_t)offsetof(struct frame_header, ret);
	*q = b->header + (uint32_t)offsetof(struct frame_header, caller);
	return false;
}

static struct patch *find_patch(const struct code *code, const struct body *b, uint32_t at)
{
	for (size_t i = 0; i < code->patches.count; i++)
		if (code->patches.data[i].body == b && code->patches.data[i].at == at)
			return &code->patches.data[i];
	return NULL;
}

/* Under a lock: another thread may be putting break cells into a body that it has just made. */
static uint32_t original_word(const struct body *b, uint32_t at)
{
	struct code *code = b->module->code;

	pthread_mutex_lock(&code->op_lock);
	uint32_t word = *(const uint32_t *)(const void *)(b->cells + at);
	bool hidden = word == (b->kind == BODY_PLAIN ? (uint32_t)R_BREAK : handler_address(h_BREAK));
	const struct patch *p = hidden ? find_patch(code, b, at) : NULL;
	if (p)
		word = p->original;
	pthread_mutex_unlock(&code->op_lock);
	return word;
}

enum regir code_op(const struct body *b, uint32_t at)
{
	uint32_t word = original_word(b, at);

	return b->kind == BODY_PLAIN ? (enum regir)word : op_of_handler(b->module->code, word);
}

uint32_t code_cell_size(const struct body *b, uint32_t at)
{
	return code_op_size(b, at, code_op(b, at));
}

uint32_t code_original(const struct body *b, uint32_t at)
{
	return original_word(b, at);
}

/* With room for another patch. */
static void patch(struct code *code, struct body *b, uint32_t at)
{
	uint32_t *word = (uint32_t *)(void *)(b->cells + at);
	struct patch *known = find_patch(code, b, at), p = { b, at, *word, 1 };

	if (known) {
		known->count++;
		return;
	}
	vec_push(&code->patches, p);
	__atomic_store_n(word, b->kind == BODY_PLAIN ? (uint32_t)R_BREAK : handler_address(h_BREAK), __ATOMIC_SEQ_CST);
}

static void unpatch(struct code *code, struct body *b, uint32_t at)
{
	struct patch *p = find_patch(code, b, at);

	if (!p || --p->count)
		return;
	__atomic_store_n((uint32_t *)(void *)(b->cells + at), p->original, __ATOMIC_SEQ_CST);
	*p = code->patches.data[--code->patches.count];
}

bool code_patch(struct body *b, uint32_t at, struct err *e)
{
	struct code *code = b->module->code;

	pthread_mutex_lock(&code->op_lock);
	bool ok = vec_reserve(&code->patches, code->patches.count + 1 + b->ntwins);
	if (ok)
		patch(code, b, at);
	for (uint32_t i = 0; ok && i < b->ntwins; i++)
		if (b->twins[i].at == at)
			patch(code, b, b->twins[i].copy);
	pthread_mutex_unlock(&code->op_lock);
	tier_refresh(b);
	return ok ? true : err_oom(e);
}

void code_unpatch(struct body *b, uint32_t at)
{
	struct code *code = b->module->code;

	pthread_mutex_lock(&code->op_lock);
	unpatch(code, b, at);
	for (uint32_t i = 0; i < b->ntwins; i++)
		if (b->twins[i].at == at)
			unpatch(code, b, b->twins[i].copy);
	pthread_mutex_unlock(&code->op_lock);
	tier_refresh(b);
}

bool code_patched(const struct body *b)
{
	struct code *code = b->module->code;
	bool found = false;

	pthread_mutex_lock(&code->op_lock);
	for (size_t i = 0; i < code->patches.count && !found; i++)
		found = code->patches.data[i].body == b;
	pthread_mutex_unlock(&code->op_lock);
	return found;
}

void code_set_handler(struct body *b, uint32_t at, void *h)
{
	struct code *code = b->module->code;
	uint32_t *word = (uint32_t *)(void *)(b->cells + at);

	pthread_mutex_lock(&code->op_lock);
	struct patch *p = *word == handler_address(h_BREAK) ? find_patch(code, b, at) : NULL;
	if (p)
		p->original = handler_address((handler *)h);
	else
		__atomic_store_n(word, handler_address((handler *)h), __ATOMIC_SEQ_CST);
	pthread_mutex_unlock(&code->op_lock);
}

void code_hook(struct body *b, uint32_t at, bool on)
{
	enum regir op = code_op(b, at);
	handler *hooked = interp_hooked(op);

	if (hooked)
		code_set_handler(b, at, on ? (void *)hooked : (void *)interp_fast_table[op]);
}

/* ---- maps: the same walk again, recording ----------------------------------------------------------------------------------------- */

/* A HOT cell has no row of its own: the cell that it belongs to begins there. */
static void join_hot(const struct body *b, struct body_map *m)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < m->nrows; i++) {
		const struct map_row hot = m->rows[i];
		if (i + 1 < m->nrows && code_op(b, hot.at) == R_HOT) {
			m->rows[++i].at = hot.at;
			m->rows[i].label |= hot.label;
		}
		m->rows[n++] = m->rows[i];
	}
	m->nrows = n;
}

/* Where the instructions of a body begin, ascending. */
static bool read_offsets(const struct body *b, uint32_t **offsets, uint32_t *n)
{
	const struct func_decl *f = &b->module->funcs[b->func];
	struct err ignored = { 0 };
	struct cursor c = cursor_at(b->module, f->body, &ignored);
	struct instr in;

	*n = 0;
	*offsets = malloc((f->body_size + 1) * sizeof **offsets);
	if (!*offsets || !locals_skip(&c, &ignored))
		return false;
	while (cursor_offset(&c) < f->body + f->body_size && instr_read(&c, &in, &ignored))
		(*offsets)[(*n)++] = in.offset;
	return true;
}

/* How many of them are before OFFSET. */
static uint32_t number_of(const uint32_t *offsets, uint32_t n, uint32_t offset)
{
	uint32_t lo = 0, hi = n;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (offsets[mid] < offset)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static void count_instructions(const struct body *b, struct body_map *m)
{
	uint32_t *offsets, n;

	if (read_offsets(b, &offsets, &n))
		for (uint32_t i = 0; i < m->nrows; i++) {
			uint32_t next = i + 1, start = m->rows[i].start;
			/* a block that was emitted again begins further in front */
			while (next < m->nrows && m->rows[next].start < start)
				next++;
			m->rows[i].count = (next < m->nrows ? number_of(offsets, n, m->rows[next].start) : n) - number_of(offsets, n, start);
		}
	free(offsets);
}

/* Numbers are asked for cell by cell: counted once. */
static void number_cells(const struct body *b, struct body_map *m)
{
	uint32_t n = 0, p = 0;

	for (uint32_t i = 0; i < m->nrows; i++) {
		n += body_cells_between(b, p, m->rows[i].at);
		p = m->rows[i].at;
		m->rows[i].number = n;
	}
}

const struct body_map *body_map(struct body *b, struct err *e)
{
	struct body_map *known = __atomic_load_n(&b->map, __ATOMIC_ACQUIRE);
	if (known)
		return known;
	struct walk w = { .record = true };
	struct body_map *m = calloc(1, sizeof *m);
	if (!m || !run_walk(&w, b, e)) {
		if (!m)
			err_oom(e);
		free(m);
		walk_free(&w);
		return NULL;
	}
	m->nrows = (uint32_t)w.rows.count;
	m->rows = w.rows.data;
	if (b->hot)
		join_hot(b, m);
	count_instructions(b, m);
	number_cells(b, m);
	w.rows.data = NULL;
	w.rows.count = w.rows.cap = 0;
	walk_free(&w);
	/* another thread may have been as quick */
	if (__atomic_compare_exchange_n(&b->map, &known, m, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return m;
	free(m->rows);
	free(m);
	return known;
}

const struct map_row *body_map_at(const struct body_map *m, uint32_t at)
{
	uint32_t lo = 0, hi = m->nrows;

	while (lo < hi) {
		uint32_t mid = (lo + hi) / 2;
		if (m->rows[mid].at <= at)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo ? &m->rows[lo - 1] : NULL;
}

const struct map_row *body_map_offset(const struct body_map *m, uint32_t offset)
{
	const struct map_row *best = NULL;

	/* starts ascend except where blocks of rows were re-emitted; rows are few: a plain search is right */
	for (uint32_t i = 0; i < m->nrows; i++) {
		const struct map_row *r = &m->rows[i];
		if (r->at == 0 || r->start > offset)
			continue;
		if (!best || r->start > best->start)
			best = r;
	}
	return best;
}

bool body_stack_at(const struct body *b, uint32_t offset, struct arena *a, struct stack_entry **out, uint32_t *n,
	struct err *e)
{
	struct walk w = { .stop_at = offset };

	*n = 0;
	*out = NULL;
	bool ok = run_walk(&w, b, e);
	if (ok && w.stopped) {
		*n = (uint32_t)w.types.count;
		*out = arena_array(a, *n ? *n : 1, sizeof **out);
		ok = *out || err_oom(e);
	}
	for (uint32_t i = 0; ok && i < *n; i++) {
		const struct operand *o = &w.operands.data[i];
		(*out)[i] = (struct stack_entry){
			.type = w.types.data[i], .at = o->at, .home = o->home, .shift = o->shift, .bits = { o->bits, 0 },
			.place = o->place == AT_CONST ? IN_CONST : o->place == AT_SUM ? IN_SUM : IN_SLOT,
			.pushed = w.pushed.data[i], .local = o->place == AT_LOCAL ? o->local : -1,
		};
	}
	walk_free(&w);
	return ok;
}

const slot *stack_entry_value(const struct stack_entry *s, const slot *fp, slot space[1])
{
	const slot *at = (const slot *)(const void *)((const char *)fp + s->at);

	if (s->place == IN_CONST)
		return s->bits;
	if (s->place == IN_SLOT)
		return at;
	space[0] = (at[0] << s->shift) + s->bits[0];
	if (s->type == VT_I32)
		space[0] = (uint32_t)space[0];
	return space;
}

bool validate_funcs(struct module *m, uint32_t *bad, struct err *e)
{
	struct progress *progress = engine_progress(m->engine);
	struct walk w = { 0 };
	bool ok = true;

	progress_begin(progress, "checking", m->size);
	for (uint32_t i = m->nimported_funcs; ok && i < m->nfuncs; i++) {
		ok = progress_reach(progress, m->funcs[i].body, e) && walk_check(&w, m, i, e);
		*bad = i;
	}
	progress_end(progress);
	walk_free(&w);
	return ok;
}
