/* Entries (DIEs): their shapes from .debug_abbrev, their attributes in every form; see dwarf_unit.h. */
#include "debugger/dwarf_unit.h"

enum { ORIGINS_MAX = 8, DEPTH_MAX = 512 };

/* ---- values ---------------------------------------------------------------------------------- */

static bool string_at(const struct dwarf *d, enum dwarf_section s, uint64_t offset, struct str *out)
{
	struct dwarf_cursor c = dwarf_section_at(d, s, offset);

	*out = dwarf_string(&c);
	return !c.bad;
}

static bool indexed_string(const struct dwarf *d, const struct dwarf_unit *u, uint64_t index, struct str *out)
{
	unsigned size = u->wide ? 8 : 4;
	struct dwarf_cursor c = dwarf_unit_cursor(d, u, SECTION_STR_OFFSETS, u->str_offsets_base);

	*out = (struct str){ "", 0 };
	if (index > UINT32_MAX)
		return false;
	dwarf_skip(&c, index * size);
	uint64_t offset = dwarf_offset(&c);
	return !c.bad && string_at(d, SECTION_STR, offset, out);
}

bool dwarf_indexed_address(const struct dwarf *d, const struct dwarf_unit *u, uint64_t index, uint64_t *out)
{
	struct dwarf_cursor c = dwarf_unit_cursor(d, u, SECTION_ADDR, u->addr_base);

	if (index > UINT32_MAX)
		return false;
	dwarf_skip(&c, index * u->address_size);
	*out = dwarf_address(&c);
	return !c.bad;
}

static void read_block(struct dwarf_cursor *c, uint64_t n, struct dwarf_attr *out)
{
	out->class = CLASS_BLOCK;
	out->block = c->p;
	out->u = n;
	dwarf_skip(c, n);
}

static void read_indexed_string(const struct dwarf *d, const struct dwarf_unit *u, uint64_t index, struct dwarf_attr *out)
{
	out->class = indexed_string(d, u, index, &out->string) ? CLASS_STRING : CLASS_NONE;
}

static void read_indexed_address(const struct dwarf *d, const struct dwarf_unit *u, uint64_t index,
	struct dwarf_attr *out)
{
	out->class = dwarf_indexed_address(d, u, index, &out->u) ? CLASS_ADDRESS : CLASS_NONE;
}

static void read_number(struct dwarf_attr *out, enum dwarf_class class, uint64_t u)
{
	out->class = class;
	out->u = u;
}

static void read_string(const struct dwarf *d, enum dwarf_section s, uint64_t offset, struct dwarf_attr *out)
{
	out->class = string_at(d, s, offset, &out->string) ? CLASS_STRING : CLASS_NONE;
}

