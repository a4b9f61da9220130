/*
 * Types; see dwarf_type.h. Chains of types are followed only so far, and their names have an end: damaged ones may run in
 * circles.
 */
#include "debugger/dwarf_type.h"

#include <ctype.h>

#include "debugger/dwarf_unit.h"
#include "engine/base/buf.h"

enum { CHAIN_MAX = 64, NESTED_MAX = 24, NAME_MAX_SIZE = 2000 };

/* ---- entries --------------------------------------------------------------------------------- */

static bool die_of(struct dwarf_type t, struct dwarf_die *out)
{
	return t.entry && dwarf_die_at(t.dwarf, t.entry, out) && out->tag;
}

struct dwarf_type dwarf_type_of(struct dwarf *d, const struct dwarf_die *die)
{
	struct dwarf_attr at;
	struct dwarf_type t = { .dwarf = d };

	if (dwarf_die_attr_far(d, die, DW_AT_type, &at) && at.class == CLASS_REFERENCE && at.u <= UINT32_MAX)
		t.entry = (uint32_t)at.u;
	return t;
}

static bool is_alias(uint64_t tag)
{
	return tag == DW_TAG_typedef || tag == DW_TAG_const_type || tag == DW_TAG_volatile_type ||
		tag == DW_TAG_restrict_type || tag == DW_TAG_atomic_type;
}

struct dwarf_type type_bare(struct dwarf_type t)
{
	struct dwarf_die die;

	for (int i = 0; i < CHAIN_MAX && die_of(t, &die) && is_alias(die.tag); i++)
		t = dwarf_type_of(t.dwarf, &die);
	return t;
}

enum source_kind type_kind(struct dwarf_type t)
{
	struct dwarf_die die;

	t = type_bare(t);
	if (!t.entry)
		return KIND_VOID;
	switch (die_of(t, &die) ? die.tag : 0) {
	case DW_TAG_base_type:
		return KIND_BASE;
	case DW_TAG_pointer_type:
		return KIND_POINTER;
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		return KIND_REFERENCE;
	case DW_TAG_structure_type:
	case DW_TAG_class_type:
	case DW_TAG_union_type:
		return KIND_STRUCT;
	case DW_TAG_array_type:
		return KIND_ARRAY;
	case DW_TAG_enumeration_type:
		return KIND_ENUM;
	case DW_TAG_subroutine_type:
		return KIND_FUNCTION;
	default:
		return KIND_OTHER;
	}
}

enum type_number type_number(struct dwarf_type t)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die;
	uint64_t encoding = 0;

	switch (type_kind(bare)) {
	case KIND_POINTER:
	case KIND_REFERENCE:
		return NUMBER_UNSIGNED;
	case KIND_ENUM:
		return NUMBER_SIGNED;
	case KIND_BASE:
		break;
	default:
		return NUMBER_NONE;
	}
	if (!die_of(bare, &die) || !dwarf_die_number(t.dwarf, &die, DW_AT_encoding, &encoding))
		return NUMBER_NONE;
	switch (encoding) {
	case DW_ATE_signed:
		return NUMBER_SIGNED;
	case DW_ATE_boolean:
		return NUMBER_BOOL;
	case DW_ATE_signed_char:
		return NUMBER_CHAR;
	case DW_ATE_unsigned_char:
		return NUMBER_UNSIGNED_CHAR;
	case DW_ATE_unsigned:
	case DW_ATE_address:
	case DW_ATE_UTF:
		return NUMBER_UNSIGNED;
	case DW_ATE_float:
		return NUMBER_FLOAT;
	default:
		return NUMBER_NONE;
	}
}

struct dwarf_type type_target(struct dwarf_type t)
{
	struct dwarf_type bare = type_bare(t), next = bare;
	struct dwarf_die die;
	uint64_t count;

