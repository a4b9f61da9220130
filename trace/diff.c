/* Comparing runs; see diff.h. */
#include "trace/diff.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/base/buf.h"
#include "trace/event_text.h"

enum { WINDOW = 2000, AGREE = 3 };      /* how far to look for agreement, and how many events must agree */

/* A side as a list: where each event is, and a hash of what makes it the same as another. */
struct side {
	const struct trace_run *run;
	struct diff_item {
		uint64_t at, hash;
	} *items;
	uint64_t n;
};

static uint64_t mix(uint64_t h, uint64_t v)
{
	h = (h ^ v) * 0x9e3779b97f4a7c15u;
	return h ^ h >> 29;
}

/* By name and place in the function: the same function may have another number in another run. */
static uint64_t hash_place(const struct places *p, uint32_t place)
{
	if (place == NO_PLACE)
		return 1;
	const struct place_info *x = &p->all.data[place];
	const struct traced_func *f = &p->funcs.data[x->func];
	return mix(mix(str_hash(f->name), x->offset - p->all.data[f->self].offset), x->op);
}

static uint64_t hash_words(const struct trace_run *r, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	const struct trace_event_info *i = &trace_events[e->id];
	uint64_t h = e->id;
	struct event_values v;

	if (i->a != WORD_NONE && i->a != WORD_VALUES && i->a != WORD_REF && i->a != WORD_TARGET && e->id != TE_EXEC)
		h = mix(h, e->a);
	if (i->b == WORD_SIZE || i->b == WORD_COUNT || i->b == WORD_NUMBER)
		h = mix(h, e->b);
	event_values(r->places, e, words, nwords, &v);
	for (unsigned k = 0; k < v.n; k++)
		h = vt_is_ref(v.v[k].type) ? mix(h, v.v[k].lo == 0) : mix(mix(h, v.v[k].lo), v.v[k].hi);
	return h;
}

static bool side_make(struct side *s, const struct trace_run *r)
{
	const struct trace_event *e;
	uint64_t at = r->from, before = at;

	*s = (struct side){ .run = r, .items = malloc((r->to - r->from + 1) * sizeof *s->items) };
	for (; s->items && at < r->to && (e = ring_next(r->ring, &at)); before = at) {
		uint64_t words[2 + EVENT_WORDS * MORE_MAX];
		for (unsigned i = 0; i < trace_event_words_kept(e); i++)
			words[i] = trace_event_word(e, i);
		uint64_t h = mix(hash_words(r, e, words, trace_event_words_kept(e)), e->thread);
		s->items[s->n++] = (struct diff_item){ before, mix(h, hash_place(r->places, e->place)) };
	}
	return s->items != NULL;
}

static bool agree(const struct side *a, uint64_t i, const struct side *b, uint64_t k)
{
	unsigned same = 0;

	while (same < AGREE && i < a->n && k < b->n && a->items[i].hash == b->items[k].hash)
		i++, k++, same++;
	return same == AGREE || (same && i == a->n && k == b->n) || (i == a->n && k == b->n);
}

/* The nearest pair of places from which both go on alike: *I and *K move there. False: none within the window. */
static bool come_together(const struct side *a, uint64_t *i, const struct side *b, uint64_t *k)
{
	for (uint64_t sum = 1; sum < WINDOW; sum++)
		for (uint64_t x = 0; x <= sum; x++)
			if (*i + x <= a->n && *k + (sum - x) <= b->n && agree(a, *i + x, b, *k + (sum - x))) {
				*i += x;
				*k += sum - x;
				return true;
			}
	return false;
}

/* ---- text ----------------------------------------------------------------------------------------------------------------- */

static void print_line(const struct side *s, uint64_t i, char sign, struct buf *out)
{
	uint64_t at = s->items[i].at;
	const struct trace_event *e = ring_next(s->run->ring, &at);
	uint64_t words[2 + EVENT_WORDS * MORE_MAX];

	for (unsigned k = 0; k < trace_event_words_kept(e); k++)
		words[k] = trace_event_word(e, k);
	buf_printf(out, "%c %10" PRIu64 "  %-7s  ", sign, (uint64_t)e->step, trace_events[e->id].name);
	event_print(s->run->places, e, words, trace_event_words_kept(e), out);
	buf_putc(out, '\n');
}

static void print_side(const struct side *s, uint64_t from, uint64_t to, char sign, struct buf *out)
{
	for (uint64_t i = from; i < to && i < from + DIFF_LINES; i++)
		print_line(s, i, sign, out);
	if (to > from + DIFF_LINES)
		buf_printf(out, "%c … %" PRIu64 " more\n", sign, to - from - DIFF_LINES);
}

static void print_context(const struct side *s, uint64_t from, uint64_t to, struct buf *out)
{
	for (uint64_t i = from; i < to; i++)
		print_line(s, i, ' ', out);
}

/* ---- all ------------------------------------------------------------------------------------------------------------------- */

static void compare(const struct side *a, const struct side *b, struct trace_diff *out, struct buf *text)
{
	uint64_t i = 0, k = 0, shown = 0;

	for (;;) {
		while (i < a->n && k < b->n && a->items[i].hash == b->items[k].hash)
			i++, k++;
		if (!out->hunks)
			out->common = i;
		if (i == a->n && k == b->n)
			return;
		uint64_t from = i, from_b = k;
		if (!come_together(a, &i, b, &k)) {
			out->parted = true;
			i = a->n;
			k = b->n;
		}
		out->only[0] += i - from;
		out->only[1] += k - from_b;
		if (out->hunks++ >= DIFF_HUNKS)
			continue;
		print_context(a, from > shown + DIFF_CONTEXT ? from - DIFF_CONTEXT : shown < from ? shown : from, from, text);
		print_side(a, from, i, '-', text);
		print_side(b, from_b, k, '+', text);
		shown = i + DIFF_CONTEXT < a->n ? i + DIFF_CONTEXT : a->n;
		if (!out->parted)
			print_context(a, i, shown, text);
		buf_puts(text, out->parted ? "" : "  …\n");
	}
}

bool trace_diff(const struct trace_run *a, const struct trace_run *b, struct trace_diff *out, struct buf *text)
{
	struct side sides[2] = { { 0 } };
	bool ok = side_make(&sides[0], a) && side_make(&sides[1], b);

	*out = (struct trace_diff){ .events = { sides[0].n, sides[1].n } };
	if (ok)
		compare(&sides[0], &sides[1], out, text);
	free(sides[0].items);
	free(sides[1].items);
	return ok;
}