/* The value of one attribute, moving the cursor behind it. An unknown form ends the cursor: nothing after it is known. */
static void read_value(const struct dwarf *d, const struct dwarf_unit *u, uint64_t form, int64_t implicit,
	struct dwarf_cursor *c, struct dwarf_attr *out)
{
	*out = (struct dwarf_attr){ 0 };
	if (form == DW_FORM_indirect)
		form = dwarf_uleb(c);
	switch (form) {
	case DW_FORM_addr:
		read_number(out, CLASS_ADDRESS, dwarf_address(c));
		return;
	case DW_FORM_addrx:
		read_indexed_address(d, u, dwarf_uleb(c), out);
		return;
	case DW_FORM_addrx1:
	case DW_FORM_addrx2:
	case DW_FORM_addrx3:
	case DW_FORM_addrx4:
		read_indexed_address(d, u, dwarf_bytes(c, (unsigned)(form - DW_FORM_addrx1 + 1)), out);
		return;
	case DW_FORM_block1:
		read_block(c, dwarf_u8(c), out);
		return;
	case DW_FORM_block2:
		read_block(c, dwarf_u16(c), out);
		return;
	case DW_FORM_block4:
		read_block(c, dwarf_bytes(c, 4), out);
		return;
	case DW_FORM_block:
	case DW_FORM_exprloc:
		read_block(c, dwarf_uleb(c), out);
		return;
	case DW_FORM_data16:
		read_block(c, 16, out);
		return;
	case DW_FORM_data1:
		read_number(out, CLASS_CONSTANT, dwarf_u8(c));
		return;
	case DW_FORM_data2:
		read_number(out, CLASS_CONSTANT, dwarf_u16(c));
		return;
	case DW_FORM_data4:     /* before DWARF 4, also an offset: whoever wants one takes a constant */
		read_number(out, CLASS_CONSTANT, dwarf_bytes(c, 4));
		return;
	case DW_FORM_data8:
		read_number(out, CLASS_CONSTANT, dwarf_bytes(c, 8));
		return;
	case DW_FORM_udata:
		read_number(out, CLASS_CONSTANT, dwarf_uleb(c));
		return;
	case DW_FORM_sdata:
		read_number(out, CLASS_SIGNED, (uint64_t)dwarf_sleb(c));
		return;
	case DW_FORM_implicit_const:
		read_number(out, CLASS_SIGNED, (uint64_t)implicit);
		return;
	case DW_FORM_string:
		out->string = dwarf_string(c);
		out->class = c->bad ? CLASS_NONE : CLASS_STRING;
		return;
	case DW_FORM_strp:
		read_string(d, SECTION_STR, dwarf_offset(c), out);
		return;
	case DW_FORM_line_strp:
		read_string(d, SECTION_LINE_STR, dwarf_offset(c), out);
		return;
	case DW_FORM_strx:
		read_indexed_string(d, u, dwarf_uleb(c), out);
		return;
	case DW_FORM_strx1:
	case DW_FORM_strx2:
	case DW_FORM_strx3:
	case DW_FORM_strx4:
		read_indexed_string(d, u, dwarf_bytes(c, (unsigned)(form - DW_FORM_strx1 + 1)), out);
		return;
	case DW_FORM_flag:
		read_number(out, CLASS_FLAG, dwarf_u8(c));
		return;
	case DW_FORM_flag_present:
		read_number(out, CLASS_FLAG, 1);
		return;
	case DW_FORM_ref1:
	case DW_FORM_ref2:
	case DW_FORM_ref4:
	case DW_FORM_ref8:
		read_number(out, CLASS_REFERENCE, u->start + dwarf_bytes(c, 1u << (form - DW_FORM_ref1)));
		return;
	case DW_FORM_ref_udata:
		read_number(out, CLASS_REFERENCE, u->start + dwarf_uleb(c));
		return;
	case DW_FORM_ref_addr:
		read_number(out, CLASS_REFERENCE, u->version < 3 ? dwarf_address(c) : dwarf_offset(c));
		return;
	case DW_FORM_sec_offset:
		read_number(out, CLASS_OFFSET, dwarf_offset(c));
		return;
	case DW_FORM_loclistx:
	case DW_FORM_rnglistx:
		read_number(out, CLASS_LIST_INDEX, dwarf_uleb(c));
		return;
	case DW_FORM_ref_sig8:          /* type units and supplementary files are not read: no value */
	case DW_FORM_ref_sup8:
		dwarf_skip(c, 8);
		return;
	case DW_FORM_ref_sup4:
		dwarf_skip(c, 4);
		return;
	case DW_FORM_strp_sup:
		dwarf_offset(c);
		return;
	default:
		dwarf_fail(c);
	}
}

/* ---- entries --------------------------------------------------------------------------------- */

static const struct dwarf_abbrev *abbrev_find(const struct dwarf_abbrevs *a, uint64_t code)
{
	if (code - 1 < a->list.count && a->list.data[code - 1].code == code)
		return &a->list.data[code - 1];         /* compilers number them from 1 */
	for (size_t i = 0; i < a->list.count; i++)
		if (a->list.data[i].code == code)
			return &a->list.data[i];
	return NULL;
}

bool dwarf_die_at(const struct dwarf *d, uint64_t entry, struct dwarf_die *out)
{
	const struct dwarf_unit *u = dwarf_unit_of_entry(d, entry);

	if (!u || entry < u->entries)
		return false;
	struct dwarf_cursor c = dwarf_unit_cursor(d, u, SECTION_INFO, entry);
	uint64_t code = dwarf_uleb(&c);
	*out = (struct dwarf_die){ .unit = u, .entry = (uint32_t)entry, .values = c.p };
	if (c.bad)
		return false;
	if (!code)
		return true;
	out->abbrev = abbrev_find(u->abbrevs, code);
	out->tag = out->abbrev ? out->abbrev->tag : 0;
	return out->abbrev && out->tag;
}

/* The specs that follow in .debug_abbrev; false at their end. */
static bool next_spec(struct dwarf_cursor *specs, uint64_t *name, uint64_t *form, int64_t *implicit)
{
	*name = dwarf_uleb(specs);
	*form = dwarf_uleb(specs);
	*implicit = *form == DW_FORM_implicit_const ? dwarf_sleb(specs) : 0;
	return !specs->bad && (*name || *form);
}