	if (!die_of(bare, &die))
		return (struct dwarf_type){ .dwarf = t.dwarf };
	next.dimension++;
	if (die.tag == DW_TAG_array_type && type_count(next, &count))
		return next;
	return dwarf_type_of(t.dwarf, &die);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static bool bound_count(const struct dwarf *d, const struct dwarf_die *bound, uint64_t *count)
{
	uint64_t lower = 0, upper;

	if (dwarf_die_number(d, bound, DW_AT_count, count))
		return true;
	dwarf_die_number(d, bound, DW_AT_lower_bound, &lower);
	if (!dwarf_die_number(d, bound, DW_AT_upper_bound, &upper))
		return false;
	*count = upper + 1 - lower;
	return (int64_t)*count >= 0;
}

bool type_count(struct dwarf_type t, uint64_t *count)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die, bound;
	uint32_t i = 0;

	if (!die_of(bare, &die) || die.tag != DW_TAG_array_type || !dwarf_die_child(t.dwarf, &die, &bound))
		return false;
	do {
		if (bound.tag == DW_TAG_subrange_type && i++ == bare.dimension)
			return bound_count(t.dwarf, &bound, count);
	} while (dwarf_die_next(t.dwarf, &bound));
	return false;
}

static bool size_of(struct dwarf_type t, uint64_t *size, unsigned depth)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die;
	uint64_t count, one;

	if (!die_of(bare, &die) || depth == NESTED_MAX)
		return false;
	if (die.tag == DW_TAG_pointer_type || die.tag == DW_TAG_reference_type || die.tag == DW_TAG_rvalue_reference_type) {
		*size = die.unit->address_size;
		return true;
	}
	if (die.tag != DW_TAG_array_type)
		return dwarf_die_number(t.dwarf, &die, DW_AT_byte_size, size);
	return type_count(bare, &count) && size_of(type_target(bare), &one, depth + 1) &&
		!__builtin_mul_overflow(count, one, size);
}

bool type_size(struct dwarf_type t, uint64_t *size)
{
	return size_of(t, size, 0);
}

/* ---- names ----------------------------------------------------------------------------------- */

static void print_left(struct dwarf_type t, unsigned depth, struct buf *out);
static void print_right(struct dwarf_type t, unsigned depth, struct buf *out);

static bool is_c(const struct dwarf_unit *u)
{
	return u->language == DW_LANG_C || u->language == DW_LANG_C89 || u->language == DW_LANG_C99 ||
		u->language == DW_LANG_C11 || u->language == DW_LANG_C17 || u->language == DW_LANG_ObjC;
}

static const char *keyword(uint64_t tag)
{
	return tag == DW_TAG_structure_type ? "struct" : tag == DW_TAG_union_type ? "union" :
		tag == DW_TAG_enumeration_type ? "enum" : tag == DW_TAG_class_type ? "class" : NULL;
}

static void print_named(struct dwarf_type t, const struct dwarf_die *die, struct buf *out)
{
	struct str name = dwarf_die_name(t.dwarf, die);
	const char *word = keyword(die->tag);

	if (word && (!name.n || is_c(die->unit)))
		buf_printf(out, name.n ? "%s " : "%s {…}", word);
	if (!name.n) {
		buf_puts(out, word ? "" : "(unnamed)");
		return;
	}
	if (is_c(die->unit) || die->tag == DW_TAG_base_type)
		buf_escaped(out, name.p, name.n, false);
	else
		dwarf_print_name(t.dwarf, die->entry, out);
}

static char last_char(const struct buf *b)
{
	return b->size ? b->data[b->size - 1] : '\0';
}

static void space(struct buf *b)
{
	char c = last_char(b);

	if (isalnum((unsigned char)c) || c == '_' || c == '>' || c == '}' || c == ')' || c == ']' || (c & 0x80))
		buf_putc(b, ' ');
}

/* Pointers to functions and arrays need brackets: "int (*)(int)". */
static bool needs_brackets(struct dwarf_type t)
{
	struct dwarf_die die;

	return die_of(t, &die) && (die.tag == DW_TAG_subroutine_type || die.tag == DW_TAG_array_type);
}

static void print_pointer(struct dwarf_type t, const struct dwarf_die *die, unsigned depth, struct buf *out)
{
	struct dwarf_type target = dwarf_type_of(t.dwarf, die);

	print_left(target, depth + 1, out);
	if (last_char(out) != '*')
		space(out);
	buf_puts(out, needs_brackets(target) ? "(" : "");
	buf_puts(out, die->tag == DW_TAG_reference_type ? "&" : die->tag == DW_TAG_rvalue_reference_type ? "&&" : "*");
}

