/* Breakpoints; see breakpoint.h. */
#include "debugger/breakpoint.h"

#include <string.h>

#include "debugger/watchpoint.h"
#include "engine/base/buf.h"
#include "engine/module.h"

struct breakpoint *breakpoint_number(struct dbg *d, uint32_t number)
{
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (d->breakpoints.data[i]->number == number)
			return d->breakpoints.data[i];
	return NULL;
}

/* ---- making and changing --------------------------------------------------------------------- */

static void unpatch(struct dbg *d, const struct breakpoint *b, size_t n)
{
	for (size_t i = 0; i < n; i++)
		patch_drop(d, b->places.data[i].module, b->places.data[i].func, b->places.data[i].offset);
}

/* All places or none. */
static bool patch(struct dbg *d, const struct breakpoint *b, struct err *e)
{
	for (size_t i = 0; i < b->places.count; i++) {
		const struct location *l = &b->places.data[i];
		if (!patch_add(d, l->module, l->func, l->offset, e)) {
			unpatch(d, b, i);
			return false;
		}
	}
	return true;
}

bool breakpoint_place(struct dbg *d, struct breakpoint *b, const struct location *places, uint32_t n, struct err *e)
{
	if (!vec_reserve(&b->places, n))
		return err_oom(e);
	for (uint32_t i = 0; i < n; i++)
		vec_push(&b->places, places[i]);
	if (b->enabled && !patch(d, b, e)) {
		vec_clear(&b->places);
		return false;
	}
	return true;
}

bool breakpoint_move(struct dbg *d, struct breakpoint *b, const struct location *places, uint32_t n, struct err *e)
{
	if (b->enabled)
		unpatch(d, b, b->places.count);
	vec_clear(&b->places);
	return breakpoint_place(d, b, places, n, e);
}

static void breakpoint_free(struct breakpoint *b)
{
	vec_free(&b->places);
	free(b->spec);
	free(b->condition);
	free(b->commands);
	free(b->format);
	free(b->watch);
	free(b->catch_name);
	free(b);
}

struct breakpoint *breakpoint_add(struct dbg *d, struct str spec, const struct location *places, uint32_t n,
	struct err *e)
{
	struct breakpoint *b = vec_reserve(&d->breakpoints, d->breakpoints.count + 1) ? calloc(1, sizeof *b) : NULL;

	if (!b)
		return err_oom(e), NULL;
	b->enabled = true;
	b->spec = strndup(spec.p, spec.n);
	if (!b->spec || !breakpoint_place(d, b, places, n, e)) {
		err_oom(e);
		breakpoint_free(b);
		return NULL;
	}
	b->number = ++d->numbers;
	vec_push(&d->breakpoints, b);
	return b;
}

bool breakpoint_enable(struct dbg *d, struct breakpoint *b, bool on, struct err *e)
{
	if (b->enabled == on)
		return true;
	if (on && !patch(d, b, e))
		return false;
	if (!on)
		unpatch(d, b, b->places.count);
	b->enabled = on;
	return watches_renew(d, e);
}

/* Replace an owned text by a copy of another; empty: by none. */
static bool replace_text(char **text, struct str by, struct err *e)
{
	char *copy = by.n ? strndup(by.p, by.n) : NULL;

	if (by.n && !copy)
		return err_oom(e);
	free(*text);
	*text = copy;
	return true;
}

bool breakpoint_condition(struct breakpoint *b, struct str condition, struct err *e)
{
	return replace_text(&b->condition, condition, e);
}

bool breakpoint_commands(struct breakpoint *b, struct str lines, struct err *e)
{
	return replace_text(&b->commands, lines, e);
}

void breakpoint_delete(struct dbg *d, struct breakpoint *b)
{
	if (b->enabled)
		unpatch(d, b, b->places.count);
	if (b->watch)
		watch_unplace(d, b);
	for (size_t i = 0; i < d->breakpoints.count; i++)
		if (d->breakpoints.data[i] == b) {
			memmove(&d->breakpoints.data[i], &d->breakpoints.data[i + 1],
				(--d->breakpoints.count - i) * sizeof *d->breakpoints.data);
			break;
		}
	bool caught = b->kind == BREAKPOINT_CATCH;
	breakpoint_free(b);
	if (caught)
		watches_renew(d, &(struct err){ 0 });   /* to ask for less takes no memory */
}

