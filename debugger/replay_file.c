/* Writing and reading recordings; see replay_file.h. */
#include "debugger/replay_file.h"

#include <stdlib.h>
#include <string.h>

#include "engine/image.h"
#include "engine/module.h"

static const char magic[8] = "WRREPLAY";

enum { MAX_FUNCS = 1 << 16 };

uint64_t replay_module_hash(const struct module *m)
{
	return image_hash(0, m->bytes, m->size);
}

/* ---- writing --------------------------------------------------------------------------------- */

static void put_text(struct buf *b, const char *text)
{
	buf_uleb(b, strlen(text));
	buf_puts(b, text);
}

/* Steps since the turn before. */
static void put_turns(struct buf *out, const struct recorder *r, uint64_t before)
{
	const struct turns *t = r->store ? r->store->turns : NULL;
	uint64_t last = 0;

	buf_uleb(out, t ? t->log.count : 0);
	for (size_t i = 0; t && i < t->log.count; i++) {
		buf_uleb(out, before + t->log.data[i].clock - last);
		buf_uleb(out, t->log.data[i].thread);
		last = before + t->log.data[i].clock;
	}
}

bool replay_write(const struct recorder *r, const struct replay_head *h, struct buf *out, struct err *e)
{
	if (r->foreign)
		return err_set(e, E_UNSUPPORTED, place_none(), "the program ran several threads side by side: 'record on' "
			"before 'run' records them");
	if (r->references)
		return err_set(e, E_UNSUPPORTED, place_none(), "host functions gave references to the program: they mean nothing in "
			"another run");
	if (r->incomplete || r->tape.base)
		return err_set(e, E_HISTORY, place_none(), "the recording is not complete: there was no memory for all of it");
	buf_put(out, magic, sizeof magic);
	buf_u32le(out, REPLAY_VERSION);
	buf_u64le(out, h->module);
	put_text(out, h->call);
	buf_u8(out, h->initialized);
	buf_uleb(out, r->funcs.count);
	for (size_t i = 0; i < r->funcs.count; i++) {
		put_text(out, r->funcs.data[i].module);
		put_text(out, r->funcs.data[i].name);
	}
	buf_uleb(out, h->steps);
	buf_u8(out, (uint8_t)h->outcome);
	buf_sleb(out, h->status);
	buf_u64le(out, h->state);
	buf_uleb(out, r->tape.bytes.size);
	buf_put(out, r->tape.bytes.data, r->tape.bytes.size);
	put_turns(out, r, h->before);
	buf_u64le(out, image_hash(0, out->data, out->size));
	return !out->failed || err_oom(e);
}

