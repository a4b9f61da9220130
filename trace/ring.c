/* The ring; see ring.h. Storage is address space that becomes memory when it is written. */
#include "trace/ring.h"

#include <string.h>
#include <sys/mman.h>

enum { TE_PADDING = 0xff };     /* up to the end of the storage: the next event begins at its start */

bool ring_resize(struct ring *r, uint64_t cap)
{
	ring_free(r);
	if (cap < 1 + MORE_MAX || cap > SIZE_MAX / sizeof *r->at)
		return false;
	void *p = mmap(NULL, cap * sizeof *r->at, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return false;
	r->at = p;
	r->cap = cap;
	return true;
}

void ring_clear(struct ring *r)
{
	r->first = r->next = r->count = r->lost = 0;
}

void ring_free(struct ring *r)
{
	if (r->at)
		munmap(r->at, r->cap * sizeof *r->at);
	*r = (struct ring){ 0 };
}

static bool is_padding(const struct trace_event *e)
{
	return e->id == TE_PADDING;
}

/* Forget the oldest until N records have room behind the newest. */
static void make_room(struct ring *r, uint64_t n)
{
	while (r->next + n - r->first > r->cap) {
		const struct trace_event *old = &r->at[r->first % r->cap];
		r->first += 1u + old->more;
		if (is_padding(old))
			continue;
		r->count--;
		r->lost++;
	}
}

void ring_put(struct ring *r, const struct trace_event *e, const uint64_t *values, unsigned words)
{
	uint64_t left = r->cap - r->next % r->cap, n = 1u + e->more;

	if (n > left) {
		make_room(r, left);
		r->at[r->next % r->cap] = (struct trace_event){ .id = TE_PADDING, .more = (uint8_t)(left - 1) };
		r->next += left;
	}
	make_room(r, n);
	struct trace_event *to = &r->at[r->next % r->cap];
	*to = *e;
	if (e->more)
		memset(to + 1, 0, e->more * sizeof *to);
	if (words > 2)
		memcpy(to + 1, values + 2, (words - 2) * sizeof *values);
	r->next += n;
	r->count++;
}

const struct trace_event *ring_next(const struct ring *r, uint64_t *at)
{
	while (*at < r->next) {
		const struct trace_event *e = &r->at[*at % r->cap];
		*at += 1u + e->more;
		if (!is_padding(e))
			return e;
	}
	return NULL;
}
