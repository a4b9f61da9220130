/*
 * The frame of the binary format: header, sections in their order, and what must agree between them. Contents of
 * sections are read by decode_types.c, decode_entities.c and decode_segments.c; function bodies are only skipped.
 *
 * Errors come in the order in which the specification's decoder finds them; see cursor.h.
 */
#include "engine/decode.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/progress.h"
#include "engine/base/source.h"
#include "engine/imm.h"

/* ---- header ------------------------------------------------------------------------------------------------ */

static bool magic_error(const struct module *m, struct err *e)
{
	struct buf seen = { 0 };

	buf_escaped(&seen, (const char *)m->bytes, m->size < 4 ? m->size : 4, false);
	err_set(e, E_NOT_WASM, place_offset(0), "not WebAssembly: begins with \"%s\", not \"\\0asm\"; "
		"text modules must be called .wat or start with '('", buf_str(&seen));
	buf_free(&seen);
	return false;
}

static bool decode_header(const struct module *m, struct err *e)
{
	static const uint8_t magic[4] = { 0, 'a', 's', 'm' };
	const uint8_t *v = m->bytes + 4;

	if (m->size == 0)
		return err_set(e, E_END, place_offset(0), "unexpected end: the file is empty");
	if (m->size < 4 && memcmp(m->bytes, magic, m->size) != 0)
		return err_set(e, E_END, place_offset(0),
			"unexpected end: not WebAssembly, only %u byte%s long", m->size,
			m->size == 1 ? "" : "s");
	if (m->size >= 4 && memcmp(m->bytes, magic, 4) != 0)
		return magic_error(m, e);
	if (m->size < 8)
		return err_set(e, E_END, place_offset(m->size),
			"unexpected end: the header is 8 bytes, the file has %u",
			m->size);
	if (v[0] == 1 && v[1] == 0 && v[2] == 0 && v[3] == 0)
		return true;
	if (v[0] != 0 && v[2] == 1 && v[3] == 0)
		return err_set(e, E_COMPONENT, place_offset(4),
			"this is a WebAssembly component (version 0x%02x), not a core module; components are not supported",
			v[0] | v[1] << 8);
	return err_set(e, E_VERSION, place_offset(4), "unknown binary version %u, only version 1 is known",
		v[0] | v[1] << 8 | v[2] << 16 | (unsigned)v[3] << 24);
}

/* ---- sections ---------------------------------------------------------------------------------------------- */

struct section_kind {
	const char *name;
	uint8_t rank;                   /* their order in a module */
	uint8_t feature;
	bool (*decode)(struct decoder *d);
};

static const struct section_kind section_kinds[] = {
	[0]  = { "custom",     0,  FEATURE_MVP,         NULL },
	[1]  = { "type",       1,  FEATURE_MVP,         decode_types },
	[2]  = { "import",     2,  FEATURE_MVP,         decode_imports },
	[3]  = { "function",   3,  FEATURE_MVP,         decode_funcs },
	[4]  = { "table",      4,  FEATURE_MVP,         decode_tables },
	[5]  = { "memory",     5,  FEATURE_MVP,         decode_memories },
	[6]  = { "global",     7,  FEATURE_MVP,         decode_globals },
	[7]  = { "export",     8,  FEATURE_MVP,         decode_exports },
	[8]  = { "start",      9,  FEATURE_MVP,         decode_start },
	[9]  = { "element",    10, FEATURE_MVP,         decode_elems },
	[10] = { "code",       12, FEATURE_MVP,         decode_code },
	[11] = { "data",       13, FEATURE_MVP,         decode_datas },
	[12] = { "data count", 11, FEATURE_BULK_MEMORY, decode_data_count },
	[13] = { "tag",        6,  FEATURE_EXCEPTIONS,  decode_tags },
};

enum { SECTION_KINDS = sizeof section_kinds / sizeof section_kinds[0] };

