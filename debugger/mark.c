/* Marks of a history: taken, found, made sparser; see mark.h. */
#include "debugger/mark.h"

#include <string.h>

#include "debugger/dbg.h"
#include "engine/moment.h"
#include "engine/turns.h"

enum { NEAR_MARKS = 8, MAX_MARKS = 1000 };
#define MAX_TAPE     ((uint64_t)48 << 20)       /* bytes of inputs that are kept */
#define MAX_MOMENTS  ((uint64_t)512 << 20)      /* bytes of moments before they become sparser */

static uint64_t clock_of(const struct history *h)
{
	struct ctx *c = h->dbg->root;

	return ctx_clock(c->store->turns ? c->store->turns->place.now : c);
}

void marks_drop(struct history *h, size_t from)
{
	while (h->marks.count > from)
		moment_free(vec_pop(&h->marks).moment);
}

void marks_near_drop(struct history *h, uint64_t clock)
{
	size_t kept = 0;

	for (size_t i = 0; i < h->near.count; i++)
		if (h->near.data[i].clock < clock)
			h->near.data[kept++] = h->near.data[i];
		else
			moment_free(h->near.data[i].moment);
	h->near.count = kept;
}

size_t marks_floor(const struct history *h)
{
	return h->floors.count ? vec_last(&h->floors) : 0;
}

size_t marks_before(const struct history *h, uint64_t n)
{
	size_t low = marks_floor(h), high = h->marks.count;

	while (low + 1 < high) {
		size_t mid = low + (high - low) / 2;
		if (h->marks.data[mid].clock <= n)
			low = mid;
		else
			high = mid;
	}
	return low;
}

static bool mark_make(struct history *h, const struct moment *before, struct mark *out)
{
	uint64_t clock = clock_of(h);

	*out = (struct mark){ .moment = moment_take(h->dbg->root, before, &h->bytes), .clock = clock, .reached = clock,
		.place = h->recorder.place };
	return out->moment != NULL;
}

/* The one whose loss makes the smallest gap, old gaps counting less. */
static void marks_thin(struct history *h)
{
	uint64_t now = vec_last(&h->marks).clock;
	size_t best = 0;
	double least = 0;

	for (size_t i = marks_floor(h) + 1; i + 1 < h->marks.count; i++) {
		const struct mark *m = &h->marks.data[i];
		double gap = (double)(m[1].clock - m[-1].clock) / (double)(now - m->clock + 1);
		if (!m->edit && !m[1].edit && (!best || gap < least)) {
			best = i;
			least = gap;
		}
	}
	if (!best)
		return;
	moment_free(h->marks.data[best].moment);
	memmove(&h->marks.data[best], &h->marks.data[best + 1], (h->marks.count - best - 1) * sizeof *h->marks.data);
	h->marks.count--;
}

/* The tape has grown too long: the first half of the recording is forgotten. */
static void forget_beginning(struct history *h)
{
	uint64_t half = h->recorder.tape.base + h->recorder.tape.bytes.size / 2;
	size_t n = 0;

	while (n + 1 < h->marks.count && h->marks.data[n].place.at < half)
		n++;
	if (!n || h->floors.count)
		return;
	for (size_t i = 0; i < n; i++)
		moment_free(h->marks.data[i].moment);
	memmove(h->marks.data, h->marks.data + n, (h->marks.count - n) * sizeof *h->marks.data);
	h->marks.count -= n;
	tape_cut_before(&h->recorder.tape, h->marks.data[0].place.at);
}

bool marks_add(struct history *h, bool edit)
{
	struct mark m, *last;

	if (!vec_reserve(&h->marks, h->marks.count + 1))
		return false;
	last = h->marks.count ? &vec_last(&h->marks) : NULL;
	if (!mark_make(h, last ? last->moment : NULL, &m))
		return false;
	m.edit = edit;
	h->marked_clock = m.clock;
	last = h->marks.count ? &vec_last(&h->marks) : NULL;
	if (last && last->clock == m.clock && h->marks.count > marks_floor(h) + 1) {
		m.edit |= last->edit;
		m.reached = last->reached;
		moment_free(last->moment);
		*last = m;
	} else {
		vec_push(&h->marks, m);
	}
	if (h->bytes > MAX_MOMENTS || h->marks.count > MAX_MARKS)
		marks_thin(h);
	if (h->recorder.tape.bytes.size > MAX_TAPE)
		forget_beginning(h);
	return true;
}

void marks_near_add(struct history *h)
{
	const struct mark *before = &h->marks.data[marks_before(h, clock_of(h))];
	struct mark m;

	if (h->near.count == NEAR_MARKS) {
		moment_free(h->near.data[0].moment);
		memmove(h->near.data, h->near.data + 1, (NEAR_MARKS - 1) * sizeof *h->near.data);
		h->near.count--;
	}
	if (vec_reserve(&h->near, NEAR_MARKS) && mark_make(h, before->moment, &m))
		vec_push(&h->near, m);
}

const struct mark *marks_nearest(const struct history *h, uint64_t n)
{
	const struct mark *best = &h->marks.data[marks_before(h, n)];

	for (size_t i = 0; i < h->near.count; i++)
		if (h->near.data[i].clock <= n && h->near.data[i].clock > best->clock)
			best = &h->near.data[i];
	return best;
}
