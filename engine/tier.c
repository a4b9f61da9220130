/*
 * Compiled code in its place: made, found, switched off and on; see tier.h and docs/jit.md. Running it is tier_run.c, frames that
 * change tiers are tier_frame.c.
 *
 * Off and on. Compiled code is reached from func->entry (its entry cell), from compiled callers (the table of inner entries),
 * from returns (N[1]), from thunks (GO cells) and from loops (their osr cells, which are only used while it is on). Each is
 * one word: off, it leads to the interpreter. Native return addresses that lie on a native stack somewhere are not looked for:
 * the contexts are told to drop them.
 */
#include "engine/tier.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/fault.h"
#include "engine/native.h"
#include "engine/regir/code.h"
#include "engine/regir/convert.h"
#include "engine/stack.h"

static uint32_t defined(const struct body *b)
{
	return b->func - b->module->nimported_funcs;
}

static uint32_t mode_index(const struct body *b)
{
	return b->mode + (b->fused ? 0 : BODY_MODES / 2);
}

static const void **inner_slots(const struct body *b)
{
	return b->module->code->native_inner[b->kind][mode_index(b)];
}

const void *const *tier_inner_slots(const struct body *b)
{
	return inner_slots(b);
}

void tier_code_init(struct code *code)
{
	pthread_mutex_init(&code->native_lock, NULL);
}

static void native_free(const struct tier_compiler *compiler, struct native_code *n)
{
	if (n->code) {
		fault_remove_code(n->code);
		compiler->release(compiler->user, n->code, n->size);
	}
	free(n->cells);
	free(n->cell_at);
	free(n->cell_to);
	free(n->osr_cells);
	free(n->tables.osr);
	free(n->tables.faults);
	free(n->tables.places);
	free(n->tables.slow);
	free(n);
}

void tier_code_free(struct code *code)
{
	for (size_t i = 0; i < code->natives.count; i++)
		native_free(code->compiler, code->natives.data[i]);
	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < BODY_MODES; mode++)
			free(code->native_inner[kind][mode]);
	vec_free(&code->natives);
	vec_free(&code->native_stores);
	pthread_mutex_destroy(&code->native_lock);
}

/* ---- off and on ------------------------------------------------------------------------------------------------------------ */

/* What compiled code has pushed on native stacks may lead to code that is off now. */
static void drop_returns(struct code *code)
{
	for (size_t i = 0; i < code->native_stores.count; i++) {
		struct store *s = code->native_stores.data[i];
		pthread_mutex_lock(&s->lock);
		for (size_t k = 0; k < s->contexts.count; k++) {
			atomic_fetch_add(&s->contexts.data[k]->native_drops, 1);
			atomic_store(&s->contexts.data[k]->native_drop, true);
		}
		pthread_mutex_unlock(&s->lock);
	}
}

static void set_word(struct cell *c, uint64_t v)
{
	__atomic_store_n(&c->imm, (int64_t)v, __ATOMIC_RELEASE);
}

/* Calls of N's function lead to it, or to the interpreter. */
static void switch_entries(struct native_code *n, bool on)
{
	const void **inner = &inner_slots(n->body)[defined(n->body)];

	/* calls within a stand-in go by the functions of the module that it stands in for */
	__atomic_store_n(inner, on && !n->body->module->base ? n->inner : (const void *)native_by_entry, __ATOMIC_RELEASE);
	set_word(&n->entry.cell, (uint64_t)(uintptr_t)(on ? n->outer : (const void *)native_off));
}

/* Frames of N go on in it, or in the interpreter. */
static void switch_frames(struct native_code *n, bool on)
{
	for (uint32_t i = 0; i < n->ncells; i++)
		if (n->cell_to[i])
			set_word(&n->cells[i], on ? (uint64_t)(uintptr_t)(n->code + n->cell_to[i]) : 0);
	if (!on)
		drop_returns(n->body->module->code);
}

/* The lock is held. A function that is to be interpreted is entered no more; its frames stay what they are. */
static void set_off(struct native_code *n, uint32_t off)
{
	uint32_t before = n->off, not_frames = ~(uint32_t)NATIVE_OFF_TIER;

	__atomic_store_n(&n->off, off, __ATOMIC_RELEASE);
	if (!before != !off)
		switch_entries(n, !off);
	if (!(before & not_frames) != !(off & not_frames))
		switch_frames(n, !(off & not_frames));
}

/* What forbids it, but for the tier that was asked for. */
static uint32_t forbidden(const struct body *b)
{
	const struct module *m = b->module;
	const struct code *code = m->code;
	uint32_t off = 0;

	if (!b->leave_at && code_patched(b))
		off |= NATIVE_OFF_BREAK;
	if (code->hooked_calls && code->hooked_calls[defined(b)])
		off |= NATIVE_OFF_HOOK;
	if (m->replaced && m->replaced[defined(b)])
		off |= NATIVE_OFF_REPLACED;
	if (code->guards[0] || code->guards[1])
		off |= NATIVE_OFF_GUARD;
	return off;
}