static void print_qualified(struct dwarf_type t, const struct dwarf_die *die, unsigned depth, struct buf *out)
{
	const char *word = die->tag == DW_TAG_const_type ? "const" : die->tag == DW_TAG_volatile_type ? "volatile" :
		die->tag == DW_TAG_restrict_type ? "restrict" : "_Atomic";
	struct dwarf_type target = dwarf_type_of(t.dwarf, die);
	struct dwarf_die of;

	if (die_of(target, &of) && of.tag == DW_TAG_pointer_type) {
		print_left(target, depth + 1, out);
		buf_printf(out, "%s", word);
	} else {
		buf_printf(out, "%s ", word);
		print_left(target, depth + 1, out);
	}
}

static void print_left(struct dwarf_type t, unsigned depth, struct buf *out)
{
	struct dwarf_die die;

	if (!t.entry) {
		buf_puts(out, "void");
		return;
	}
	if (depth == NESTED_MAX || out->size > NAME_MAX_SIZE || !die_of(t, &die)) {
		buf_puts(out, "?");
		return;
	}
	switch (die.tag) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		print_pointer(t, &die, depth, out);
		return;
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		print_qualified(t, &die, depth, out);
		return;
	case DW_TAG_array_type:
	case DW_TAG_subroutine_type:
		print_left(dwarf_type_of(t.dwarf, &die), depth + 1, out);
		return;
	default:
		print_named(t, &die, out);
	}
}

static void print_bounds(struct dwarf_type t, struct buf *out)
{
	uint64_t count;
	bool any = false;

	if (last_char(out) != ']' && last_char(out) != '(')
		space(out);
	for (; type_count(t, &count); t.dimension++, any = true)
		buf_printf(out, "[%llu]", (unsigned long long)count);
	buf_puts(out, any ? "" : "[]");
}

static void print_parameters(struct dwarf_type t, const struct dwarf_die *die, unsigned depth, struct buf *out)
{
	struct dwarf_die one;
	bool first = true;

	if (last_char(out) != ')')
		space(out);
	buf_putc(out, '(');
	for (bool more = dwarf_die_child(t.dwarf, die, &one); more && out->size < NAME_MAX_SIZE;
			more = dwarf_die_next(t.dwarf, &one)) {
		if (one.tag != DW_TAG_formal_parameter && one.tag != DW_TAG_unspecified_parameters)
			continue;
		buf_puts(out, first ? "" : ", ");
		first = false;
		if (one.tag == DW_TAG_unspecified_parameters) {
			buf_puts(out, "...");
			continue;
		}
		struct dwarf_type p = dwarf_type_of(t.dwarf, &one);
		print_left(p, depth + 1, out);
		print_right(p, depth + 1, out);
	}
	buf_puts(out, first ? "void)" : ")");
}

static void print_right(struct dwarf_type t, unsigned depth, struct buf *out)
{
	struct dwarf_die die;

	if (depth == NESTED_MAX || out->size > NAME_MAX_SIZE || !die_of(t, &die) || die.tag == DW_TAG_typedef)
		return;
	struct dwarf_type target = dwarf_type_of(t.dwarf, &die);
	switch (die.tag) {
	case DW_TAG_pointer_type:
	case DW_TAG_reference_type:
	case DW_TAG_rvalue_reference_type:
		buf_puts(out, needs_brackets(target) ? ")" : "");
		break;
	case DW_TAG_array_type:
		print_bounds(t, out);
		break;
	case DW_TAG_subroutine_type:
		print_parameters(t, &die, depth, out);
		break;
	case DW_TAG_const_type:
	case DW_TAG_volatile_type:
	case DW_TAG_restrict_type:
	case DW_TAG_atomic_type:
		break;
	default:
		return;
	}
	print_right(target, depth + 1, out);
}

