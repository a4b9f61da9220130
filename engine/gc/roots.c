/*
 * References in the frames of a context, segment by segment from the innermost. A host function's arguments are a frame
 * of their own: its window.
 */
#include "engine/gc/heap.h"
#include "engine/gc/root_maps.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"
#include "engine/tier.h"

/* Where a segment is stopped or in the middle of a call. */
struct place {
	const struct cell *pc;
	slot *fp, *sp;
	struct instance *inst;
	struct func *host;
	bool at_return;
};

static void mark_list(struct gc_heap *h, const slot *fp, const struct root_list *l)
{
	for (uint32_t i = 0; i < l->n; i++)
		mark_slot(h, fp[l->roots[i] >> 3], (enum gc_mark)(l->roots[i] & 7));
}

static void mark_frame(struct gc_heap *h, const slot *fp, const struct frame_map *m)
{
	mark_list(h, fp, m->locals);
	mark_list(h, fp, &m->stack);
}

/* The arguments, which end below sp (interp_host_call). */
static void mark_host(struct gc_heap *h, const struct place *p)
{
	const struct deftype *t = p->host->type;
	uint32_t slots = t->param_slots > t->result_slots ? t->param_slots : t->result_slots;
	const slot *window = p->sp - slots;

	for (uint32_t i = 0, s = 0; i < t->nparams; s += vt_slots(t->params[i]), i++)
		mark_typed(h, t->params[i], window[s]);
}

static const struct frame_header *header_at(const slot *fp, uint32_t at)
{
	return (const struct frame_header *)(const void *)((const char *)fp + at);
}

/* The innermost frame when it is at an instruction; the place moves to its caller. */
static bool mark_first(struct gc_heap *h, struct place *p)
{
	const struct frame_map *m = frame_map_at(h->maps, p->inst, tier_cell(p->inst ? p->inst->module : NULL, p->pc));

	if (!m)
		return false;
	mark_frame(h, p->fp, m);
	const struct frame_header *head = header_at(p->fp, m->header);
	p->pc = head->ret;
	p->fp = head->caller;
	return true;
}

/* Frames of one segment. False: out of memory. */
static bool mark_segment(struct gc_heap *h, struct place p)
{
	const struct landing *l;

	if (p.host)
		mark_host(h, &p);
	if (!p.pc || (!p.at_return && !mark_first(h, &p)))
		return !p.pc;
	while ((l = landing_of(p.pc)) != NULL) {
		const struct frame_header *head = header_at(p.fp, l->header);
		const struct frame_map *m = frame_map_calling(h->maps, head->func->inst, l);
		if (!m)
			return false;
		mark_frame(h, p.fp, m);
		p.pc = head->ret;
		p.fp = head->caller;
	}
	return true;
}

void mark_frames(struct gc_heap *h, const struct ctx *c)
{
	struct place p = { c->pc, c->fp, c->sp, c->inst, c->host, c->at_return };

	for (uint32_t i = c->depth; i-- > 0;) {
		const struct segment *s = &c->segments[i];
		if (!mark_segment(h, p))
			h->failed = true;
		p = (struct place){ s->caller_pc, s->caller_fp, s->caller_sp, s->caller_inst, s->host, s->caller_at_return };
	}
}
