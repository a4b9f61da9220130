/* The root of a module's debugging information: sections, heads of units, which unit an address belongs to. */
#include "debugger/dwarf.h"

#include <stdarg.h>
#include <stdio.h>

#include "debugger/dwarf_unit.h"
#include "engine/base/buf.h"
#include "engine/module.h"

enum { SECTION_CODE_ID = 10 };

/* ---- problems -------------------------------------------------------------------------------- */

bool dwarf_note(struct dwarf *d, const char *fmt, ...)
{
	va_list ap;

	if (d->problem[0])
		return false;
	va_start(ap, fmt);
	vsnprintf(d->problem, sizeof d->problem, fmt, ap);
	va_end(ap);
	return false;
}

const char *dwarf_problem(const struct dwarf *d)
{
	return d->problem;
}

const struct module *dwarf_module(const struct dwarf *d)
{
	return d->module;
}

/* ---- sections -------------------------------------------------------------------------------- */

struct dwarf_cursor dwarf_section_at(const struct dwarf *d, enum dwarf_section s, uint64_t offset)
{
	const uint8_t *p = d->sections[s].p;
	size_t n = d->sections[s].n;

	return (struct dwarf_cursor){ .p = offset < n ? p + offset : p + n, .end = p + n, .bad = offset > n,
		.address_size = 4 };
}

struct dwarf_cursor dwarf_unit_cursor(const struct dwarf *d, const struct dwarf_unit *u, enum dwarf_section s,
	uint64_t offset)
{
	struct dwarf_cursor c = dwarf_section_at(d, s, offset);

	c.wide = u->wide;
	c.address_size = u->address_size;
	if (s == SECTION_INFO && offset <= u->end)
		c.end = d->sections[s].p + u->end;
	return c;
}

static void find_sections(struct dwarf *d)
{
	static const char *const names[SECTION_COUNT] = {
		".debug_info", ".debug_abbrev", ".debug_line", ".debug_str", ".debug_line_str", ".debug_str_offsets",
		".debug_addr", ".debug_ranges", ".debug_rnglists", ".debug_loc", ".debug_loclists",
	};
	const struct module *m = d->module;

	for (int s = 0; s < SECTION_COUNT; s++) {
		d->sections[s].p = (const uint8_t *)"";
		for (uint32_t i = 0; i < m->ncustoms; i++)
			if (str_is(m->customs[i].name, names[s])) {
				d->sections[s].p = m->bytes + m->customs[i].start;
				d->sections[s].n = m->customs[i].size;
			}
	}
	for (uint32_t i = 0; i < m->nsections; i++)
		if (m->sections[i].id == SECTION_CODE_ID) {
			d->code = m->sections[i].start;
			d->code_size = m->sections[i].size;
		}
}

/* ---- abbreviations --------------------------------------------------------------------------- */

static bool skip_specs(struct dwarf_cursor *c)
{
	uint64_t name, form;

	do {
		name = dwarf_uleb(c);
		form = dwarf_uleb(c);
		if (form == DW_FORM_implicit_const)
			dwarf_sleb(c);
	} while (!c->bad && (name || form));
	return !c->bad;
}

/* The table at OFFSET; units often share one. */
static const struct dwarf_abbrevs *abbrevs_at(struct dwarf *d, uint64_t offset)
{
	struct dwarf_cursor c = dwarf_section_at(d, SECTION_ABBREV, offset);
	struct dwarf_abbrevs *a;

	for (size_t i = d->abbrevs.count; i-- > 0;)
		if (d->abbrevs.data[i]->offset == offset)
			return d->abbrevs.data[i];
	a = calloc(1, sizeof *a);
	if (!a || !vec_push(&d->abbrevs, a)) {
		free(a);
		return NULL;
	}
	a->offset = offset;
	for (;;) {
		struct dwarf_abbrev one = { .code = dwarf_uleb(&c) };
		if (c.bad || !one.code)
			break;
		one.tag = dwarf_uleb(&c);
		one.children = dwarf_u8(&c) != 0;
		one.specs = c.p;
		if (!skip_specs(&c) || !vec_push(&a->list, one))
			break;
	}
	if (c.bad)
		dwarf_note(d, ".debug_abbrev ends within the table at 0x%llx", (unsigned long long)offset);
	return a;
}

/* ---- units ----------------------------------------------------------------------------------- */