static void refresh(struct native_code *n)
{
	set_off(n, (n->off & NATIVE_OFF_TIER) | forbidden(n->body));
}

void tier_allow(struct native_code *n, bool allowed)
{
	set_off(n, (n->off & ~(uint32_t)NATIVE_OFF_TIER) | (allowed ? 0 : NATIVE_OFF_TIER));
}

void tier_refresh(const struct body *b)
{
	struct native_code *n = body_native(b);

	if (!n)
		return;
	pthread_mutex_lock(&b->module->code->native_lock);
	refresh(n);
	pthread_mutex_unlock(&b->module->code->native_lock);
}

void tier_refresh_module(const struct module *m)
{
	pthread_mutex_lock(&m->code->native_lock);
	for (size_t i = 0; i < m->code->natives.count; i++)
		refresh(m->code->natives.data[i]);
	pthread_mutex_unlock(&m->code->native_lock);
}

/* ---- finding ------------------------------------------------------------------------------------------------------------------ */

static size_t place_of_cells(const struct code *code, const struct cell *pc)
{
	size_t lo = 0, hi = code->natives.count;

	while (lo < hi) {
		size_t mid = (lo + hi) / 2;
		if (code->natives.data[mid]->cells <= pc)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

/* The code that the cell at PC belongs to; NULL: none of the module's. */
static struct native_code *code_of_cell(struct code *code, const struct cell *pc)
{
	pthread_mutex_lock(&code->native_lock);
	size_t i = place_of_cells(code, pc);
	struct native_code *n = i && pc < code->natives.data[i - 1]->cells + code->natives.data[i - 1]->ncells
		? code->natives.data[i - 1] : NULL;
	pthread_mutex_unlock(&code->native_lock);
	return n;
}

static const struct cell *cell_at(const struct body *b, uint32_t at)
{
	return (const struct cell *)(const void *)(b->cells + at);
}

const struct cell *tier_cell(const struct module *m, const struct cell *pc)
{
	/* without a lock: code whose cells a context is at was there before it went there */
	if (!pc || !m || !atomic_load_explicit(&m->code->has_natives, memory_order_relaxed))
		return pc;
	const struct native_code *n = code_of_cell(m->code, pc);
	return n ? cell_at(n->body, n->cell_at[pc - n->cells]) : pc;
}

const struct native_code *tier_code_at(const struct module *m, const void *at)
{
	struct code *code = m->code;
	const struct native_code *found = NULL;

	pthread_mutex_lock(&code->native_lock);
	for (size_t i = 0; i < code->natives.count && !found; i++) {
		const struct native_code *n = code->natives.data[i];
		if ((uintptr_t)at - (uintptr_t)n->code < n->size)
			found = n;
	}
	pthread_mutex_unlock(&code->native_lock);
	return found;
}

/* ---- making ----------------------------------------------------------------------------------------------------------------------- */

static bool make_slots(const struct body *b, struct err *e)
{
	const struct module *m = b->module;
	const void ***slots = &m->code->native_inner[b->kind][mode_index(b)];
	uint32_t n = m->nfuncs - m->nimported_funcs;

	if (*slots)
		return true;
	if (!(*slots = malloc(n * sizeof **slots)))
		return err_oom(e);
	for (uint32_t i = 0; i < n; i++)
		(*slots)[i] = native_by_entry;
	return true;
}

/* Everything that a compiler gave belongs to N, also when there is nothing to it. */
static void take_output(struct native_code *n, struct native_output *out)
{
	n->cells = out->cells;
	n->ncells = out->ncells;
	n->cell_at = out->cell_at;
	n->tables = out->tables;
}

static bool place_code(const struct tier_compiler *compiler, struct native_code *n, const struct native_output *out, struct err *e)
{
	n->size = out->size;
	n->code = compiler->place(compiler->user, out->code, out->size, e);
	if (!n->code)
		return false;
	n->outer = n->code + out->outer;
	n->inner = n->code + out->inner;
	return fault_add_code(n->code, n->size, n->tables.faults, n->tables.nfaults) || err_oom(e);
}

/* Cells that lead to code keep its offset aside and are off until the code is switched on. */
static bool link_cells(struct native_code *n, struct err *e)
{
	n->cell_to = calloc(n->ncells + 1, sizeof *n->cell_to);
	n->osr_cells = calloc(n->tables.nosr + 1, sizeof *n->osr_cells);
	if (!n->cell_to || !n->osr_cells)
		return err_oom(e);
	for (uint32_t i = 0; i < n->ncells; i++)
		if (cell_is(&n->cells[i], h_NATIVE_RETURN) || cell_is(&n->cells[i], h_NATIVE_GO)) {
			n->cell_to[i] = (uint32_t)n->cells[i].imm;
			n->cells[i].imm = 0;
		}
	for (uint32_t i = 0; i < n->tables.nosr; i++)
		n->osr_cells[i] = (struct cell){ .op = (uint32_t)(uintptr_t)h_NATIVE_GO,
			.imm = (int64_t)(uintptr_t)(n->code + n->tables.osr[i].to) };
	n->entry.cell = (struct cell){ .op = (uint32_t)(uintptr_t)h_NATIVE, .imm = (int64_t)(uintptr_t)native_off };
	n->entry.body = cell_at(n->body, 0);
	return true;
}

static bool keep(struct code *code, struct native_code *n)
{
	size_t at = place_of_cells(code, n->cells);

	if (!vec_push(&code->natives, n))
		return false;
	memmove(&code->natives.data[at + 1], &code->natives.data[at], (code->natives.count - 1 - at) * sizeof n);
	code->natives.data[at] = n;
	atomic_store(&code->has_natives, true);
	return true;
}

/* Other threads may go on counting. */
static uint32_t calls_counted(const struct body *b)
{
	const struct native_entry *n = __atomic_load_n(&b->counted, __ATOMIC_ACQUIRE);

	return n ? (uint32_t)__atomic_load_n(&n->cell.c, __ATOMIC_RELAXED) : 0;
}

static struct native_code *make(const struct tier_compiler *compiler, struct body *b, struct err *e)
{
	struct native_code *n = calloc(1, sizeof *n);
	struct native_output out = { 0 };
	int64_t start = clock_now_ns();

	if (!n) {
		err_oom(e);
		return NULL;
	}
	*n = (struct native_code){ .body = b, .off = NATIVE_OFF_NEW, .calls = calls_counted(b) };
	bool ok = make_slots(b, e) && compiler->compile(compiler->user, b, &out, e);
	take_output(n, &out);
	ok = ok && place_code(compiler, n, &out, e) && link_cells(n, e) && (keep(b->module->code, n) || err_oom(e));
	free(out.code);
	if (!ok) {
		native_free(compiler, n);
		return NULL;
	}
	n->compile_ns = (uint64_t)(clock_now_ns() - start);
	return n;
}

static bool add_store(struct code *code, struct store *s)
{
	for (size_t i = 0; i < code->native_stores.count; i++)
		if (code->native_stores.data[i] == s)
			return true;
	return vec_push(&code->native_stores, s);
}

/* The lock is held. */
static struct native_code *compile(struct store *s, struct body *b, struct err *e)
{
	struct tiers *t = s->tiers;

	b->module->code->compiler = t->compiler;
	/* a stand-in (replace.h) has instances that nobody announced */
	struct native_code *n = add_store(b->module->code, s) || err_oom(e) ? make(t->compiler, b, e) : NULL;
	if (!n) {
		__atomic_store_n(&b->refused, true, __ATOMIC_RELAXED);
		if (e->code == E_NO_MEMORY || e->code == E_LIMIT)
			__atomic_store_n(&t->denied, true, __ATOMIC_RELAXED);
		return NULL;
	}
	/* break cells put in before this are seen here, later ones find the code (code_patch) */
	__atomic_store_n(&b->native, n, __ATOMIC_RELEASE);
	set_off(n, forbidden(b) | (tiers_compile(s, b->module, b->func) ? 0 : NATIVE_OFF_TIER));
	return n;
}

struct native_code *tier_compile(struct ctx *c, struct func *f, struct body *b, enum tier_why why, struct err *e)
{
	struct tiers *t = c->store->tiers;
	struct code *code = b->module->code;
	struct native_code *n = body_native(b);

	if (n || __atomic_load_n(&b->refused, __ATOMIC_RELAXED) || __atomic_load_n(&t->denied, __ATOMIC_RELAXED))
		return n;
	pthread_mutex_lock(&code->native_lock);
	bool made = !b->native && !b->refused;
	n = made ? compile(c->store, b, e) : b->native;
	if (made && n)
		n->why = why;
	pthread_mutex_unlock(&code->native_lock);
	if (made && t->watch)
		t->watch->compiled(t->watch->user, c, f, n, e);
	return n;
}

void tier_leave_at(struct ctx *c, struct body *b, uint32_t at)
{
	struct code *code = b->module->code;
	struct store *s = c->store;

	pthread_mutex_lock(&code->native_lock);
	if (b->native)
		set_off(b->native, b->native->off | NATIVE_OFF_TIER);
	__atomic_store_n(&b->native, NULL, __ATOMIC_RELEASE);
	b->refused = false;
	b->leave_at = at;
	pthread_mutex_unlock(&code->native_lock);
	pthread_mutex_lock(&s->lock);
	for (size_t i = 0; i < s->funcs.count; i++) {
		struct func *f = s->funcs.data[i];
		if (f->inst && f->inst->module == b->module && f->index == b->func)
			__atomic_store_n(&f->entry, code_lazy_entry(), __ATOMIC_RELEASE);
	}
	pthread_mutex_unlock(&s->lock);
}
