/*
 * Line tables: the programs of .debug_line, versions 2 to 5, run when a line of their unit is first asked for.
 *
 * Rows are kept by address. Sequences that the linker dropped (they begin at 0, -1 or -2) are left out. Files get numbers
 * of their own that hold for the whole module, so that units which include the same header agree on it.
 */
#include <stdlib.h>
#include <string.h>

#include "debugger/dwarf_unit.h"
#include "engine/base/buf.h"
#include "engine/module.h"

enum { FORMATS_MAX = 16 };

struct program {
	struct dwarf *d;
	struct dwarf_unit *u;
	struct dwarf_lines *lines;
	struct dwarf_cursor c;
	unsigned version, min_length, max_ops, line_range, opcode_base;
	int line_base;
	bool default_statement;
	uint8_t lengths[256];           /* operands of standard opcodes */
	VEC(struct str) directories;
};

/* ---- files ----------------------------------------------------------------------------------- */

static bool is_absolute(struct str path)
{
	return (path.n && path.p[0] == '/') || memmem(path.p, path.n, "://", 3) != NULL;
}

static void add_part(struct buf *b, struct str part)
{
	while (part.n > 1 && part.p[0] == '.' && part.p[1] == '/')
		part = (struct str){ part.p + 2, part.n - 2 };
	if (is_absolute(part))
		buf_reset(b);
	else if (b->size && part.n && b->data[b->size - 1] != '/')
		buf_putc(b, '/');
	if (!str_is(part, "."))
		buf_put(b, part.p, part.n);
}

/* The module's number of a path; UINT32_MAX: out of memory. */
static uint32_t file_number(struct dwarf *d, struct str path)
{
	uint64_t number = d->files.count;
	struct str copy;

	if (map_get(&d->file_numbers, path, &number))
		return (uint32_t)number;
	copy = (struct str){ arena_strndup(&d->arena, path.p, path.n), path.n };
	if (!copy.p || !vec_push(&d->files, copy) || !map_set(&d->file_numbers, copy, number))
		return UINT32_MAX;
	return (uint32_t)number;
}

static bool add_file(struct program *p, struct str name, uint64_t directory)
{
	struct buf path = { 0 };
	uint32_t number;

	add_part(&path, p->u->directory);
	if (directory < p->directories.count)
		add_part(&path, p->directories.data[directory]);
	add_part(&path, name);
	number = file_number(p->d, str_of_buf(&path));
	buf_free(&path);
	return number != UINT32_MAX && vec_push(&p->lines->files, number);
}

/* ---- header, up to version 4 ----------------------------------------------------------------- */

static void old_files(struct program *p)
{
	struct str s;

	vec_push(&p->directories, p->u->directory);
	while ((s = dwarf_string(&p->c)).n)
		vec_push(&p->directories, s);
	add_file(p, p->u->name, 0);             /* numbers begin with 1 */
	while ((s = dwarf_string(&p->c)).n) {
		uint64_t directory = dwarf_uleb(&p->c);
		dwarf_uleb(&p->c);
		dwarf_uleb(&p->c);
		if (p->c.bad || !add_file(p, s, directory))
			return;
	}
}

/* ---- header of version 5 --------------------------------------------------------------------- */

static struct str path_at(const struct program *p, enum dwarf_section s, uint64_t offset)
{
	struct dwarf_cursor c = dwarf_section_at(p->d, s, offset);

	return dwarf_string(&c);
}

static struct str indexed_path(const struct program *p, uint64_t index)
{
	struct dwarf_cursor c = dwarf_unit_cursor(p->d, p->u, SECTION_STR_OFFSETS, p->u->str_offsets_base);

	if (index < UINT32_MAX)
		dwarf_skip(&c, index * (p->u->wide ? 8 : 4));
	return path_at(p, SECTION_STR, dwarf_offset(&c));
}