/* The header at C; false: nothing of it can be used, but the cursor is behind it when END is set. */
static bool read_header(struct dwarf *d, struct dwarf_cursor *c, struct dwarf_unit *u, uint32_t *end)
{
	const uint8_t *section = d->sections[SECTION_INFO].p;
	unsigned type = DW_UT_compile;
	uint64_t abbrevs;

	*u = (struct dwarf_unit){ .start = (uint32_t)(c->p - section) };
	*end = 0;
	if (!dwarf_enter(c))
		return dwarf_note(d, ".debug_info: the unit at 0x%x is longer than the section", u->start);
	*end = u->end = (uint32_t)(c->end - section);
	u->wide = c->wide;
	u->version = dwarf_u16(c);
	if (u->version < 2 || u->version > 5)
		return dwarf_note(d, ".debug_info: the unit at 0x%x is of version %u", u->start, u->version);
	if (u->version >= 5) {
		type = dwarf_u8(c);
		u->address_size = dwarf_u8(c);
		abbrevs = dwarf_offset(c);
	} else {
		abbrevs = dwarf_offset(c);
		u->address_size = dwarf_u8(c);
	}
	u->entries = (uint32_t)(c->p - section);
	if (type != DW_UT_compile && type != DW_UT_partial)
		return false;           /* types and skeletons of split units */
	if (c->bad || (u->address_size != 4 && u->address_size != 8))
		return dwarf_note(d, ".debug_info: the unit at 0x%x has a bad header", u->start);
	u->abbrevs = abbrevs_at(d, abbrevs);
	return u->abbrevs != NULL;
}

/* Where version 5 puts them when the unit does not say: behind the header of the contribution. */
static uint64_t base_of(const struct dwarf *d, const struct dwarf_die *root, enum dwarf_attribute name, unsigned head)
{
	struct dwarf_attr at;

	if (dwarf_die_attr(d, root, name, &at) && (at.class == CLASS_OFFSET || at.class == CLASS_CONSTANT))
		return at.u;
	return root->unit->version >= 5 ? head : 0;
}

static struct str root_string(const struct dwarf *d, const struct dwarf_die *root, enum dwarf_attribute name)
{
	struct dwarf_attr at;

	return dwarf_die_attr(d, root, name, &at) && at.class == CLASS_STRING ? at.string : (struct str){ "", 0 };
}

static void read_root(struct dwarf *d, struct dwarf_unit *u, const struct dwarf_die *root)
{
	unsigned more = u->wide ? 8 : 0;
	struct dwarf_spans spans = { 0 };
	struct dwarf_attr at;

	u->str_offsets_base = base_of(d, root, DW_AT_str_offsets_base, 8 + more);
	u->addr_base = base_of(d, root, DW_AT_addr_base, 8 + more);
	u->rnglists_base = base_of(d, root, DW_AT_rnglists_base, 12 + more);
	u->loclists_base = base_of(d, root, DW_AT_loclists_base, 12 + more);
	u->name = root_string(d, root, DW_AT_name);
	u->directory = root_string(d, root, DW_AT_comp_dir);
	u->producer = root_string(d, root, DW_AT_producer);
	dwarf_die_number(d, root, DW_AT_language, &u->language);
	if (dwarf_die_attr(d, root, DW_AT_low_pc, &at) && at.class == CLASS_ADDRESS)
		u->low = at.u;
	u->has_lines = dwarf_die_attr(d, root, DW_AT_stmt_list, &at) &&
		(at.class == CLASS_OFFSET || at.class == CLASS_CONSTANT);
	u->line_offset = at.u;
	dwarf_die_spans(d, root, &spans);
	for (size_t i = 0; i < spans.count; i++)
		vec_push(&u->spans, spans.data[i]);
	free(spans.data);
}

