/*
 * Functions. Of a unit that somebody asks about, all entries are read once: where each function's code is, which entries
 * others are named within, which variables live outside of functions. What is inside of a function is read each time.
 */
#include <stdlib.h>

#include "debugger/dwarf_scope.h"
#include "engine/base/buf.h"
#include "engine/module.h"

enum { NESTED_MAX = 256, NAME_DEPTH = 16 };

/* ---- the index of a unit --------------------------------------------------------------------- */

static bool names_others(uint64_t tag)
{
	return tag == DW_TAG_namespace || tag == DW_TAG_structure_type || tag == DW_TAG_class_type ||
		tag == DW_TAG_union_type || tag == DW_TAG_enumeration_type || tag == DW_TAG_subprogram;
}

static bool add_func(struct dwarf *d, struct dwarf_unit *u, const struct dwarf_die *die)
{
	struct dwarf_spans spans = { 0 };
	bool ok = true;

	dwarf_die_spans(d, die, &spans);
	for (size_t i = 0; ok && i < spans.count; i++) {
		struct dwarf_func f = { (uint32_t)spans.data[i].low, (uint32_t)spans.data[i].high, die->entry };
		ok = vec_push(&u->funcs, f);
	}
	free(spans.data);
	return ok;
}

static int by_address(const void *a, const void *b)
{
	const struct dwarf_func *x = a, *y = b;

	return x->low < y->low ? -1 : x->low > y->low;
}

struct walk {
	uint32_t parents[NESTED_MAX];   /* entry that names what is at this depth; 0: none */
	bool local[NESTED_MAX];         /* within a function */
	unsigned depth;
};

static bool index_one(struct dwarf *d, struct dwarf_unit *u, const struct dwarf_die *die, struct walk *w)
{
	struct dwarf_scope scope = { die->entry, w->parents[w->depth] };

	if (names_others(die->tag) && !vec_push(&u->scopes, scope))
		return false;
	if (die->tag == DW_TAG_subprogram && !add_func(d, u, die))
		return false;
	if (die->tag == DW_TAG_variable && !w->local[w->depth] && !vec_push(&u->globals, die->entry))
		return false;
	if (!die->abbrev->children)
		return true;
	if (w->depth + 1 == NESTED_MAX)
		return dwarf_note(d, ".debug_info: entries are nested too deep at 0x%x", die->entry);
	w->parents[w->depth + 1] = names_others(die->tag) ? die->entry : w->parents[w->depth];
	w->local[w->depth + 1] = w->local[w->depth] || die->tag == DW_TAG_subprogram;
	w->depth++;
	return true;
}

bool dwarf_unit_index(struct dwarf *d, struct dwarf_unit *u)
{
	struct walk w = { .depth = 0 };
	struct dwarf_die die;
	bool more;

	if (u->indexed)
		return true;
	u->indexed = true;
	more = dwarf_die_at(d, u->entries, &die);
	while (more) {
		if (die.tag && !index_one(d, u, &die, &w))
			break;
		w.depth -= !die.tag && w.depth;
		more = w.depth && dwarf_die_after(d, &die, &die);
	}
	if (w.depth)
		dwarf_note(d, ".debug_info: the unit at 0x%x ends within an entry", u->start);
	if (u->funcs.count)
		qsort(u->funcs.data, u->funcs.count, sizeof *u->funcs.data, by_address);
	return true;
}