void breakpoints_drop_module(struct dbg *d, const struct module *m)
{
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		struct breakpoint *b = d->breakpoints.data[i];
		size_t kept = 0;
		for (size_t k = 0; k < b->places.count; k++) {
			struct location *l = &b->places.data[k];
			if (l->module != m)
				b->places.data[kept++] = *l;
			else if (b->enabled)
				patch_drop(d, m, l->func, l->offset);
		}
		b->places.count = kept;
	}
}

/* ---- at a place ------------------------------------------------------------------------------ */

static bool has_place(const struct breakpoint *b, const struct module *m, uint32_t func, uint32_t offset)
{
	for (size_t i = 0; i < b->places.count; i++) {
		const struct location *l = &b->places.data[i];
		if (l->offset == offset && l->func == func && l->module == m)
			return true;
	}
	return false;
}

/* What can be seen in the innermost frame of C, which need not be the selected thread. */
static struct eval_scope scope_of(const struct dbg *d, const struct ctx *c)
{
	struct eval_scope sc = d->scope(d->user, 0);
	struct frame f;

	sc.call = NULL;
	if (!c || sc.ctx == c || !frame_at(c, 0, &f))
		return sc;
	sc.ctx = (struct ctx *)(uintptr_t)c;
	sc.function = 0;
	sc.stopped = true;
	if (f.inst)
		sc.instance = f.inst;
	return sc;
}

/* A condition that cannot be evaluated stops, with the reason: passing silently would look like never reached. */
static bool condition_holds(struct dbg *d, const struct breakpoint *b, const struct ctx *c)
{
	struct arena scratch = { 0 };
	struct eval_result r = { .truth = true };
	struct eval_scope sc;
	bool ok;

	if (!b->condition)
		return true;
	sc = scope_of(d, c);
	ok = d->eval && d->eval->run(d->eval, &sc, str_of(b->condition), &r, &scratch, &d->condition);
	arena_free(&scratch);
	return !ok || r.truth;
}

/* Whether B may stop C in F, conditions apart. */
static bool concerns(const struct breakpoint *b, const struct ctx *c, const struct func *f)
{
	if (!b->enabled)
		return false;
	return (!b->instance || (f && b->instance == f->inst->number)) && (!b->thread || b->thread == c->number);
}

bool breakpoints_wait(const struct dbg *d, const struct ctx *c, const struct func *f, uint32_t offset)
{
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		const struct breakpoint *b = d->breakpoints.data[i];
		if (has_place(b, f->inst->module, f->index, offset) && concerns(b, c, f))
			return true;
	}
	return false;
}

bool breakpoint_wants(struct dbg *d, struct breakpoint *b, const struct ctx *c, const struct func *f)
{
	if (!concerns(b, c, f) || !condition_holds(d, b, c))
		return false;
	b->hits++;
	if (b->ignore) {
		b->ignore--;
		return false;
	}
	if (b->kind == BREAKPOINT_PRINT && d->print)
		d->print(d->user, b);
	return b->kind != BREAKPOINT_PRINT;
}

void breakpoint_hit(struct dbg *d, const struct breakpoint *b)
{
	for (uint32_t i = 0; i < d->nhits; i++)
		if (d->hits[i] == b->number)
			return;
	if (d->nhits < STOP_HITS)
		d->hits[d->nhits++] = b->number;
}

bool breakpoints_reached(struct dbg *d, struct ctx *c, const struct func *f, uint32_t offset)
{
	if (!d->nhits)
		err_clear(&d->condition);
	for (size_t i = 0; i < d->breakpoints.count; i++) {
		struct breakpoint *b = d->breakpoints.data[i];
		if (has_place(b, f->inst->module, f->index, offset) && breakpoint_wants(d, b, c, f))
			breakpoint_hit(d, b);
	}
	return d->nhits > 0;
}

void breakpoints_settle(struct dbg *d)
{
	struct buf lines = { 0 };

	for (uint32_t i = 0; i < d->stop.nhits; i++) {
		struct breakpoint *b = breakpoint_number(d, d->stop.hits[i]);
		if (b && b->commands)
			buf_printf(&lines, "%s\n", b->commands);
		if (!b || !b->temporary)
			continue;
		d->stop.temporary |= i == 0;
		breakpoint_delete(d, b);
	}
	if (lines.size)
		d->stop.commands = (struct str){ arena_strndup(&d->stop_arena, buf_str(&lines), lines.size), lines.size };
	if (!d->stop.commands.p)
		d->stop.commands = STR("");
	buf_free(&lines);
}
