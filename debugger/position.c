/* Offsets to lines and back, through the text map that the WAT reader leaves, or DWARF; see position.h. */
#include "debugger/position.h"

#include <string.h>

#include "debugger/dwarf.h"
#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "engine/module.h"
#include "wat/text_map.h"

static const char *file_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash && slash[1] ? slash + 1 : path;
}

struct str position_text(struct str line)
{
	const char *p = line.p;
	size_t n = line.n;

	while (n && (*p == ' ' || *p == '\t'))
		p++, n--;
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t' || p[n - 1] == '\r'))
		n--;
	return (struct str){ p, n };
}

static void position_in_source(const struct module *m, uint32_t offset, struct position *out)
{
	struct dwarf *d = dwarf_of(m);
	struct dwarf_place at;

	if (!d || !dwarf_line_at(d, offset, &at))
		return;
	out->has_line = out->source = true;
	out->path = dwarf_file(d, at.file);
	out->file = file_name(out->path.p);
	out->line = at.line;
	out->column = at.column;
}

void position_of(const struct module *m, uint32_t offset, struct position *out)
{
	struct place at;

	*out = (struct position){ .file = file_name(m->text ? m->text->name : m->source->name) };
	if (!m->text_map || !m->text) {
		position_in_source(m, offset, out);
		return;
	}
	if (!text_map_find(m->text_map, offset, &at) || at.kind != PLACE_TEXT)
		return;
	struct source_line line = source_line_at(m->text, at.start);
	source_position(m->text, at.start, &out->line, &out->column);
	out->has_line = true;
	out->text = position_text((struct str){ m->text->bytes + line.start, line.length });
}

void position_print(const struct module *m, uint32_t offset, struct buf *out)
{
	struct position at;

	position_of(m, offset, &at);
	buf_escaped(out, at.file, strlen(at.file), false);
	if (!at.has_line)
		buf_printf(out, ":0x%x", offset);
	else if (at.column)
		buf_printf(out, ":%u:%u", at.line, at.column);
	else
		buf_printf(out, ":%u", at.line);
}

uint32_t position_inlined(const struct module *m, uint32_t offset, struct dwarf_call *out)
{
	struct dwarf *d = m->text_map ? NULL : dwarf_of(m);
	uint32_t n = d ? dwarf_calls_at(d, offset, out) : 0;

	return n > 1 ? n : 0;
}

const char *position_call_file(const struct module *m, const struct dwarf_call *call)
{
	return file_name(dwarf_file(dwarf_of(m), call->file).p);
}

/* The instruction that runs first of those on the line: in folded text not the one that stands first. */
static bool find_first(const struct text_map *map, const struct source_line *line, uint32_t *offset)
{
	for (size_t i = 0; i < map->pairs.count; i++) {
		const struct text_pair *p = &map->pairs.data[i];
		if (p->text & TEXT_PAIR_FIELD || p->text < line->start || p->text >= line->start + line->length)
			continue;
		*offset = p->offset;
		return true;
	}
	return false;
}

bool position_find(const struct module *m, uint32_t line, uint32_t column, uint32_t *offset)
{
	struct source_line at;
	uint64_t start;
	uint32_t l, c;

	if (!m->text_map || !m->text || !source_line_number(m->text, line, &at))
		return false;
	if (!column)
		return find_first(m->text_map, &at, offset);
	for (start = at.start; start < at.start + at.length; start++) {
		source_position(m->text, start, &l, &c);
		if (c >= column)
			break;
	}
	return text_map_offset(m->text_map, start, offset);
}

bool position_is_file(const struct module *m, struct str name)
{
	const char *path = m->text ? m->text->name : m->source->name;

	return str_is(name, path) || str_is(name, file_name(path));
}