const struct dwarf_func *dwarf_func_at(struct dwarf *d, uint64_t address)
{
	struct dwarf_unit *u = dwarf_unit_of_address(d, address);
	size_t low = 0, high;

	if (!u || !dwarf_unit_index(d, u))
		return NULL;
	high = u->funcs.count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (u->funcs.data[mid].low <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low && address < u->funcs.data[low - 1].high ? &u->funcs.data[low - 1] : NULL;
}

/* ---- what runs at an address ----------------------------------------------------------------- */

/* The child of DIE that covers ADDRESS: a block or an inlined call. */
static bool inner(const struct dwarf *d, const struct dwarf_die *die, uint64_t address, struct dwarf_die *out)
{
	if (!dwarf_die_child(d, die, out))
		return false;
	do {
		if ((out->tag == DW_TAG_lexical_block || out->tag == DW_TAG_inlined_subroutine) &&
				dwarf_die_covers(d, out, address))
			return true;
	} while (dwarf_die_next(d, out));
	return false;
}

uint32_t dwarf_nest_at(struct dwarf *d, uint64_t address, struct dwarf_die out[DWARF_NEST])
{
	const struct dwarf_func *f = dwarf_func_at(d, address);
	uint32_t n = 0;

	if (!f || !dwarf_die_at(d, f->entry, &out[0]))
		return 0;
	while (++n < DWARF_NEST && inner(d, &out[n - 1], address, &out[n]))
		continue;
	return n;
}

/* Where the call that was inlined stands in the function around it. */
static void call_place(struct dwarf *d, const struct dwarf_die *die, struct dwarf_call *out)
{
	const struct dwarf_unit *u = die->unit;
	uint64_t file = UINT64_MAX, line = 0, column = 0;

	dwarf_die_number(d, die, DW_AT_call_file, &file);
	dwarf_die_number(d, die, DW_AT_call_line, &line);
	dwarf_die_number(d, die, DW_AT_call_column, &column);
	out->file = u->lines && file < u->lines->files.count ? u->lines->files.data[file] : UINT32_MAX;
	out->line = line < UINT32_MAX ? (uint32_t)line : 0;
	out->column = column < UINT32_MAX ? (uint32_t)column : 0;
}

uint32_t dwarf_calls_at(struct dwarf *d, uint32_t offset, struct dwarf_call out[DWARF_CALLS])
{
	struct dwarf_die nest[DWARF_NEST];
	uint32_t depth = dwarf_nest_at(d, (uint64_t)offset - d->code, nest), n = 0;
	struct dwarf_place at;

	if (!depth)
		return 0;
	bool known = dwarf_line_at(d, offset, &at);
	out[0] = (struct dwarf_call){ .file = UINT32_MAX };
	if (known)
		out[0] = (struct dwarf_call){ .file = at.file, .line = at.line, .column = at.column };
	for (uint32_t i = depth; i-- > 0 && n < DWARF_CALLS;) {
		if (nest[i].tag == DW_TAG_lexical_block)
			continue;
		out[n].entry = nest[i].entry;
		out[n].inlined = nest[i].tag == DW_TAG_inlined_subroutine;
		if (++n < DWARF_CALLS && out[n - 1].inlined) {
			out[n] = (struct dwarf_call){ 0 };
			call_place(d, &nest[i], &out[n]);
		}
	}
	return n;
}

typedef VEC(struct dwarf_bytes) bytes_list;

/* Those of the inlined calls that DIE holds and that do not cover ADDRESS; within such a one nothing more is looked for. */
static void add_elsewhere(const struct dwarf *d, const struct dwarf_die *die, uint64_t address, unsigned depth,
	bytes_list *out)
{
	struct dwarf_spans spans = { 0 };
	struct dwarf_die child;

	if (depth == DWARF_NEST || !dwarf_die_child(d, die, &child))
		return;
	do {
		if (child.tag == DW_TAG_inlined_subroutine && !dwarf_die_covers(d, &child, address)) {
			spans.count = 0;
			dwarf_die_spans(d, &child, &spans);
			for (size_t i = 0; i < spans.count; i++) {
				struct dwarf_bytes b = { d->code + (uint32_t)spans.data[i].low, d->code + (uint32_t)spans.data[i].high };
				vec_push(out, b);
			}
		} else if (child.tag == DW_TAG_inlined_subroutine || child.tag == DW_TAG_lexical_block) {
			add_elsewhere(d, &child, address, depth + 1, out);
		}
	} while (dwarf_die_next(d, &child));
	free(spans.data);
}

void dwarf_inlined_elsewhere(struct dwarf *d, uint32_t offset, struct dwarf_bytes **out, uint32_t *n)
{
	uint64_t address = (uint64_t)offset - d->code;
	const struct dwarf_func *f = dwarf_func_at(d, address);
	struct dwarf_die die;
	bytes_list all = { 0 };

	if (f && dwarf_die_at(d, f->entry, &die))
		add_elsewhere(d, &die, address, 0, &all);
	*out = all.data;
	*n = (uint32_t)all.count;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* What an entry is declared as, following abstract origins and specifications. */
static struct dwarf_die declaration(const struct dwarf *d, struct dwarf_die die)
{
	struct dwarf_die next;

	for (int i = 0; i < NAME_DEPTH; i++, die = next)
		if (!dwarf_die_ref(d, &die, DW_AT_abstract_origin, &next) && !dwarf_die_ref(d, &die, DW_AT_specification, &next))
			break;
	return die;
}

static uint32_t parent_of(struct dwarf *d, const struct dwarf_die *die)
{
	struct dwarf_unit *u = dwarf_unit_of_entry(d, die->entry);
	size_t low = 0, high;

	dwarf_unit_index(d, u);
	high = u->scopes.count;
	while (low < high) {
		size_t mid = (low + high) / 2;
		if (u->scopes.data[mid].entry <= die->entry)
			low = mid + 1;
		else
			high = mid;
	}
	return low && u->scopes.data[low - 1].entry == die->entry ? u->scopes.data[low - 1].parent : 0;
}

static void print_within(struct dwarf *d, const struct dwarf_die *from, unsigned depth, struct buf *out)
{
	struct dwarf_die die = declaration(d, *from), parent;
	uint32_t up = depth < NAME_DEPTH ? parent_of(d, &die) : 0;
	struct str name = dwarf_die_name(d, &die);

	if (up && dwarf_die_at(d, up, &parent) && parent.tag) {
		size_t before = out->size;
		print_within(d, &parent, depth + 1, out);
		if (out->size > before)
			buf_puts(out, "::");
	}
	if (name.n)
		buf_escaped(out, name.p, name.n, false);
	else if (die.tag == DW_TAG_namespace)
		buf_puts(out, "(anonymous namespace)");
	else
		buf_puts(out, "(anonymous)");
}

void dwarf_print_name(struct dwarf *d, uint32_t entry, struct buf *out)
{
	struct dwarf_die die;

	if (dwarf_die_at(d, entry, &die) && die.tag)
		print_within(d, &die, 0, out);
}

bool dwarf_print_func(struct dwarf *d, uint32_t func, struct buf *out)
{
	const struct func_decl *decl = &d->module->funcs[func];
	const struct dwarf_func *f = decl->import < 0 ? dwarf_func_at(d, (uint64_t)decl->body - d->code) : NULL;

	if (f)
		dwarf_print_name(d, f->entry, out);
	return f != NULL;
}

/* ---- the module's names ---------------------------------------------------------------------- */

static void know_name(struct dwarf *d, struct map *map, struct str name, uint64_t value)
{
	uint64_t known;

	if (name.n && !map_get(map, name, &known))
		map_set(map, name, value);
}

static void know_variable(struct dwarf *d, uint32_t entry)
{
	struct dwarf_die die;
	struct dwarf_attr at;

	if (dwarf_die_at(d, entry, &die) && (dwarf_die_attr(d, &die, DW_AT_location, &at) ||
			dwarf_die_attr(d, &die, DW_AT_const_value, &at)))
		know_name(d, &d->globals, dwarf_die_name(d, &die), entry);
}

/* By its name, and as "std::rt::lang_start" where it is within something. */
static void know_func(struct dwarf *d, const struct dwarf_func *f)
{
	struct buf full = { 0 };
	struct dwarf_die die;
	char *copy;

	if (!dwarf_die_at(d, f->entry, &die))
		return;
	know_name(d, &d->funcs, dwarf_die_name(d, &die), f->low);
	print_within(d, &die, 0, &full);
	if (memmem(buf_str(&full), full.size, "::", 2) && (copy = arena_strndup(&d->arena, buf_str(&full), full.size)))
		know_name(d, &d->funcs, (struct str){ copy, full.size }, f->low);
	buf_free(&full);
}

static void know_names(struct dwarf *d)
{
	if (d->globals_known)
		return;
	d->globals_known = true;
	for (size_t i = 0; i < d->units.count; i++) {
		struct dwarf_unit *u = &d->units.data[i];
		dwarf_unit_index(d, u);
		for (size_t k = 0; k < u->globals.count; k++)
			know_variable(d, u->globals.data[k]);
		for (size_t k = 0; k < u->funcs.count; k++)
			know_func(d, &u->funcs.data[k]);
	}
}

bool dwarf_func_named(struct dwarf *d, struct str name, uint32_t *func)
{
	uint64_t low;

	know_names(d);
	return map_get(&d->funcs, name, &low) && module_func_at(d->module, d->code + (uint32_t)low, func);
}

/* ---- variables ------------------------------------------------------------------------------- */

static bool is_variable(const struct dwarf_die *die)
{
	return die->tag == DW_TAG_variable || die->tag == DW_TAG_formal_parameter;
}

/* In the unit of ADDRESS first: each file may have a static variable of this name. */
static bool find_global(struct dwarf *d, uint64_t address, struct str name, struct dwarf_die *out)
{
	struct dwarf_unit *u = dwarf_unit_of_address(d, address);
	struct dwarf_attr at;
	uint64_t entry;

	for (size_t i = 0; u && dwarf_unit_index(d, u) && i < u->globals.count; i++)
		if (dwarf_die_at(d, u->globals.data[i], out) && str_eq(dwarf_die_name(d, out), name) &&
				(dwarf_die_attr(d, out, DW_AT_location, &at) || dwarf_die_attr(d, out, DW_AT_const_value, &at)))
			return true;
	know_names(d);
	return map_get(&d->globals, name, &entry) && dwarf_die_at(d, entry, out);
}

bool dwarf_variable_find(struct dwarf *d, uint64_t address, uint32_t call, struct str name, struct dwarf_die *out)
{
	struct dwarf_die nest[DWARF_NEST];

	for (uint32_t n = dwarf_nest_at(d, address, nest); n-- > 0;) {
		if (call) {
			call -= nest[n].tag == DW_TAG_inlined_subroutine;
			continue;
		}
		if (!dwarf_die_child(d, &nest[n], out))
			continue;
		do {
			if (is_variable(out) && str_eq(dwarf_die_name(d, out), name))
				return true;
		} while (dwarf_die_next(d, out));
	}
	return find_global(d, address, name, out);
}

bool dwarf_frame_base(struct dwarf *d, uint64_t address, struct str *expr)
{
	const struct dwarf_func *f = dwarf_func_at(d, address);
	struct dwarf_attr at;
	struct dwarf_die die;

	return f && dwarf_die_at(d, f->entry, &die) && dwarf_die_attr(d, &die, DW_AT_frame_base, &at) &&
		dwarf_location_at(d, die.unit, &at, address, expr);
}