static int by_low(const void *a, const void *b)
{
	const struct dwarf_unit_span *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

static void read_units(struct dwarf *d)
{
	struct dwarf_cursor c = dwarf_section_at(d, SECTION_INFO, 0);
	const uint8_t *end = c.end;
	struct dwarf_unit u;
	struct dwarf_die root;
	uint32_t unit_end;

	while (c.p < end) {
		c.end = end;
		if (read_header(d, &c, &u, &unit_end) && !vec_push(&d->units, u))
			break;
		if (!unit_end)
			break;
		c.p = d->sections[SECTION_INFO].p + unit_end;
		c.bad = false;
	}
	for (uint32_t i = 0; i < d->units.count; i++) {
		struct dwarf_unit *one = &d->units.data[i];
		if (!dwarf_die_at(d, one->entries, &root) || !root.tag) {
			dwarf_note(d, ".debug_info: the unit at 0x%x has no first entry", one->start);
			continue;
		}
		read_root(d, one, &root);
		for (size_t k = 0; k < one->spans.count; k++) {
			struct dwarf_unit_span s = { (uint32_t)one->spans.data[k].low, (uint32_t)one->spans.data[k].high, i };
			vec_push(&d->spans, s);
		}
	}
	if (d->spans.count)
		qsort(d->spans.data, d->spans.count, sizeof *d->spans.data, by_low);
}

struct dwarf_unit *dwarf_unit_of_entry(const struct dwarf *d, uint64_t entry)
{
	size_t low = 0, high = d->units.count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (d->units.data[mid].end <= entry)
			low = mid + 1;
		else
			high = mid;
	}
	return low < d->units.count && entry >= d->units.data[low].start ? &d->units.data[low] : NULL;
}

struct dwarf_unit *dwarf_unit_of_address(const struct dwarf *d, uint64_t address)
{
	size_t low = 0, high = d->spans.count;

	while (low < high) {
		size_t mid = (low + high) / 2;
		if (d->spans.data[mid].low <= address)
			low = mid + 1;
		else
			high = mid;
	}
	/* spans of sound units do not overlap; of others the nearest few are looked at */
	for (size_t i = low, tries = 0; i-- > 0 && tries < 8; tries++)
		if (address < d->spans.data[i].high)
			return &d->units.data[d->spans.data[i].unit];
	return NULL;
}

/* ---- life ------------------------------------------------------------------------------------ */

static void unit_free(struct dwarf_unit *u)
{
	if (u->lines) {
		vec_free(&u->lines->files);
		vec_free(&u->lines->rows);
		free(u->lines);
	}
	vec_free(&u->spans);
	vec_free(&u->funcs);
	vec_free(&u->scopes);
	vec_free(&u->globals);
}

static void dwarf_free(struct dwarf *d)
{
	for (size_t i = 0; i < d->abbrevs.count; i++) {
		vec_free(&d->abbrevs.data[i]->list);
		free(d->abbrevs.data[i]);
	}
	for (size_t i = 0; i < d->units.count; i++)
		unit_free(&d->units.data[i]);
	vec_free(&d->abbrevs);
	vec_free(&d->units);
	vec_free(&d->spans);
	vec_free(&d->files);
	map_free(&d->file_numbers);
	map_free(&d->globals);
	map_free(&d->funcs);
	arena_free(&d->arena);
	free(d);
}

static bool has_info(const struct module *m)
{
	for (uint32_t i = 0; i < m->ncustoms; i++)
		if (str_is(m->customs[i].name, ".debug_info"))
			return true;
	return false;
}

struct dwarf *dwarf_of(const struct module *m)
{
	struct module *owner = (struct module *)(uintptr_t)m;
	struct dwarf *d;

	if (m->dwarf || !has_info(m))
		return m->dwarf;
	d = calloc(1, sizeof *d);
	if (!d)
		return NULL;
	d->module = m;
	find_sections(d);
	read_units(d);
	owner->dwarf = d;
	owner->free_dwarf = dwarf_free;
	return d;
}

/* ---- about units ----------------------------------------------------------------------------- */

static const char *language_name(uint64_t language)
{
	static const struct { uint64_t number; const char *name; } known[] = {
		{ 0x01, "C" }, { 0x02, "C" }, { 0x04, "C++" }, { 0x08, "Fortran" }, { 0x0c, "C" }, { 0x0d, "Ada" },
		{ 0x10, "Objective-C" }, { 0x13, "D" }, { 0x16, "Go" }, { 0x1a, "C++" }, { 0x1c, "Rust" }, { 0x1d, "C" },
		{ 0x1e, "Swift" }, { 0x21, "C++" }, { 0x27, "Zig" }, { 0x2b, "C++" }, { 0x2c, "C" }, { 0x8001, "assembler" },
	};

	for (size_t i = 0; i < sizeof known / sizeof *known; i++)
		if (known[i].number == language)
			return known[i].name;
	return "unknown";
}

bool dwarf_unit_at(struct dwarf *d, uint32_t offset, struct dwarf_unit_info *out)
{
	const struct dwarf_unit *u = dwarf_unit_of_address(d, (uint64_t)offset - d->code);

	if (!u)
		return false;
	*out = (struct dwarf_unit_info){ u->name, u->directory, u->producer, language_name(u->language), u->version };
	return true;
}
