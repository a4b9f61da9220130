/* Address ranges and location lists, in the forms of DWARF 4 (.debug_ranges, .debug_loc) and 5. */
#include "debugger/dwarf_unit.h"

/* One entry of a list: a span and, in location lists, an expression. */
struct list_entry {
	struct dwarf_span span;
	struct str expr;
	bool everywhere;                /* the default location */
};

struct list {
	const struct dwarf *d;
	const struct dwarf_unit *u;
	struct dwarf_cursor c;
	uint64_t base;
	bool locations;                 /* entries carry expressions */
	bool new;                       /* DWARF 5 */
};

/* ---- lists ----------------------------------------------------------------------------------- */

static void take_expr(struct list *l, struct list_entry *out)
{
	uint64_t n = l->new ? dwarf_uleb(&l->c) : dwarf_u16(&l->c);

	out->expr.p = (const char *)l->c.p;
	out->expr.n = n;
	dwarf_skip(&l->c, n);
}

/* A pair of addresses; the greatest address as the first one sets the base. */
static bool next_old(struct list *l, struct list_entry *out)
{
	uint64_t top = l->u->address_size == 8 ? UINT64_MAX : UINT32_MAX;

	for (;;) {
		uint64_t low = dwarf_address(&l->c), high = dwarf_address(&l->c);
		if (l->c.bad || (!low && !high))
			return false;
		if (low == top) {
			l->base = high;
			continue;
		}
		out->span = (struct dwarf_span){ l->base + low, l->base + high };
		if (low >= top - 1)             /* dropped by the linker */
			out->span = (struct dwarf_span){ 0, 0 };
		if (l->locations)
			take_expr(l, out);
		return !l->c.bad;
	}
}

static uint64_t indexed(struct list *l)
{
	uint64_t address;

	return dwarf_indexed_address(l->d, l->u, dwarf_uleb(&l->c), &address) ? address : 0;
}

/* The kinds of range lists have other numbers than those of location lists: both are read as the latter. */
static unsigned kind_of(const struct list *l, unsigned kind)
{
	return l->locations || kind < DW_RLE_base_address ? kind : kind + (DW_LLE_base_address - DW_RLE_base_address);
}

static bool next_new(struct list *l, struct list_entry *out)
{
	for (;;) {
		switch (kind_of(l, dwarf_u8(&l->c))) {
		case DW_LLE_base_addressx:
			l->base = indexed(l);
			continue;
		case DW_LLE_base_address:
			l->base = dwarf_address(&l->c);
			continue;
		case DW_LLE_startx_endx:
			out->span.low = indexed(l);
			out->span.high = indexed(l);
			break;
		case DW_LLE_startx_length:
			out->span.low = indexed(l);
			out->span.high = out->span.low + dwarf_uleb(&l->c);
			break;
		case DW_LLE_offset_pair:
			out->span.low = l->base + dwarf_uleb(&l->c);
			out->span.high = l->base + dwarf_uleb(&l->c);
			break;
		case DW_LLE_start_end:
			out->span.low = dwarf_address(&l->c);
			out->span.high = dwarf_address(&l->c);
			break;
		case DW_LLE_start_length:
			out->span.low = dwarf_address(&l->c);
			out->span.high = out->span.low + dwarf_uleb(&l->c);
			break;
		case DW_LLE_default_location:
			out->everywhere = true;
			break;
		default:
			return false;
		}
		if (l->c.bad)
			return false;
		if (l->locations)
			take_expr(l, out);
		return !l->c.bad;
	}
}

static bool list_next(struct list *l, struct list_entry *out)
{
	*out = (struct list_entry){ 0 };
	return l->new ? next_new(l, out) : next_old(l, out);
}

/* Where a list begins: an offset, or an index in the table of offsets at the unit's base. */
static bool list_begin(struct list *l, const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_attr *at,
	bool locations)
{
	bool new = u->version >= 5;
	enum dwarf_section s = locations ? (new ? SECTION_LOCLISTS : SECTION_LOC) : new ? SECTION_RNGLISTS : SECTION_RANGES;
	uint64_t base = locations ? u->loclists_base : u->rnglists_base, offset = at->u;

	if (at->class == CLASS_LIST_INDEX) {
		struct dwarf_cursor c = dwarf_unit_cursor(d, u, s, base);
		if (at->u > UINT32_MAX)
			return false;
		dwarf_skip(&c, at->u * (u->wide ? 8 : 4));
		offset = base + dwarf_offset(&c);
		if (c.bad)
			return false;
	} else if (at->class != CLASS_OFFSET && at->class != CLASS_CONSTANT) {
		return false;
	}
	*l = (struct list){ d, u, dwarf_unit_cursor(d, u, s, offset), u->low, locations, new };
	return !l->c.bad;
}

/* ---- ranges ---------------------------------------------------------------------------------- */

/* Only what is in the code: what linkers dropped is left out. */
static void add_span(const struct dwarf *d, uint64_t low, uint64_t high, struct dwarf_spans *out)
{
	struct dwarf_span s = { low, high < d->code_size ? high : d->code_size };

	if (dwarf_is_code(d, low) && low < high)
		vec_push(out, s);
}

static bool low_high(const struct dwarf *d, const struct dwarf_die *die, uint64_t *low, uint64_t *high)
{
	struct dwarf_attr a, b;

	if (!dwarf_die_attr(d, die, DW_AT_low_pc, &a) || a.class != CLASS_ADDRESS ||
			!dwarf_die_attr(d, die, DW_AT_high_pc, &b))
		return false;
	*low = a.u;
	*high = b.class == CLASS_ADDRESS ? b.u : a.u + b.u;
	return true;
}

void dwarf_die_spans(const struct dwarf *d, const struct dwarf_die *die, struct dwarf_spans *out)
{
	struct list_entry one;
	struct dwarf_attr at;
	uint64_t low, high;
	struct list l;

	if (low_high(d, die, &low, &high)) {
		add_span(d, low, high, out);
	} else if (dwarf_die_attr(d, die, DW_AT_ranges, &at) && list_begin(&l, d, die->unit, &at, false)) {
		while (list_next(&l, &one))
			add_span(d, one.span.low, one.span.high, out);
	}
}

bool dwarf_die_covers(const struct dwarf *d, const struct dwarf_die *die, uint64_t address)
{
	struct list_entry one;
	struct dwarf_attr at;
	uint64_t low, high;
	struct list l;

	if (low_high(d, die, &low, &high))
		return dwarf_is_code(d, low) && address >= low && address < high;
	if (!dwarf_die_attr(d, die, DW_AT_ranges, &at) || !list_begin(&l, d, die->unit, &at, false))
		return false;
	while (list_next(&l, &one))
		if (dwarf_is_code(d, one.span.low) && address >= one.span.low && address < one.span.high)
			return true;
	return false;
}

/* ---- locations ------------------------------------------------------------------------------- */

bool dwarf_location_at(const struct dwarf *d, const struct dwarf_unit *u, const struct dwarf_attr *at, uint64_t address,
	struct str *expr)
{
	struct list_entry one;
	struct str otherwise = { NULL, 0 };
	struct list l;

	if (at->class == CLASS_BLOCK) {
		*expr = (struct str){ (const char *)at->block, at->u };
		return true;
	}
	if (!list_begin(&l, d, u, at, true))
		return false;
	while (list_next(&l, &one)) {
		if (one.everywhere)
			otherwise = one.expr;
		if (one.everywhere || address < one.span.low || address >= one.span.high)
			continue;
		*expr = one.expr;
		return true;
	}
	*expr = otherwise;
	return otherwise.p != NULL;
}