/* One field of an entry: a path or a number, whichever the form gives. */
static void entry_field(struct program *p, uint64_t form, struct str *path, uint64_t *number)
{
	struct dwarf_cursor *c = &p->c;

	switch (form) {
	case DW_FORM_string:
		*path = dwarf_string(c);
		return;
	case DW_FORM_line_strp:
		*path = path_at(p, SECTION_LINE_STR, dwarf_offset(c));
		return;
	case DW_FORM_strp:
		*path = path_at(p, SECTION_STR, dwarf_offset(c));
		return;
	case DW_FORM_strx:
		*path = indexed_path(p, dwarf_uleb(c));
		return;
	case DW_FORM_strx1:
		*path = indexed_path(p, dwarf_u8(c));
		return;
	case DW_FORM_strx2:
		*path = indexed_path(p, dwarf_u16(c));
		return;
	case DW_FORM_udata:
		*number = dwarf_uleb(c);
		return;
	case DW_FORM_data1:
		*number = dwarf_u8(c);
		return;
	case DW_FORM_data2:
		*number = dwarf_u16(c);
		return;
	case DW_FORM_data4:
		*number = dwarf_bytes(c, 4);
		return;
	case DW_FORM_data8:
		*number = dwarf_bytes(c, 8);
		return;
	case DW_FORM_data16:
		dwarf_skip(c, 16);
		return;
	case DW_FORM_block:
		dwarf_skip(c, dwarf_uleb(c));
		return;
	default:
		dwarf_fail(c);
	}
}

static bool take_entry(struct program *p, const uint64_t (*formats)[2], unsigned n, bool directories)
{
	struct str path = { "", 0 };
	uint64_t directory = 0;

	for (unsigned i = 0; i < n; i++) {
		struct str text = { NULL, 0 };
		uint64_t number = 0;
		entry_field(p, formats[i][1], &text, &number);
		if (formats[i][0] == DW_LNCT_path && text.p)
			path = text;
		else if (formats[i][0] == DW_LNCT_directory_index)
			directory = number;
	}
	if (p->c.bad)
		return false;
	return directories ? vec_push(&p->directories, path) : add_file(p, path, directory);
}

static void new_entries(struct program *p, bool directories)
{
	unsigned n = dwarf_u8(&p->c);
	uint64_t formats[FORMATS_MAX][2], count;

	if (n > FORMATS_MAX) {
		dwarf_fail(&p->c);
		return;
	}
	for (unsigned i = 0; i < n; i++) {
		formats[i][0] = dwarf_uleb(&p->c);
		formats[i][1] = dwarf_uleb(&p->c);
	}
	count = dwarf_uleb(&p->c);
	if (!n || count > (uint64_t)(p->c.end - p->c.p))        /* each takes a byte at least */
		return;
	while (count--)
		if (!take_entry(p, formats, n, directories))
			return;
}

/* ---- header ---------------------------------------------------------------------------------- */

static bool read_header(struct program *p)
{
	struct dwarf_cursor *c = &p->c;
	uint64_t length;

	if (!dwarf_enter(c))
		return false;
	p->version = dwarf_u16(c);
	if (p->version < 2 || p->version > 5)
		return false;
	if (p->version >= 5) {
		c->address_size = dwarf_u8(c);
		dwarf_u8(c);
	}
	length = dwarf_offset(c);
	if (c->bad || length > (uint64_t)(c->end - c->p))
		return false;
	const uint8_t *program = c->p + length, *end = c->end;
	p->min_length = dwarf_u8(c);
	p->max_ops = p->version >= 4 ? dwarf_u8(c) : 1;
	p->default_statement = dwarf_u8(c) != 0;
	p->line_base = (int8_t)dwarf_u8(c);
	p->line_range = dwarf_u8(c);
	p->opcode_base = dwarf_u8(c);
	for (unsigned i = 1; i < p->opcode_base; i++)
		p->lengths[i] = dwarf_u8(c);
	if (c->bad || !p->line_range || (c->address_size != 4 && c->address_size != 8))
		return false;
	c->end = program;
	if (p->version >= 5) {
		new_entries(p, true);
		new_entries(p, false);
	} else {
		old_files(p);
	}
	c->p = program;
	c->end = end;
	c->bad = false;
	return true;
}

/* ---- the program ----------------------------------------------------------------------------- */

struct machine {
	uint64_t address, line, file, column;
	bool statement, prologue_end;
	size_t first;                   /* row of the sequence */
};

static void machine_reset(const struct program *p, struct machine *m)
{
	*m = (struct machine){ .line = 1, .file = 1, .statement = p->default_statement, .first = p->lines->rows.count };
}

static bool emit(struct program *p, struct machine *m, bool end)
{
	const struct dwarf_lines *l = p->lines;
	struct dwarf_row row = {
		.address = m->address < UINT32_MAX ? (uint32_t)m->address : UINT32_MAX,
		.line = m->line < UINT32_MAX ? (uint32_t)m->line : 0,
		.file = m->file < l->files.count ? l->files.data[m->file] : UINT32_MAX,
		.column = m->column < UINT16_MAX ? (uint16_t)m->column : 0,
		.statement = m->statement, .end = end, .prologue_end = m->prologue_end,
	};

	if (row.file == UINT32_MAX)
		row.line = 0;
	m->prologue_end = false;
	return vec_push(&p->lines->rows, row);
}

