/* From sections to a binary module: order, sizes, custom sections, names, and the map of positions. */
#include "wat/parse.h"
#include "wat/wat.h"

enum { LARGEST = 0x7fffff00 };

/* ---- name section ------------------------------------------------------------------------------------------------ */

static void subsection(struct buf *out, uint8_t id, const struct buf *contents)
{
	if (contents->failed)
		out->failed = true;
	emit_u8(out, id);
	emit_uleb(out, contents->size);
	emit_bytes(out, contents->data, contents->size);
}

/* Identifiers of a space, with those that @name gives instead; both lists are in order of index. */
static void names_of(struct buf *out, uint8_t id, const named_list *ids, const named_list *renames)
{
	struct buf b = { 0 }, all = { 0 };
	size_t i = 0, k = 0, count = 0;

	while (i < ids->count || k < renames->count) {
		bool take_id = k == renames->count || (i < ids->count && ids->data[i].index < renames->data[k].index);
		const struct named *n = take_id ? &ids->data[i++] : &renames->data[k++];
		if (!take_id && i < ids->count && ids->data[i].index == n->index)
			i++;
		emit_uleb(&b, n->index);
		emit_str(&b, n->name);
		count++;
	}
	if (count) {
		emit_uleb(&all, count);
		emit_bytes(&all, b.data, b.size);
		all.failed |= b.failed;
		subsection(out, id, &all);
	}
	buf_free(&b);
	buf_free(&all);
}

/* Names grouped by function, made while reading. */
static void names_inner(struct buf *out, uint8_t id, uint32_t count, const struct buf *contents)
{
	struct buf all = { 0 };

	if (count) {
		emit_uleb(&all, count);
		emit_bytes(&all, contents->data, contents->size);
		all.failed |= contents->failed;
		subsection(out, id, &all);
	}
	buf_free(&all);
}

static void field_names(struct parser *p, struct buf *out)
{
	struct buf all = { 0 };
	uint32_t types = 0;

	for (size_t i = 0; i < p->types.count; i++) {
		const struct type_entry *t = &p->types.data[i];
		uint32_t named = 0;
		for (uint32_t f = 0; f < t->nfields; f++)
			named += p->fields.data[t->first_field + f] != 0;
		if (!named)
			continue;
		types++;
		emit_uleb(&all, i);
		emit_uleb(&all, named);
		for (uint32_t f = 0; f < t->nfields; f++) {
			uint32_t ident = p->fields.data[t->first_field + f];
			if (!ident)
				continue;
			emit_uleb(&all, f);
			emit_str(&all, p->idents.list.data[ident - 1].name);
		}
	}
	names_inner(out, 10, types, &all);
	buf_free(&all);
}

static void name_section(struct parser *p, struct buf *out)
{
	static const struct { uint8_t id; enum space space; } after_labels[] = {
		{ 4, SPACE_TYPE }, { 5, SPACE_TABLE }, { 6, SPACE_MEMORY }, { 7, SPACE_GLOBAL }, { 8, SPACE_ELEM },
		{ 9, SPACE_DATA },
	};
	struct buf b = { 0 };

	if (p->module_name.p) {
		emit_str(&b, p->module_name);
		subsection(out, 0, &b);
	}
	buf_free(&b);
	names_of(out, 1, &p->names[SPACE_FUNC], &p->renames[SPACE_FUNC]);
	names_inner(out, 2, p->local_name_funcs, &p->local_names);
	names_inner(out, 3, p->label_name_funcs, &p->label_names);
	for (size_t i = 0; i < sizeof after_labels / sizeof *after_labels; i++)
		names_of(out, after_labels[i].id, &p->names[after_labels[i].space], &p->renames[after_labels[i].space]);
	field_names(p, out);
	names_of(out, 11, &p->names[SPACE_TAG], &p->renames[SPACE_TAG]);
}

/* ---- sections ------------------------------------------------------------------------------------------------------ */

static void custom_put(struct buf *out, struct str name, struct str contents)
{
	struct buf head = { 0 };

	emit_str(&head, name);
	emit_u8(out, SECTION_CUSTOM);
	emit_uleb(out, head.size + contents.n);
	emit_bytes(out, head.data, head.size);
	emit_bytes(out, contents.p, contents.n);
	out->failed |= head.failed;
	buf_free(&head);
}

static void customs_put(struct parser *p, struct buf *out, uint8_t section, bool after)
{
	for (size_t i = 0; i < p->customs.count; i++) {
		const struct custom_out *c = &p->customs.data[i];
		if (c->section == section && c->after == after)
			custom_put(out, c->name, c->bytes);
	}
}

static bool pairs_put(struct parser *p, const struct section_out *s, uint32_t header, uint32_t base, struct text_map *map)
{
	if (!map || s->pairs.count == 0)
		return true;
	struct text_pair first = { header, s->pairs.data[0].text | TEXT_PAIR_FIELD };
	if (!vec_push(&map->pairs, first) || !vec_reserve(&map->pairs, map->pairs.count + s->pairs.count))
		return err_oom(p->e);
	for (size_t i = 0; i < s->pairs.count; i++) {
		struct text_pair pair = s->pairs.data[i];
		pair.offset += base;
		map->pairs.data[map->pairs.count++] = pair;
	}
	return true;
}