/* ---- reading --------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *start, *p, *end;
	struct err *e;
};

static bool bad(struct reader *r, const char *what)
{
	return err_set(r->e, E_RECORDING, place_offset((uint64_t)(r->p - r->start)), "not a recording that can be replayed: %s",
		what);
}

static bool get_bytes(struct reader *r, uint64_t n, const uint8_t **p)
{
	if (n > (uint64_t)(r->end - r->p))
		return bad(r, "it ends too early");
	*p = r->p;
	r->p += n;
	return true;
}

static bool get_fixed(struct reader *r, unsigned bytes, uint64_t *v)
{
	const uint8_t *p = NULL;

	if (!get_bytes(r, bytes, &p))
		return false;
	*v = 0;
	for (unsigned i = 0; i < bytes; i++)
		*v |= (uint64_t)p[i] << 8 * i;
	return true;
}

static bool get_number(struct reader *r, uint64_t *v)
{
	const uint8_t *p = NULL;

	*v = 0;
	for (unsigned shift = 0; shift < 64; shift += 7) {
		if (!get_bytes(r, 1, &p))
			return false;
		*v |= (uint64_t)(*p & 0x7f) << shift;
		if (!(*p & 0x80))
			return true;
	}
	return bad(r, "a number of more than 64 bits");
}

static bool get_signed(struct reader *r, int64_t *v)
{
	const uint8_t *p = NULL;
	uint64_t u = 0;
	unsigned shift = 0;

	do {
		if (shift >= 64)
			return bad(r, "a number of more than 64 bits");
		if (!get_bytes(r, 1, &p))
			return false;
		u |= (uint64_t)(*p & 0x7f) << shift;
		shift += 7;
	} while (*p & 0x80);
	if (shift < 64 && *p & 0x40)
		u |= UINT64_MAX << shift;
	*v = (int64_t)u;
	return true;
}

static char *get_text(struct reader *r)
{
	const uint8_t *p = NULL;
	uint64_t n;

	if (!get_number(r, &n) || !get_bytes(r, n, &p))
		return NULL;
	char *text = strndup((const char *)p, (size_t)n);
	if (!text)
		err_oom(r->e);
	return text;
}

static bool get_call(struct reader *r, struct replay_head *h)
{
	char *text = get_text(r);
	uint64_t initialized = 0;
	bool fits = text && strlen(text) < sizeof h->call;

	if (fits)
		memcpy(h->call, text, strlen(text) + 1);
	else if (text)
		bad(r, "the call is too long");
	free(text);
	if (!fits || !get_fixed(r, 1, &initialized))
		return false;
	h->initialized = initialized == 1;
	return initialized <= 1 || bad(r, "neither 0 nor 1");
}

static bool get_funcs(struct reader *r, struct recorder *out)
{
	uint64_t n;

	if (!get_number(r, &n))
		return false;
	if (n > MAX_FUNCS)
		return bad(r, "too many host functions");
	for (; n; n--) {
		struct recorder_func f = { .module = get_text(r) };
		f.name = f.module ? get_text(r) : NULL;
		if (!f.name || !vec_push(&out->funcs, f)) {
			free(f.module);
			free(f.name);
			return r->e->code ? false : err_oom(r->e);
		}
	}
	return true;
}

static bool get_end(struct reader *r, struct replay_head *h)
{
	const uint8_t *p = NULL;
	int64_t status = 0;

	if (!get_number(r, &h->steps) || !get_bytes(r, 1, &p))
		return false;
	if (*p >= OUT_COUNT)
		return bad(r, "it ended in no known way");
	h->outcome = (enum outcome)*p;
	if (!get_signed(r, &status) || !get_fixed(r, 8, &h->state))
		return false;
	h->status = (int)status;
	return true;
}

/* Every entry is read once, so that replaying meets no damage in the middle. */
static bool get_tape(struct reader *r, struct recorder *out)
{
	const uint8_t *p = NULL;
	struct tape_place place = { 0 };
	struct tape_entry x;
	struct err e = { 0 };
	uint64_t n;

	if (!get_number(r, &n) || !get_bytes(r, n, &p))
		return false;
	buf_put(&out->tape.bytes, p, (size_t)n);
	if (out->tape.bytes.failed)
		return err_oom(r->e);
	for (;;) {
		r->p = p + place.at;
		if (!tape_read_entry(&out->tape, &place, &x, &e))
			break;
		if (x.kind == TAPE_CALL && x.func >= out->funcs.count)
			return bad(r, "no such host function");
		out->tape.entries++;
	}
	if (e.code)
		return bad(r, e.message);
	r->p = p + n;
	return true;
}

static bool get_turns(struct reader *r, struct recorder *out)
{
	struct turn x = { 0 };
	uint64_t n, steps, thread;

	if (!get_number(r, &n))
		return false;
	for (; n; n--) {
		if (!get_number(r, &steps) || !get_number(r, &thread))
			return false;
		if (!thread || thread > UINT32_MAX || steps > UINT64_MAX - x.clock)
			return bad(r, "no such turn of a thread");
		x = (struct turn){ x.clock + steps, (uint32_t)thread };
		if (!vec_push(&out->turns, x))
			return err_oom(r->e);
	}
	return true;
}

static bool read_all(struct reader *r, struct recorder *out, struct replay_head *h)
{
	const uint8_t *p = NULL;
	uint64_t version, check;

	if (r->end - r->p < (ptrdiff_t)sizeof magic || memcmp(r->p, magic, sizeof magic) != 0)
		return bad(r, "it does not begin with WRREPLAY");
	r->p += sizeof magic;
	if (!get_fixed(r, 4, &version))
		return false;
	if (version != REPLAY_VERSION)
		return bad(r, "it was written by another version of Wrench");
	if (!get_fixed(r, 8, &h->module) || !get_call(r, h) || !get_funcs(r, out) || !get_end(r, h) || !get_tape(r, out) ||
			!get_turns(r, out))
		return false;
	p = r->p;
	if (!get_fixed(r, 8, &check))
		return false;
	if (r->p != r->end)
		return bad(r, "something follows it");
	if (check != image_hash(0, r->start, (uint64_t)(p - r->start)))
		return bad(r, "its check does not fit: bytes were changed");
	return true;
}

bool replay_read(struct recorder *r, struct replay_head *h, const void *data, size_t size, struct err *e)
{
	struct reader in = { data, data, (const uint8_t *)data + size, e };

	*h = (struct replay_head){ 0 };
	recorder_clear(r);
	if (read_all(&in, r, h))
		return true;
	recorder_clear(r);
	return false;
}