/* Sequences of dropped code go; so do those that run backwards. */
static void end_sequence(struct program *p, struct machine *m)
{
	struct dwarf_lines *l = p->lines;
	bool sound = l->rows.count > m->first && dwarf_is_code(p->d, l->rows.data[m->first].address);

	for (size_t i = m->first + 1; sound && i < l->rows.count; i++)
		sound = l->rows.data[i].address >= l->rows.data[i - 1].address && l->rows.data[i].address <= p->d->code_size;
	if (!sound)
		l->rows.count = m->first;
	machine_reset(p, m);
}

static void advance(const struct program *p, struct machine *m, uint64_t by)
{
	m->address += by * p->min_length;
}

static bool run_extended(struct program *p, struct machine *m)
{
	struct dwarf_cursor *c = &p->c;
	uint64_t n = dwarf_uleb(c);
	const uint8_t *next;

	if (c->bad || n > (uint64_t)(c->end - c->p))
		return false;
	next = c->p + n;
	switch (n ? dwarf_u8(c) : 0) {
	case DW_LNE_end_sequence:
		if (!emit(p, m, true))
			return false;
		end_sequence(p, m);
		break;
	case DW_LNE_set_address:
		m->address = dwarf_bytes(c, n - 1 < 8 ? (unsigned)n - 1 : 8);
		break;
	case DW_LNE_define_file: {
		struct str name = dwarf_string(c);
		add_file(p, name, dwarf_uleb(c));
		break;
	}
	default:
		break;
	}
	c->p = next;
	return !c->bad;
}

static bool run_standard(struct program *p, struct machine *m, unsigned op)
{
	struct dwarf_cursor *c = &p->c;

	switch (op) {
	case DW_LNS_extended:
		return run_extended(p, m);
	case DW_LNS_copy:
		return emit(p, m, false);
	case DW_LNS_advance_pc:
		advance(p, m, dwarf_uleb(c));
		return true;
	case DW_LNS_advance_line:
		m->line += (uint64_t)dwarf_sleb(c);
		return true;
	case DW_LNS_set_file:
		m->file = dwarf_uleb(c);
		return true;
	case DW_LNS_set_column:
		m->column = dwarf_uleb(c);
		return true;
	case DW_LNS_negate_stmt:
		m->statement = !m->statement;
		return true;
	case DW_LNS_const_add_pc:
		advance(p, m, (255 - p->opcode_base) / p->line_range);
		return true;
	case DW_LNS_fixed_advance_pc:
		m->address += dwarf_u16(c);
		return true;
	case DW_LNS_set_prologue_end:
		m->prologue_end = true;
		return true;
	default:
		for (unsigned i = 0; i < p->lengths[op]; i++)
			dwarf_uleb(c);
		return true;
	}
}

static bool run_special(struct program *p, struct machine *m, unsigned op)
{
	unsigned adjusted = op - p->opcode_base;

	advance(p, m, adjusted / p->line_range);
	m->line += (uint64_t)(int64_t)(p->line_base + (int)(adjusted % p->line_range));
	return emit(p, m, false);
}

static void run(struct program *p)
{
	struct machine m;
	bool ok = true;

	machine_reset(p, &m);
	while (ok && p->c.p < p->c.end) {
		unsigned op = dwarf_u8(&p->c);
		ok = (op >= p->opcode_base ? run_special(p, &m, op) : run_standard(p, &m, op)) && !p->c.bad;
	}
	if (!ok)
		dwarf_note(p->d, ".debug_line: the program at 0x%llx is damaged", (unsigned long long)p->u->line_offset);
	p->lines->rows.count = m.first;         /* a sequence without its end */
}

/* ---- by address ------------------------------------------------------------------------------ */

struct sequence {
	size_t first, count;
	uint32_t start;
};

static int by_start(const void *a, const void *b)
{
	const struct sequence *x = a, *y = b;

	if (x->start != y->start)
		return x->start < y->start ? -1 : 1;
	return x->first < y->first ? -1 : x->first > y->first;
}