static bool section_put(struct parser *p, uint8_t id, struct buf *out, struct text_map *map)
{
	struct section_out *s = &p->sections[id];
	struct buf count = { 0 };
	uint32_t header = (uint32_t)out->size;

	if (id == SECTION_DATA_COUNT)
		emit_uleb(&s->bytes, p->sections[SECTION_DATA].count);
	else if (id != SECTION_START)
		emit_uleb(&count, s->count);
	emit_u8(out, id);
	emit_uleb(out, count.size + s->bytes.size);
	emit_bytes(out, count.data, count.size);
	uint32_t base = (uint32_t)out->size;
	emit_bytes(out, s->bytes.data, s->bytes.size);
	out->failed |= s->bytes.failed || count.failed || out->size > LARGEST;
	buf_free(&count);
	return pairs_put(p, s, header, base, map);
}

static bool section_wanted(const struct parser *p, uint8_t id)
{
	if (id == SECTION_DATA_COUNT)
		return p->needs_data_count;
	return id == SECTION_START ? p->has_start : p->sections[id].count > 0;
}

static bool hints_put(struct parser *p, struct buf *out)
{
	struct buf b = { 0 };
	bool ok = annotation_hints_emit(p, &b);

	if (ok) {
		emit_u8(out, SECTION_CUSTOM);
		emit_uleb(out, b.size);
		emit_bytes(out, b.data, b.size);
	}
	buf_free(&b);
	return ok;
}

static bool assemble(struct parser *p, struct buf *out, struct text_map *map)
{
	static const uint8_t order[] = {
		SECTION_TYPE, SECTION_IMPORT, SECTION_FUNC, SECTION_TABLE, SECTION_MEMORY, SECTION_TAG, SECTION_GLOBAL,
		SECTION_EXPORT, SECTION_START, SECTION_ELEM, SECTION_DATA_COUNT, SECTION_CODE, SECTION_DATA,
	};
	struct buf names = { 0 };

	emit_bytes(out, "\0asm\1\0\0\0", 8);
	customs_put(p, out, SECTION_COUNT, false);
	for (size_t i = 0; i < sizeof order; i++) {
		customs_put(p, out, order[i], false);
		if (order[i] == SECTION_CODE && p->hints.count && !hints_put(p, out))
			return false;
		if (section_wanted(p, order[i]) && !section_put(p, order[i], out, map))
			return false;
		customs_put(p, out, order[i], true);
	}
	customs_put(p, out, SECTION_COUNT, true);
	name_section(p, &names);
	if (names.size)
		custom_put(out, STR("name"), (struct str){ names.data, names.size });
	out->failed |= names.failed;
	buf_free(&names);
	if (buf_reserve(out, 0))
		out->data[out->size] = '\0';
	return !out->failed || err_oom(p->e);
}

/* ---- the whole ------------------------------------------------------------------------------------------------------ */

static void section_free(struct section_out *s)
{
	buf_free(&s->bytes);
	vec_free(&s->pairs);
}

static void parser_free(struct parser *p)
{
	lex_free(&p->lx);
	idents_free(&p->idents);
	vec_free(&p->types);
	vec_free(&p->vals);
	vec_free(&p->fields);
	free(p->type_slots);
	for (int i = 0; i < SPACE_COUNT; i++) {
		vec_free(&p->names[i]);
		vec_free(&p->renames[i]);
	}
	for (int i = 0; i < SECTION_COUNT; i++)
		section_free(&p->sections[i]);
	section_free(&p->offset);
	section_free(&p->list);
	buf_free(&p->local_names);
	buf_free(&p->label_names);
	vec_free(&p->customs);
	vec_free(&p->hints);
	vec_free(&p->frames);
	vec_free(&p->labels);
	buf_free(&p->waiting);
	vec_free(&p->scratch);
	vec_free(&p->params);
	vec_free(&p->targets);
	buf_free(&p->fn_locals);
	buf_free(&p->fn_labels);
	buf_free(&p->bytes);
	arena_free(&p->arena);
	free(p);
}

/* Twice the likely size: growing large buffers step by step costs more than the parsing. */
static void parser_reserve(struct parser *p, size_t text)
{
	buf_reserve(&p->sections[SECTION_CODE].bytes, text / 8);
	(void)vec_reserve(&p->sections[SECTION_CODE].pairs, text / 16);
}

static void begin(struct parser *p, const char *what)
{
	if (p->progress)
		progress_begin(p->progress, what, p->text->size);
}

bool parser_reach(struct parser *p)
{
	return !p->progress || progress_reach(p->progress, (uint64_t)(p->lx.p - p->text->bytes), p->e);
}

static bool encode(struct parser *p, struct buf *out, struct text_map *map)
{
	begin(p, "scanning");
	if (!scan_module(p))
		return false;
	begin(p, "parsing");
	return parse_module(p) && assemble(p, out, map);
}

bool wat_encode_span(const struct source *text, uint64_t start, uint64_t end, const struct features *f,
	struct progress *progress, struct buf *binary, struct text_map **map, struct err *e)
{
	struct parser *p = calloc(1, sizeof *p);
	struct text_map *m = map ? calloc(1, sizeof *m) : NULL;
	bool ok = p && (m || !map);

	if (!ok) {
		free(p);
		free(m);
		return err_oom(e);
	}
	*p = (struct parser){ .text = text, .progress = progress, .features = *f, .e = e };
	keywords_init(&p->keywords);
	lex_init(&p->lx, text, start, end, &p->keywords, e);
	parser_reserve(p, end - start);
	if (m)
		m->source = text;
	ok = encode(p, binary, m);
	if (progress)
		progress_end(progress);
	parser_free(p);
	if (!ok) {
		err_file(e, text->name);
		text_map_free(m);
		m = NULL;
	}
	if (map)
		*map = m;
	return ok;
}

bool wat_encode(const struct source *text, const struct features *f, struct buf *binary, struct text_map **map,
	struct err *e)
{
	return wat_encode_span(text, 0, text->size, f, NULL, binary, map, e);
}
