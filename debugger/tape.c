/*
 * Tapes as bytes; see tape.h. Numbers are LEB128.
 *
 *     CALL     1 func clock check:2 stream:1 outcome:1 [number [message]] nslots slots… nwrites writes…
 *     CALL_IN  2 instance func nslots slots… nwrites writes…
 *     REFUSED  3 which
 *     WAIT     4 result
 *     a write  memory at size bytes…
 */
#include "debugger/tape.h"

#include "engine/base/err.h"
#include "engine/base/leb128.h"

enum { MAX_SLOTS = 1 << 16, MAX_WRITES = 1 << 20 };

uint64_t tape_end(const struct tape *t)
{
	return t->base + t->bytes.size;
}

void tape_free(struct tape *t)
{
	buf_free(&t->bytes);
	vec_free(&t->slots);
	vec_free(&t->writes);
	*t = (struct tape){ 0 };
}

void tape_cut_after(struct tape *t, uint64_t at)
{
	if (at < tape_end(t))
		buf_truncate(&t->bytes, at > t->base ? (size_t)(at - t->base) : 0);
}

void tape_cut_before(struct tape *t, uint64_t at)
{
	size_t n = at > t->base ? (size_t)(at - t->base) : 0;

	if (n == 0 || n > t->bytes.size)
		return;
	memmove(t->bytes.data, t->bytes.data + n, t->bytes.size - n);
	buf_truncate(&t->bytes, t->bytes.size - n);
	t->base = at;
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_slots(struct buf *b, const struct tape_entry *x)
{
	buf_uleb(b, x->nslots);
	for (uint32_t i = 0; i < x->nslots; i++)
		buf_uleb(b, x->slots[i]);
	buf_uleb(b, x->nwrites);
	for (uint32_t i = 0; i < x->nwrites; i++) {
		buf_uleb(b, x->writes[i].memory);
		buf_uleb(b, x->writes[i].at);
		buf_uleb(b, x->writes[i].size);
		buf_put(b, x->writes[i].bytes, x->writes[i].size);
	}
}

static void put_call(struct buf *b, uint64_t before, const struct tape_entry *x)
{
	buf_uleb(b, x->func);
	buf_uleb(b, x->clock - before);
	buf_u8(b, (uint8_t)x->check);
	buf_u8(b, (uint8_t)(x->check >> 8));
	buf_u8(b, x->stream);
	buf_u8(b, (uint8_t)x->outcome);
	if (x->outcome != OUT_DONE)
		buf_uleb(b, x->number);
	if (x->outcome == OUT_TRAP) {
		buf_uleb(b, x->message.n);
		buf_put(b, x->message.p, x->message.n);
	}
	put_slots(b, x);
}

bool tape_write_entry(struct tape *t, struct tape_place *p, const struct tape_entry *x)
{
	struct buf *b = &t->bytes;
	size_t size = b->size;

	buf_u8(b, (uint8_t)x->kind);
	switch (x->kind) {
	case TAPE_CALL:
		put_call(b, p->clock, x);
		break;
	case TAPE_CALL_IN:
		buf_uleb(b, x->instance);
		buf_uleb(b, x->func);
		put_slots(b, x);
		break;
	case TAPE_REFUSED:
	case TAPE_WAIT:
	case TAPE_KINDS:
		buf_uleb(b, x->number);
		break;
	}
	if (b->failed) {
		b->failed = false;
		buf_truncate(b, size);
		return false;
	}
	if (x->kind == TAPE_CALL)
		p->clock = x->clock;
	t->entries++;
	p->at = tape_end(t);
	return true;
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *start, *p, *end;
	uint64_t base;                  /* place of start */
	struct err *e;
};

static bool bad(struct reader *r, const char *what)
{
	return err_set(r->e, E_RECORDING, place_offset(r->base + (uint64_t)(r->p - r->start)),
		"the recording is damaged: %s", what);
}

static bool get_number(struct reader *r, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (r->p == r->end)
			return bad(r, "it ends in the middle of a number");
		uint8_t byte = *r->p++;
		if (shift == 63 && byte > 1)
			break;
		*v |= (uint64_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80))
			return true;
	}
	return bad(r, "a number of more than 64 bits");
}

