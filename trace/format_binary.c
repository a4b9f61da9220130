/*
 * The binary form: events as they are in the ring, then the functions and places that they name.
 *
 *     "wrtrace1"  version of Wrench, padded to 24 bytes
 *     events      32 bytes each, with the records that follow them
 *     functions   index, instance, self, nparams, nresults, name length (u32 each), types (u32 each), name
 *     places      func, offset, op (u32 each)
 *     end         start of functions (u64), functions, places (u32), "wrtrace1"
 *
 * Numbers are little-endian; the events are as the machine has them, and these machines are little-endian, too.
 */
#include "trace/binary.h"

#include "engine/base/err.h"
#include "engine/base/source.h"
#include "trace/format.h"

enum { HEAD_BYTES = 32, END_BYTES = 24, VERSION_BYTES = 24 };
static const char magic[] = "wrtrace1";

static void binary_begin(struct trace_writer *w)
{
	char version[VERSION_BYTES] = VERSION;

	buf_put(w->out, magic, 8);
	buf_put(w->out, version, sizeof version);
}

static void binary_event(struct trace_writer *w, const struct trace_event *e, const uint64_t *words, unsigned nwords)
{
	buf_put(w->out, e, sizeof *e);
	for (unsigned i = 2; i < 2u + EVENT_WORDS * e->more; i++)
		buf_u64le(w->out, i < nwords ? words[i] : 0);
}

static void put_types(struct buf *out, const valtype *types, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		buf_u32le(out, types[i]);
}

static void put_func(struct buf *out, const struct traced_func *f)
{
	uint32_t nparams = f->type ? f->type->nparams : 0, nresults = f->type ? f->type->nresults : 0;

	buf_u32le(out, f->index);
	buf_u32le(out, f->instance);
	buf_u32le(out, f->self);
	buf_u32le(out, nparams);
	buf_u32le(out, nresults);
	buf_u32le(out, (uint32_t)f->name.n);
	put_types(out, f->type ? f->type->params : NULL, nparams);
	put_types(out, f->type ? f->type->results : NULL, nresults);
	buf_put(out, f->name.p, f->name.n);
}

static void binary_end(struct trace_writer *w)
{
	const struct places *p = w->places;
	uint64_t start = w->out->size + w->flushed;

	for (size_t i = 0; i < p->funcs.count; i++)
		put_func(w->out, &p->funcs.data[i]);
	for (size_t i = 0; i < p->all.count; i++) {
		buf_u32le(w->out, p->all.data[i].func);
		buf_u32le(w->out, p->all.data[i].offset);
		buf_u32le(w->out, p->all.data[i].op);
	}
	buf_u64le(w->out, start);
	buf_u32le(w->out, (uint32_t)p->funcs.count);
	buf_u32le(w->out, (uint32_t)p->all.count);
	buf_put(w->out, magic, 8);
}

const struct trace_format format_binary = {
	.name = "binary", .suffix = ".wtrace", .help = "for trace diff, in another session or of another program",
	.begin = binary_begin, .event = binary_event, .end = binary_end,
};

/* ---- reading -------------------------------------------------------------------------------------------------------------- */

struct reader {
	const uint8_t *p, *end;
	bool ok;
};

static uint32_t take_u32(struct reader *r)
{
	uint32_t v = 0;

	if (r->end - r->p < 4) {
		r->ok = false;
		return 0;
	}
	memcpy(&v, r->p, 4);
	r->p += 4;
	return v;
}

static bool take_func(struct reader *r, struct places *p)
{
	struct traced_func f = { .index = take_u32(r), .instance = take_u32(r), .self = take_u32(r) };
	uint32_t nparams = take_u32(r), nresults = take_u32(r), length = take_u32(r);
	size_t bytes = 4 * ((size_t)nparams + nresults);

	if (!r->ok || (size_t)(r->end - r->p) < bytes || (size_t)(r->end - r->p) - bytes < length)
		return false;
	struct deftype *t = arena_alloc(&p->arena, sizeof *t);
	valtype *types = arena_copy(&p->arena, r->p, bytes);
	char *name = arena_strndup(&p->arena, (const char *)r->p + bytes, length);
	if (!t || (bytes && !types) || !name)
		return false;
	t->nparams = nparams;
	t->nresults = nresults;
	t->params = types;
	t->results = types ? types + nparams : NULL;
	f.type = t;
	f.name = (struct str){ name, length };
	r->p += bytes + length;
	if (f.instance > p->instances)
		p->instances = f.instance;
	return vec_push(&p->funcs, f);
}

