/* Element segments, code and data. */
#include "engine/decode.h"

#include "engine/base/progress.h"
#include "engine/limits.h"

/* ---- elements ---------------------------------------------------------------------------------------------- */

/* bits of an element segment's kind */
enum { ELEM_NOT_ACTIVE = 1, ELEM_EXPLICIT = 2, ELEM_EXPRS = 4, ELEM_KINDS = 8 };

static bool read_elem_funcs(struct decoder *d, struct elem_decl *s)
{
	uint32_t *funcs;

	if (!read_count(&d->c, &s->count, UINT32_MAX, "the number of elements"))
		return false;
	funcs = arena_array(&d->m->arena, s->count, sizeof *funcs);
	if (!funcs)
		return err_oom(d->c.e);
	s->funcs = funcs;
	for (uint32_t i = 0; i < s->count; i++)
		if (!read_u32(&d->c, &funcs[i], "a function index"))
			return false;
	return true;
}

static bool read_elem_exprs(struct decoder *d, struct elem_decl *s)
{
	struct const_expr *exprs;

	if (!read_count(&d->c, &s->count, UINT32_MAX, "the number of elements"))
		return false;
	exprs = arena_array(&d->m->arena, s->count, sizeof *exprs);
	if (!exprs)
		return err_oom(d->c.e);
	s->exprs = exprs;
	for (uint32_t i = 0; i < s->count; i++)
		if (!read_const_expr(d, &exprs[i]))
			return false;
	return true;
}

/* The type: one byte 0 for functions, a reference type before expressions, neither in the two short forms. */
static bool read_elem_type(struct decoder *d, uint32_t kind, struct elem_decl *s)
{
	uint32_t offset = cursor_offset(&d->c);
	uint8_t elem_kind;

	s->type = vt_ref(HEAP_FUNC, (kind & ELEM_EXPRS) != 0);
	if (!(kind & (ELEM_NOT_ACTIVE | ELEM_EXPLICIT)))
		return true;
	if (kind & ELEM_EXPRS)
		return read_reftype(&d->c, &s->type);
	if (!read_byte(&d->c, &elem_kind, "the kind of the elements"))
		return false;
	return elem_kind == 0 || cursor_error(&d->c, E_ELEM_KIND, offset, "malformed element kind 0x%02x",
		elem_kind);
}

static bool decode_elem(struct decoder *d, struct elem_decl *s)
{
	struct cursor *c = &d->c;
	uint32_t kind;

	s->offset = cursor_offset(c);
	if (!read_u32(c, &kind, "the kind of an element segment"))
		return false;
	if (kind >= ELEM_KINDS)
		return cursor_error(c, E_SEGMENT_FLAGS, s->offset, "malformed elements segment kind %u",
			kind);
	if (kind != 0 && !cursor_need(c, FEATURE_BULK_MEMORY, s->offset, "an element segment of this kind"))
		return false;
	if (kind & ELEM_NOT_ACTIVE) {
		s->mode = kind & ELEM_EXPLICIT ? SEGMENT_DECLARED : SEGMENT_PASSIVE;
	} else {
		s->mode = SEGMENT_ACTIVE;
		if ((kind & ELEM_EXPLICIT) && !read_u32(c, &s->table, "a table index"))
			return false;
		if (!read_const_expr(d, &s->at))
			return false;
	}
	if (!read_elem_type(d, kind, s))
		return false;
	return kind & ELEM_EXPRS ? read_elem_exprs(d, s) : read_elem_funcs(d, s);
}

bool decode_elems(struct decoder *d)
{
	struct module *m = d->m;
	uint32_t n;

	if (!read_count(&d->c, &n, MAX_SEGMENTS, "the number of element segments"))
		return false;
	m->elems = arena_array(&m->arena, n, sizeof *m->elems);
	if (!m->elems)
		return err_oom(d->c.e);
	for (; m->nelems < n; m->nelems++)
		if (!decode_elem(d, &m->elems[m->nelems]))
			return false;
	return true;
}

/* ---- code -------------------------------------------------------------------------------------------------- */

static bool decode_body(struct decoder *d)
{
	const uint8_t *bytes;
	uint32_t size;

	if (!read_length(&d->c, &size, MAX_BODY, "the size of a function body"))
		return false;
	uint32_t at = cursor_offset(&d->c), func = d->m->nimported_funcs + d->bodies;
	if (!read_bytes(&d->c, size, &bytes, "a function body"))
		return false;
	if (func < d->funcs.count) {
		d->funcs.data[func].body = at;
		d->funcs.data[func].body_size = size;
		d->bodies++;
	}
	return true;
}

bool decode_code(struct decoder *d)
{
	d->code_start = cursor_offset(&d->c);
	if (!read_count(&d->c, &d->code_count, MAX_FUNCS, "the number of function bodies"))
		return false;
	for (uint32_t i = 0; i < d->code_count; i++)
		if (!progress_reach(engine_progress(d->m->engine), cursor_offset(&d->c), d->c.e) || !decode_body(d))
			return false;
	return true;
}

/* ---- data -------------------------------------------------------------------------------------------------- */

bool decode_data_count(struct decoder *d)
{
	d->m->has_data_count = read_u32(&d->c, &d->m->data_count, "the data count");
	return d->m->has_data_count;
}

static bool decode_data(struct decoder *d, struct data_decl *s)
{
	struct cursor *c = &d->c;
	const uint8_t *bytes;
	uint32_t kind;

	s->offset = cursor_offset(c);
	if (!read_u32(c, &kind, "the kind of a data segment"))
		return false;
	if (kind > 2)
		return cursor_error(c, E_SEGMENT_FLAGS, s->offset, "malformed data segment kind %u", kind);
	if (kind == 1 && !cursor_need(c, FEATURE_BULK_MEMORY, s->offset, "a passive data segment"))
		return false;
	s->mode = kind == 1 ? SEGMENT_PASSIVE : SEGMENT_ACTIVE;
	if (kind == 2 && !read_u32(c, &s->memory, "a memory index"))
		return false;
	if (kind != 1 && !read_const_expr(d, &s->at))
		return false;
	if (!read_length(c, &s->size, UINT32_MAX, "the size of a data segment"))
		return false;
	s->start = cursor_offset(c);
	return read_bytes(c, s->size, &bytes, "a data segment");
}

bool decode_datas(struct decoder *d)
{
	struct module *m = d->m;
	uint32_t n;

	d->data_start = cursor_offset(&d->c);
	if (!read_count(&d->c, &n, MAX_SEGMENTS, "the number of data segments"))
		return false;
	m->datas = arena_array(&m->arena, n, sizeof *m->datas);
	if (!m->datas)
		return err_oom(d->c.e);
	for (; m->ndatas < n; m->ndatas++)
		if (!decode_data(d, &m->datas[m->ndatas]))
			return false;
	return true;
}
