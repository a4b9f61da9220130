/*
 * Break cells. A place has one in every body of its function that covers it: of both memory modes, fast, charged and
 * plain. Bodies made later get theirs from patch_body_made(). In a fused group the cell is the group's first; the engine
 * then goes on in the plain body, where the place has a cell of its own.
 */
#include "debugger/breakpoint.h"
#include "engine/module.h"

static struct patched *find(const struct dbg *d, const struct module *m, uint32_t func, uint32_t offset)
{
	for (size_t i = 0; i < d->patches.count; i++) {
		struct patched *p = d->patches.data[i];
		if (p->module == m && p->func == func && p->offset == offset)
			return p;
	}
	return NULL;
}

bool patch_at(const struct dbg *d, const struct module *m, uint32_t func, uint32_t offset)
{
	return find(d, m, func, offset) != NULL;
}

static bool patch_body(struct patched *p, struct body *b, struct err *e)
{
	const struct body_map *map = body_map(b, e);
	const struct map_row *row = map ? body_map_offset(map, p->offset) : NULL;
	struct patch_spot spot = { .body = b };

	if (!map)
		return false;
	if (!row)
		return true;            /* unreachable code has no cells */
	spot.at = row->at;
	if (!vec_reserve(&p->spots, p->spots.count + 1))
		return err_oom(e);
	if (!code_patch(b, row->at, e))
		return false;
	vec_push(&p->spots, spot);
	return true;
}

static bool patch_bodies(struct patched *p, struct err *e)
{
	const struct module *m = p->module;
	uint32_t defined = p->func - m->nimported_funcs;

	for (int kind = 0; kind < BODY_KINDS; kind++)
		for (int mode = 0; mode < BODY_MODES; mode++) {
			struct body **bodies = m->code ? m->code->bodies[kind][mode] : NULL;
			if (bodies && bodies[defined] && !patch_body(p, bodies[defined], e))
				return false;
		}
	return true;
}

static void patched_free(struct patched *p)
{
	for (size_t i = 0; i < p->spots.count; i++)
		code_unpatch(p->spots.data[i].body, p->spots.data[i].at);
	vec_free(&p->spots);
	free(p);
}

bool patch_add(struct dbg *d, const struct module *m, uint32_t func, uint32_t offset, struct err *e)
{
	struct patched *p = find(d, m, func, offset);

	if (p) {
		p->users++;
		return true;
	}
	if (!vec_reserve(&d->patches, d->patches.count + 1) || !(p = calloc(1, sizeof *p)))
		return err_oom(e);
	*p = (struct patched){ .module = m, .func = func, .offset = offset, .users = 1 };
	if (!patch_bodies(p, e)) {
		patched_free(p);
		return false;
	}
	vec_push(&d->patches, p);
	return true;
}

static void remove_patched(struct dbg *d, size_t i)
{
	patched_free(d->patches.data[i]);
	d->patches.data[i] = vec_pop(&d->patches);
}

void patch_drop(struct dbg *d, const struct module *m, uint32_t func, uint32_t offset)
{
	for (size_t i = 0; i < d->patches.count; i++) {
		struct patched *p = d->patches.data[i];
		if (p->module == m && p->func == func && p->offset == offset) {
			if (!--p->users)
				remove_patched(d, i);
			return;
		}
	}
}

void patch_body_made(void *dbg, struct body *b)
{
	struct dbg *d = dbg;
	struct err e = { 0 };

	/* Out of memory here means a breakpoint that is passed in this body: nobody to tell from inside the engine. */
	for (size_t i = 0; i < d->patches.count; i++) {
		struct patched *p = d->patches.data[i];
		if (p->module == b->module && p->func == b->func)
			patch_body(p, b, &e);
	}
}

void patch_forget_module(struct dbg *d, const struct module *m)
{
	for (size_t i = d->patches.count; i-- > 0;)
		if (d->patches.data[i]->module == m)
			remove_patched(d, i);
}