static bool take_places(struct reader *r, struct places *p, uint32_t nfuncs, uint32_t nplaces)
{
	for (uint32_t i = 0; i < nfuncs; i++)
		if (!take_func(r, p))
			return false;
	for (uint32_t i = 0; i < nplaces; i++) {
		struct place_info x = { take_u32(r), take_u32(r), 0 };
		uint32_t op = take_u32(r);
		if (!r->ok || x.func >= nfuncs || op > OP_NONE)
			return false;
		x.op = (uint16_t)op;
		if (!vec_push(&p->all, x))
			return false;
	}
	for (uint32_t i = 0; i < nfuncs; i++)
		if (p->funcs.data[i].self >= nplaces)
			return false;
	return r->p == r->end;
}

/* Every event is whole and names a place that there is. */
static bool check_events(const struct ring *r, const struct places *p)
{
	for (uint64_t at = 0; at < r->next;) {
		const struct trace_event *e = &r->at[at];
		bool code = e->id == TE_LOAD || e->id == TE_STORE || e->id == TE_READ || e->id == TE_WRITE || e->id == TE_EXEC ||
			e->id == TE_TAKEN || e->id == TE_PASSED;
		if (e->id >= TE_COUNT || e->more > MORE_MAX || at + e->more >= r->next)
			return false;
		if (e->place == NO_PLACE ? code || e->id < TE_UNWIND : e->place >= p->all.count)
			return false;
		if (code && p->all.data[e->place].op == OP_NONE)
			return false;
		at += 1u + e->more;
	}
	return true;
}

static bool read_trace(const struct source *src, struct places *p, struct ring *ring)
{
	const uint8_t *bytes = (const uint8_t *)src->bytes, *end = bytes + src->size;
	uint64_t start, n;

	if (src->size < HEAD_BYTES + END_BYTES || memcmp(bytes, magic, 8) != 0 || memcmp(end - 8, magic, 8) != 0)
		return false;
	struct reader r = { end - 16, end, true };
	uint32_t nfuncs = take_u32(&r), nplaces = take_u32(&r);
	memcpy(&start, end - END_BYTES, 8);
	if (start < HEAD_BYTES || start > src->size - END_BYTES || (start - HEAD_BYTES) % sizeof *ring->at)
		return false;
	r = (struct reader){ bytes + start, end - END_BYTES, true };
	n = (start - HEAD_BYTES) / sizeof *ring->at;
	if (!take_places(&r, p, nfuncs, nplaces) || !ring_resize(ring, n + 1 + MORE_MAX))
		return false;
	memcpy(ring->at, bytes + HEAD_BYTES, n * sizeof *ring->at);
	ring->next = n;
	return check_events(ring, p);
}

bool trace_load(const char *path, struct places *p, struct ring *ring, struct err *e)
{
	char version[VERSION_BYTES] = VERSION;
	struct source *src = source_read(path, e);

	if (!src)
		return false;
	bool ours = src->size >= HEAD_BYTES && memcmp(src->bytes, magic, 8) == 0;
	if (ours && memcmp(src->bytes + 8, version, sizeof version) != 0)
		err_set(e, E_UNSUPPORTED, place_none(), "%s was written by another version of Wrench", path);
	else if (!read_trace(src, p, ring))
		err_set(e, E_IO, place_none(), "%s is not a trace: 'trace save FILE.wtrace' writes one", path);
	source_free(src);
	if (e->code == E_NONE)
		return true;
	places_free(p);
	ring_free(ring);
	return false;
}