static void sort_rows(struct dwarf_lines *l)
{
	VEC(struct sequence) all = { 0 };
	VEC(struct dwarf_row) sorted = { 0 };
	size_t first = 0;
	bool ok = vec_reserve(&sorted, l->rows.count), in_order = true;

	for (size_t i = 0; ok && i < l->rows.count; i++) {
		if (!l->rows.data[i].end)
			continue;
		struct sequence s = { first, i + 1 - first, l->rows.data[first].address };
		in_order &= !all.count || vec_last(&all).start <= s.start;
		ok = vec_push(&all, s);
		first = i + 1;
	}
	if (ok && !in_order) {
		qsort(all.data, all.count, sizeof *all.data, by_start);
		for (size_t i = 0; i < all.count; i++)
			for (size_t k = 0; k < all.data[i].count; k++)
				vec_push(&sorted, l->rows.data[all.data[i].first + k]);
		memcpy(l->rows.data, sorted.data, sorted.count * sizeof *sorted.data);
	}
	vec_free(&all);
	vec_free(&sorted);
}

/* ---- asking ---------------------------------------------------------------------------------- */

/* The files only, or the rows too. False: the unit has no line table, or a damaged one. */
bool dwarf_lines_read(struct dwarf *d, struct dwarf_unit *u, bool rows)
{
	struct program p = { .d = d, .u = u, .c = dwarf_section_at(d, SECTION_LINE, u->line_offset) };

	if (!u->has_lines)
		return false;
	if (u->rows_read || (u->files_read && !rows))
		return u->lines != NULL;
	if (!u->lines && !(u->lines = calloc(1, sizeof *u->lines)))
		return false;
	vec_clear(&u->lines->files);
	p.lines = u->lines;
	u->files_read = true;
	u->rows_read = rows;
	if (!read_header(&p))
		dwarf_note(d, ".debug_line: the header at 0x%llx is damaged", (unsigned long long)u->line_offset);
	else if (rows)
		run(&p);
	vec_free(&p.directories);
	sort_rows(u->lines);
	return true;
}

struct str dwarf_file(const struct dwarf *d, uint32_t file)
{
	return file < d->files.count ? d->files.data[file] : (struct str){ "", 0 };
}

static void know_files(struct dwarf *d)
{
	for (size_t i = 0; !d->files_known && i < d->units.count; i++)
		dwarf_lines_read(d, &d->units.data[i], false);
	d->files_known = true;
}

bool dwarf_file_is(const struct dwarf *d, uint32_t file, struct str name)
{
	struct str path = dwarf_file(d, file);

	while (name.n > 2 && name.p[0] == '.' && name.p[1] == '/')
		name = (struct str){ name.p + 2, name.n - 2 };
	if (!name.n || path.n < name.n || memcmp(path.p + path.n - name.n, name.p, name.n) != 0)
		return false;
	return path.n == name.n || path.p[path.n - name.n - 1] == '/';
}

bool dwarf_file_find(struct dwarf *d, struct str name, uint32_t *file)
{
	know_files(d);
	for (*file = 0; *file < d->files.count; ++*file)
		if (dwarf_file_is(d, *file, name))
			return true;
	return false;
}