const char *module_section_name(uint8_t id)
{
	return id < SECTION_KINDS ? section_kinds[id].name : "unknown";
}

static bool decode_custom(struct decoder *d, struct section *s, uint32_t offset, uint8_t after)
{
	struct cursor *c = &d->c;
	struct custom custom = { .offset = offset, .after = after };
	const uint8_t *contents;

	if (!read_name(c, &custom.name, "the name of a custom section"))
		return false;
	uint32_t used = cursor_offset(c) - s->start;
	if (used > s->size)
		return cursor_error(c, E_SECTION_END, s->start,
			"unexpected end: the custom section is %u byte%s long, its name takes %u", s->size,
			s->size == 1 ? "" : "s", used);
	custom.start = cursor_offset(c);
	custom.size = s->size - used;
	if (!read_bytes(c, custom.size, &contents, "the custom section"))
		return false;
	return vec_push(&d->customs, custom) || err_oom(c->e);
}

/* Where an error lies beyond its section's end, say so: the section's size or counts are the likely cause. */
static void note_section_end(struct decoder *d, const struct section *s)
{
	struct err *e = d->c.e;
	uint64_t end = (uint64_t)s->start + s->size;

	if (e->place.kind == PLACE_OFFSET && e->place.start >= end && end < d->m->size)
		err_note(e, place_offset(end), "the %s section, %u bytes from 0x%x, ends here",
			module_section_name(s->id), s->size, s->start);
}

static bool section_contents(struct decoder *d, struct section *s, uint32_t offset, uint8_t after)
{
	struct cursor *c = &d->c;

	if (s->id == 0)
		return decode_custom(d, s, offset, after);
	if (!section_kinds[s->id].decode(d))
		return false;
	uint32_t used = cursor_offset(c) - s->start;
	return used == s->size || cursor_error(c, E_SECTION_SIZE, s->start,
		"section size mismatch: the %s section is %u bytes long, its contents take %u",
		module_section_name(s->id), s->size, used);
}

static bool decode_section(struct decoder *d, uint8_t *last)
{
	struct cursor *c = &d->c;
	uint32_t offset = cursor_offset(c);
	struct section s = { 0 };

	read_byte(c, &s.id, "a section");
	if (s.id >= SECTION_KINDS)
		return cursor_error(c, E_SECTION_ID, offset, "malformed section id %u: they go from 0 to %u",
			s.id, SECTION_KINDS - 1);
	const struct section_kind *kind = &section_kinds[s.id];
	if (s.id != 0 && kind->rank <= section_kinds[*last].rank)
		return cursor_error(c, E_SECTION_ORDER, offset, "unexpected content after last section: "
			"%s %s section comes after the %s section", s.id == *last ? "a second" : "the",
			kind->name, module_section_name(*last));
	if (!cursor_need(c, (enum feature)kind->feature, offset, kind->name)
			|| !read_length(c, &s.size, UINT32_MAX, "the size of a section"))
		return false;
	s.start = cursor_offset(c);
	if (!vec_push(&d->sections, s))
		return err_oom(c->e);
	if (!section_contents(d, &s, offset, *last)) {
		note_section_end(d, &s);
		return false;
	}
	if (s.id != 0)
		*last = s.id;
	return true;
}

/* What the specification's decoder compares at the very end. */
static bool check_counts(struct decoder *d)
{
	struct module *m = d->m;
	uint32_t defined = (uint32_t)d->funcs.count - m->nimported_funcs;

	if (defined != d->code_count)
		return cursor_error(&d->c, E_FUNC_CODE_COUNT, d->code_start ? d->code_start : m->size,
			"function and code section have inconsistent lengths: function section has %u entr%s, code section %u",
			defined, defined == 1 ? "y" : "ies", d->code_count);
	if (m->has_data_count && m->data_count != m->ndatas)
		return cursor_error(&d->c, E_DATA_COUNT, d->data_start ? d->data_start : m->size,
			"data count and data section have inconsistent lengths: data count is %u, data section has %u entr%s",
			m->data_count, m->ndatas, m->ndatas == 1 ? "y" : "ies");
	return true;
}