void type_print(struct dwarf_type t, struct buf *out)
{
	struct buf text = { 0 };

	print_left(t, 0, &text);
	print_right(t, 0, &text);
	buf_put(out, buf_str(&text), text.size);
	buf_free(&text);
}

/* ---- members --------------------------------------------------------------------------------- */

/* Where a member is, in bits: three ways of saying so, by version. */
static uint64_t member_offset(const struct dwarf *d, const struct dwarf_die *die, uint32_t bits)
{
	uint64_t bytes = 0, at, size;
	struct dwarf_attr location;

	if (dwarf_die_number(d, die, DW_AT_data_bit_offset, &at))
		return at;
	if (dwarf_die_attr(d, die, DW_AT_data_member_location, &location) && location.class == CLASS_BLOCK) {
		struct dwarf_cursor c = { .p = location.block, .end = location.block + location.u };
		if (dwarf_u8(&c) == DW_OP_plus_uconst)
			bytes = dwarf_uleb(&c);
	} else {
		dwarf_die_number(d, die, DW_AT_data_member_location, &bytes);
	}
	if (bits && dwarf_die_number(d, die, DW_AT_bit_offset, &at) && dwarf_die_number(d, die, DW_AT_byte_size, &size))
		return bytes * 8 + size * 8 - at - bits;        /* counted from the top of a unit of SIZE bytes */
	return bytes * 8;
}

static bool take_member(struct dwarf_type t, const struct dwarf_die *die, struct type_member *out)
{
	uint64_t bits = 0;

	if (die->tag != DW_TAG_member && die->tag != DW_TAG_inheritance)
		return false;
	if (dwarf_die_flag(t.dwarf, die, DW_AT_external) || dwarf_die_flag(t.dwarf, die, DW_AT_declaration))
		return false;           /* a static member */
	dwarf_die_number(t.dwarf, die, DW_AT_bit_size, &bits);
	*out = (struct type_member){ .name = dwarf_die_name(t.dwarf, die), .type = dwarf_type_of(t.dwarf, die),
		.bits = bits <= 64 ? (uint32_t)bits : 0, .base = die->tag == DW_TAG_inheritance, .entry = die->entry };
	out->offset = member_offset(t.dwarf, die, out->bits);
	return true;
}

bool type_member_first(struct dwarf_type t, struct type_member *out)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die, one;

	for (bool more = die_of(bare, &die) && dwarf_die_child(t.dwarf, &die, &one); more; more = dwarf_die_next(t.dwarf, &one))
		if (take_member(bare, &one, out))
			return true;
	return false;
}

bool type_member_next(struct dwarf_type t, struct type_member *m)
{
	struct dwarf_die one;

	if (!dwarf_die_at(t.dwarf, m->entry, &one))
		return false;
	while (dwarf_die_next(t.dwarf, &one))
		if (take_member(t, &one, m))
			return true;
	return false;
}

/* ---- enumerations ---------------------------------------------------------------------------- */

struct str type_enumerator(struct dwarf_type t, int64_t value)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die, one;
	uint64_t v;

	for (bool more = die_of(bare, &die) && dwarf_die_child(t.dwarf, &die, &one); more; more = dwarf_die_next(t.dwarf, &one))
		if (one.tag == DW_TAG_enumerator && dwarf_die_number(t.dwarf, &one, DW_AT_const_value, &v) &&
				((int64_t)v == value || (uint32_t)v == (uint64_t)value))
			return dwarf_die_name(t.dwarf, &one);
	return (struct str){ NULL, 0 };
}

bool type_enumerator_named(struct dwarf_type t, struct str name, int64_t *value)
{
	struct dwarf_type bare = type_bare(t);
	struct dwarf_die die, one;
	uint64_t v;

	if (type_kind(bare) != KIND_ENUM)
		return false;
	for (bool more = die_of(bare, &die) && dwarf_die_child(t.dwarf, &die, &one); more; more = dwarf_die_next(t.dwarf, &one))
		if (one.tag == DW_TAG_enumerator && str_eq(dwarf_die_name(t.dwarf, &one), name) &&
				dwarf_die_number(t.dwarf, &one, DW_AT_const_value, &v)) {
			*value = (int64_t)v;
			return true;
		}
	return false;
}
