/*
 * Marking: following references from the roots. Marked objects whose references were not followed yet wait in `gray`.
 * When that cannot grow, an object is only marked; afterwards all marked objects are looked at again, as often as that
 * happened.
 */
#include "engine/exn.h"
#include "engine/gc/heap.h"

static void use_object_lines(struct gc_heap *h, uint32_t ref, uint64_t bytes)
{
	uint32_t first = ref / LINE, last = (uint32_t)((ref + bytes - 1) / LINE);

	if (!h->lines[first]) {
		h->lines[first] = 1;
		h->live_lines++;
	}
	for (uint32_t i = first + 1; i <= last; i++) {
		h->live_lines += !h->lines[i];
		h->lines[i] = 1;
	}
}

void mark_object(struct gc_heap *h, uint32_t ref)
{
	uint64_t bit = (uint64_t)1 << (ref >> 3 & 63), *word = &h->marks[ref >> 9];

	if (*word & bit)
		return;
	*word |= bit;
	const struct gc_object *o = object_head(h, ref);
	const struct gc_layout *y = layout_of(&h->layouts, o->type);
	uint64_t bytes = object_bytes(y, o);
	h->stats.objects++;
	h->stats.bytes += bytes;
	use_object_lines(h, ref, bytes);
	if (y->nrefs && !vec_push(&h->gray, ref))
		h->overflow = true;
}

void mark_exn(struct gc_heap *h, struct exn *x)
{
	if (x->marked)
		return;
	x->marked = true;
	h->stats.exceptions++;
	x->gray = h->gray_exns;
	h->gray_exns = x;
}

static void follow(struct gc_heap *h, const char *at, const struct gc_field *f)
{
	slot v = field_load(at, f->log2);

	if (v == 0)
		return;
	if (f->mark == MARK_EXN)
		mark_exn(h, (struct exn *)(uintptr_t)v);
	else if (gc_is_object(v))
		mark_object(h, (uint32_t)v);
}

static void follow_object(struct gc_heap *h, uint32_t ref)
{
	const struct gc_object *o = object_head(h, ref);
	const struct gc_layout *y = layout_of(&h->layouts, o->type);
	const char *p = object_at(h, ref);

	if (!y->array) {
		for (uint32_t i = 0; i < y->nrefs; i++)
			follow(h, p + y->refs[i].at, &y->refs[i]);
		return;
	}
	p += y->fields[0].at;
	for (uint32_t i = 0; y->nrefs && i < o->length; i++)
		follow(h, p + ((size_t)i << y->fields[0].log2), &y->fields[0]);
}

static void follow_exn(struct gc_heap *h, const struct exn *x)
{
	const struct deftype *t = x->tag->type;

	for (uint32_t i = 0, s = 0; i < t->nparams; s += vt_slots(t->params[i]), i++)
		mark_typed(h, t->params[i], x->payload[s]);
}

static void drain(struct gc_heap *h)
{
	while (h->gray.count || h->gray_exns) {
		while (h->gray.count)
			follow_object(h, vec_pop(&h->gray));
		if (h->gray_exns) {
			const struct exn *x = h->gray_exns;
			h->gray_exns = x->gray;
			follow_exn(h, x);
		}
	}
}

static void follow_marked(void *user, slot ref)
{
	struct gc_heap *h = user;

	follow_object(h, (uint32_t)ref);
	drain(h);
}

void mark_rest(struct gc_heap *h)
{
	drain(h);
	while (h->overflow) {
		h->overflow = false;
		gc_each(h->store, follow_marked, h);
	}
}