static struct dwarf_cursor specs_of(const struct dwarf *d, const struct dwarf_die *die)
{
	return (struct dwarf_cursor){ .p = die->abbrev->specs,
		.end = d->sections[SECTION_ABBREV].p + d->sections[SECTION_ABBREV].n };
}

static struct dwarf_cursor values_of(const struct dwarf *d, const struct dwarf_die *die)
{
	return dwarf_unit_cursor(d, die->unit, SECTION_INFO, (uint64_t)(die->values - d->sections[SECTION_INFO].p));
}

bool dwarf_die_attr(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, struct dwarf_attr *out)
{
	uint64_t attr, form;
	int64_t implicit;

	*out = (struct dwarf_attr){ 0 };
	if (!die->abbrev)
		return false;
	struct dwarf_cursor specs = specs_of(d, die), c = values_of(d, die);
	while (next_spec(&specs, &attr, &form, &implicit)) {
		read_value(d, die->unit, form, implicit, &c, out);
		if (c.bad)
			return false;
		if (attr == (uint64_t)name)
			return out->class != CLASS_NONE;
	}
	return false;
}

bool dwarf_die_ref(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, struct dwarf_die *out)
{
	struct dwarf_attr at;

	return dwarf_die_attr(d, die, name, &at) && at.class == CLASS_REFERENCE && dwarf_die_at(d, at.u, out) && out->tag;
}

bool dwarf_die_attr_far(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name,
	struct dwarf_attr *out)
{
	struct dwarf_die at = *die, next;

	for (int i = 0; i < ORIGINS_MAX; i++, at = next) {
		if (dwarf_die_attr(d, &at, name, out))
			return true;
		if (!dwarf_die_ref(d, &at, DW_AT_abstract_origin, &next) && !dwarf_die_ref(d, &at, DW_AT_specification, &next))
			return false;
	}
	return false;
}

bool dwarf_die_number(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name, uint64_t *out)
{
	struct dwarf_attr at;

	if (!dwarf_die_attr_far(d, die, name, &at) || (at.class != CLASS_CONSTANT && at.class != CLASS_SIGNED))
		return false;
	*out = at.u;
	return true;
}

struct str dwarf_die_name(const struct dwarf *d, const struct dwarf_die *die)
{
	struct dwarf_attr at;

	return dwarf_die_attr_far(d, die, DW_AT_name, &at) && at.class == CLASS_STRING ? at.string : (struct str){ "", 0 };
}

bool dwarf_die_flag(const struct dwarf *d, const struct dwarf_die *die, enum dwarf_attribute name)
{
	struct dwarf_attr at;

	return dwarf_die_attr(d, die, name, &at) && at.u != 0;
}

/* Where the entry behind this one begins; 0: unknown. */
static uint64_t entry_after(const struct dwarf *d, const struct dwarf_die *die)
{
	struct dwarf_cursor c = values_of(d, die);
	struct dwarf_attr ignored;
	uint64_t attr, form;
	int64_t implicit;

	if (die->abbrev) {
		struct dwarf_cursor specs = specs_of(d, die);
		while (next_spec(&specs, &attr, &form, &implicit))
			read_value(d, die->unit, form, implicit, &c, &ignored);
	}
	return c.bad ? 0 : (uint64_t)(c.p - d->sections[SECTION_INFO].p);
}

bool dwarf_die_after(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_die *out)
{
	uint64_t at = entry_after(d, die);

	return at && at < die->unit->end && dwarf_die_at(d, at, out);
}

bool dwarf_die_child(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_die *out)
{
	return die->abbrev && die->abbrev->children && dwarf_die_after(d, die, out) && out->tag;
}

bool dwarf_die_next(const struct dwarf *d, struct dwarf_die *die)
{
	struct dwarf_die at = *die;
	unsigned depth = 0;

	do {
		depth += at.tag && at.abbrev->children;
		if (depth > DEPTH_MAX || !dwarf_die_after(d, &at, &at))
			return false;
		if (depth && !at.tag) {
			/* the end of a list: what follows belongs one level further out */
			while (depth && !at.tag) {
				depth--;
				if (!dwarf_die_after(d, &at, &at))
					return false;
			}
		}
	} while (depth);
	*die = at;
	return at.tag != 0;
}