static bool get_small(struct reader *r, uint64_t most, const char *what, uint64_t *v)
{
	return get_number(r, v) && (*v <= most || bad(r, what));
}

static bool get_bytes(struct reader *r, uint64_t n, const uint8_t **p)
{
	if (n > (uint64_t)(r->end - r->p))
		return bad(r, "it ends in the middle of an entry");
	*p = r->p;
	r->p += n;
	return true;
}

static bool get_slots(struct reader *r, struct tape *t, struct tape_entry *x)
{
	uint64_t n, v;

	if (!get_small(r, MAX_SLOTS, "too many values", &n))
		return false;
	vec_clear(&t->slots);
	for (; n; n--)
		if (!get_number(r, &v) || !(vec_push(&t->slots, v) || err_oom(r->e)))
			return false;
	x->nslots = (uint32_t)t->slots.count;
	x->slots = t->slots.data;
	return true;
}

static bool get_writes(struct reader *r, struct tape *t, struct tape_entry *x)
{
	uint64_t n, memory;

	if (!get_small(r, MAX_WRITES, "too many writes", &n))
		return false;
	vec_clear(&t->writes);
	for (; n; n--) {
		struct tape_write w;
		if (!get_small(r, UINT32_MAX, "no such memory", &memory) || !get_number(r, &w.at) || !get_number(r, &w.size) ||
				!get_bytes(r, w.size, &w.bytes))
			return false;
		w.memory = (uint32_t)memory;
		if (!vec_push(&t->writes, w))
			return err_oom(r->e);
	}
	x->nwrites = (uint32_t)t->writes.count;
	x->writes = t->writes.data;
	return true;
}

static bool get_call(struct reader *r, struct tape *t, uint64_t before, struct tape_entry *x)
{
	const uint8_t *p = NULL;
	uint64_t v, n;

	if (!get_small(r, UINT32_MAX, "no such function", &v) || !get_number(r, &x->clock) || !get_bytes(r, 4, &p))
		return false;
	x->func = (uint32_t)v;
	x->clock += before;
	x->check = (uint16_t)(p[0] | p[1] << 8);
	x->stream = p[2];
	if (x->stream > 2 || p[3] >= OUT_COUNT)
		return bad(r, "a call that ended in no known way");
	x->outcome = (enum outcome)p[3];
	if (x->outcome != OUT_DONE && !get_number(r, &x->number))
		return false;
	if (x->outcome == OUT_TRAP) {
		if (x->number >= TRAP_COUNT || !get_number(r, &n) || !get_bytes(r, n, &p))
			return r->e->code ? false : bad(r, "no such trap");
		x->message = (struct str){ (const char *)p, (size_t)n };
	}
	return get_slots(r, t, x) && get_writes(r, t, x);
}

static bool get_call_in(struct reader *r, struct tape *t, struct tape_entry *x)
{
	uint64_t instance, func;

	if (!get_small(r, UINT32_MAX, "no such instance", &instance) || !get_small(r, UINT32_MAX, "no such function", &func))
		return false;
	x->instance = (uint32_t)instance;
	x->func = (uint32_t)func;
	return get_slots(r, t, x) && get_writes(r, t, x);
}

bool tape_read_entry(struct tape *t, struct tape_place *p, struct tape_entry *x, struct err *e)
{
	const uint8_t *start = (const uint8_t *)t->bytes.data;
	uint64_t v;
	bool ok;

	if (p->at < t->base || p->at >= tape_end(t))
		return false;
	struct reader r = { start, start + (p->at - t->base), start + t->bytes.size, t->base, e };
	*x = (struct tape_entry){ .kind = TAPE_KINDS };
	if (!get_small(&r, TAPE_KINDS - 1, "no such entry", &v))
		return false;
	x->kind = (enum tape_kind)v;
	if (x->kind == TAPE_CALL)
		ok = get_call(&r, t, p->clock, x);
	else if (x->kind == TAPE_CALL_IN)
		ok = get_call_in(&r, t, x);
	else
		ok = v ? get_number(&r, &x->number) : bad(&r, "no such entry");
	if (!ok)
		return false;
	p->at = t->base + (uint64_t)(r.p - start);
	if (x->kind == TAPE_CALL)
		p->clock = x->clock;
	return true;
}