/* The last row at or before ADDRESS; NULL: none covers it. */
static const struct dwarf_row *row_at(const struct dwarf_lines *l, uint64_t address)
{
	size_t low = 0, high = l->rows.count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (l->rows.data[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && !l->rows.data[low - 1].end ? &l->rows.data[low - 1] : NULL;
}

static struct dwarf_place place_of(const struct dwarf *d, const struct dwarf_row *row)
{
	const struct dwarf_row *next = row + 1;         /* there is one: sequences have an end */

	return (struct dwarf_place){ .file = row->file, .line = row->line, .column = row->column,
		.start = d->code + row->address, .end = d->code + next->address, .statement = row->statement };
}

bool dwarf_line_at(struct dwarf *d, uint32_t offset, struct dwarf_place *out)
{
	uint64_t address = (uint64_t)offset - d->code;
	struct dwarf_unit *u = offset >= d->code ? dwarf_unit_of_address(d, address) : NULL;
	const struct dwarf_row *row = u && dwarf_lines_read(d, u, true) ? row_at(u->lines, address) : NULL;

	if (!row || !row->line)
		return false;
	*out = place_of(d, row);
	return true;
}

/* ---- lines to code --------------------------------------------------------------------------- */

static bool names_file(const struct dwarf *d, const struct dwarf_unit *u, struct str name)
{
	for (size_t i = 0; i < u->lines->files.count; i++)
		if (dwarf_file_is(d, u->lines->files.data[i], name))
			return true;
	return false;
}

/* The least line from LINE on that has a statement in the files called NAME; 0: none. */
static uint32_t best_line(struct dwarf *d, struct str name, uint32_t line, bool *known)
{
	uint32_t best = 0;

	know_files(d);
	for (size_t i = 0; i < d->units.count; i++) {
		struct dwarf_unit *u = &d->units.data[i];
		if (!dwarf_lines_read(d, u, false) || !names_file(d, u, name))
			continue;
		*known = true;
		dwarf_lines_read(d, u, true);
		for (size_t k = 0; k < u->lines->rows.count; k++) {
			const struct dwarf_row *row = &u->lines->rows.data[k];
			if (row->statement && !row->end && row->line >= line && (!best || row->line < best) &&
					dwarf_file_is(d, row->file, name))
				best = row->line;
		}
	}
	return best;
}

typedef VEC(struct dwarf_stop) stops;

/* The first place of each function and inlined copy stays. */
static bool add_stop(stops *all, struct dwarf_stop s)
{
	for (size_t i = 0; i < all->count; i++) {
		struct dwarf_stop *known = &all->data[i];
		if (known->func != s.func || known->inlined != s.inlined)
			continue;
		if (s.offset < known->offset)
			*known = s;
		return true;
	}
	return vec_push(all, s);
}

/* What a row means for somebody who wants to stop there: behind the prologue when it is the function's first. */
static bool row_stop(struct dwarf *d, const struct dwarf_row *row, struct dwarf_stop *out)
{
	struct dwarf_call calls[DWARF_CALLS];
	uint32_t n;

	*out = (struct dwarf_stop){ .offset = d->code + row->address, .line = row->line, .column = row->column };
	if (!module_func_at(d->module, out->offset, &out->func))
		return false;
	n = dwarf_calls_at(d, out->offset, calls);
	out->inlined = n && calls[0].inlined ? calls[0].entry : 0;
	if (out->offset <= d->module->funcs[out->func].body)
		dwarf_prologue_end(d, out->func, &out->offset);
	return true;
}

bool dwarf_line_find(struct dwarf *d, struct str name, uint32_t line, uint32_t column, struct dwarf_stop **out,
	uint32_t *n, bool *known)
{
	uint32_t best;
	struct dwarf_stop s;
	stops all = { 0 };

	*known = false;
	best = best_line(d, name, line, known);
	for (size_t i = 0; best && i < d->units.count; i++) {
		const struct dwarf_lines *l = d->units.data[i].rows_read ? d->units.data[i].lines : NULL;
		for (size_t k = 0; l && k < l->rows.count; k++) {
			const struct dwarf_row *row = &l->rows.data[k];
			if (row->line != best || !row->statement || row->end || (best == line && row->column < column) ||
					!dwarf_file_is(d, row->file, name))
				continue;
			if (row_stop(d, row, &s) && !add_stop(&all, s))
				break;
		}
	}
	*out = all.data;
	*n = (uint32_t)all.count;
	return all.count > 0;
}

/* The rows of function FUNC, from the first to the end of its sequence. */
static bool rows_of_func(struct dwarf *d, uint32_t func, const struct dwarf_row **first, const struct dwarf_row **end)
{
	const struct func_decl *f = &d->module->funcs[func];
	uint32_t low = f->body - d->code, high = low + f->body_size;
	struct dwarf_unit *u = f->import < 0 ? dwarf_unit_of_address(d, low) : NULL;
	size_t from = 0, to;

	if (!u || !dwarf_lines_read(d, u, true) || !u->lines->rows.count)
		return false;
	while (from < u->lines->rows.count && u->lines->rows.data[from].address < low)
		from++;
	for (to = from; to < u->lines->rows.count && u->lines->rows.data[to].address < high && !u->lines->rows.data[to].end;)
		to++;
	*first = u->lines->rows.data + from;
	*end = u->lines->rows.data + to;
	return to > from;
}

bool dwarf_line_rows(struct dwarf *d, uint32_t func, struct dwarf_place **out, uint32_t *n)
{
	const struct dwarf_row *row, *end;
	VEC(struct dwarf_place) all = { 0 };

	if (!rows_of_func(d, func, &row, &end))
		return false;
	for (; row < end; row++)
		if (row->line && !vec_push(&all, place_of(d, row)))
			break;
	*out = all.data;
	*n = (uint32_t)all.count;
	return all.count > 0;
}

/* The row that the compiler marked, else where the second line begins, as compilers without marks have it. */
bool dwarf_prologue_end(struct dwarf *d, uint32_t func, uint32_t *offset)
{
	const struct dwarf_row *first, *row, *end;

	if (!rows_of_func(d, func, &first, &end))
		return false;
	for (row = first; row < end; row++)
		if (row->prologue_end)
			break;
	for (const struct dwarf_row *r = first; row == end && r < end; r++)
		if (r->line && r->line != first->line && r->address > first->address)
			row = r;
	if (row == end)
		row = first;
	*offset = d->code + row->address;
	return true;
}