/* ---- the whole --------------------------------------------------------------------------------------------- */

#define TAKE(m, field, count_field, v) \
	take_vec(&(m)->arena, (void *)&(m)->field, &(m)->count_field, (v)->data, (v)->count, sizeof *(v)->data)

static bool take_vec(struct arena *a, void *field, uint32_t *count_field, void *data, size_t count,
	size_t size)
{
	void *copy = arena_copy(a, data, count * size);

	*(void **)field = copy;
	*count_field = copy ? (uint32_t)count : 0;
	free(data);
	return copy != NULL;
}

/* Move the index spaces to the module, also after an error: what could be read stays inspectable. */
static bool decoder_finish(struct decoder *d)
{
	struct module *m = d->m;
	bool ok = TAKE(m, types, ntypes, &d->types);

	ok &= TAKE(m, funcs, nfuncs, &d->funcs);
	ok &= TAKE(m, tables, ntables, &d->tables);
	ok &= TAKE(m, memories, nmemories, &d->memories);
	ok &= TAKE(m, globals, nglobals, &d->globals);
	ok &= TAKE(m, tags, ntags, &d->tags);
	ok &= TAKE(m, customs, ncustoms, &d->customs);
	ok &= TAKE(m, sections, nsections, &d->sections);
	return ok || err_oom(d->c.e);
}

static bool decode_sections(struct decoder *d)
{
	struct progress *progress = engine_progress(d->m->engine);
	uint8_t last = 0;
	bool ok = true;

	progress_begin(progress, "reading", d->m->size);
	while (ok && d->c.p < d->c.end)
		ok = decode_section(d, &last);
	progress_end(progress);
	return ok && check_counts(d);
}

/* Bodies were skipped: when what follows them is malformed, the first malformed body is the earlier error, and often
   the cause. */
static void prefer_body_error(const struct module *m, struct err *e)
{
	struct err first = { 0 };

	for (uint32_t i = m->nimported_funcs; i < m->nfuncs && m->funcs[i].body; i++)
		if (!body_decode(m, i, &first)) {
			*e = first;
			return;
		}
}

static void decode_module(struct module *m, struct err *e)
{
	struct decoder d = { .m = m, .c = cursor_at(m, 8, e) };
	struct err ignored = { 0 };

	bool ok = decode_sections(&d);
	if (!decoder_finish(&d))
		return;
	if (!ok && d.code_start && e->code != E_CANCELLED)
		prefer_body_error(m, e);
	if (features_has(m->features, FEATURE_BRANCH_HINTS))
		hints_read(m, &ignored);
	m->name = names_module_name(m);
}

struct module *module_decode_take(struct engine *en, struct source *source, const struct features *f,
	struct err *e)
{
	struct module *m = calloc(1, sizeof *m);
	bool fits = source->size <= UINT32_MAX - 16;

	if (!m || !fits) {
		if (fits)
			err_oom(e);
		else
			err_set(e, E_LIMIT, place_none(), "%llu bytes: a module must be smaller than 4 GiB",
				(unsigned long long)source->size);
		err_file(e, source->name);
		source_free(source);
		free(m);
		return NULL;
	}
	m->engine = en;
	m->source = source;
	m->bytes = (const uint8_t *)source->bytes;
	m->size = (uint32_t)source->size;
	m->features = f ? *f : features_all();
	m->name = STR("");
	if (!decode_header(m, e)) {
		err_file(e, source->name);
		module_free(m);
		return NULL;
	}
	decode_module(m, e);
	if (e->code != E_NONE)
		err_file(e, source->name);
	if (e->code == E_NO_MEMORY || e->code == E_CANCELLED) {
		module_free(m);
		return NULL;
	}
	return m;
}
