/* Values of the source language as text, in gdb's manner; see variable.h. */
#include <inttypes.h>

#include "debugger/inspect.h"
#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/store.h"

enum { DEPTH_MAX = 6, ITEMS_MAX = 64, TEXT_MAX = 200, PRINTED_MAX = 4000 };

static void print(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct buf *out);

/* ---- numbers --------------------------------------------------------------------------------- */

static void print_escaped_char(unsigned char c, char quote, struct buf *out)
{
	static const char plain[] = "\n\t\r\a\b\f\v", letters[] = "ntrabfv";
	const char *known = c ? strchr(plain, c) : NULL;

	if (known)
		buf_printf(out, "\\%c", letters[known - plain]);
	else if (c == (unsigned char)quote || c == '\\')
		buf_printf(out, "\\%c", c);
	else if (c < 0x20 || c >= 0x7f)
		buf_printf(out, "\\%03o", c);
	else
		buf_putc(out, (char)c);
}

static void print_float(double d, uint64_t size, struct buf *out)
{
	float f = (float)d;
	uint32_t low;
	uint64_t bits;

	memcpy(&low, &f, sizeof low);
	memcpy(&bits, &d, sizeof bits);
	value_print(size == 4 ? value_f32_bits(low) : value_f64_bits(bits), NULL, out);
}

static void print_enum(const struct source_value *v, int64_t n, struct buf *out)
{
	struct str name = type_enumerator(v->type, n);

	if (name.n)
		buf_escaped(out, name.p, name.n, false);
	else
		buf_printf(out, "%" PRId64, n);
}

static void print_number(const struct source_value *v, const struct source_number *n, struct buf *out)
{
	uint64_t size = 0;

	switch (n->kind) {
	case NUMBER_BOOL:
		if (n->integer == 0 || n->integer == 1)
			buf_puts(out, n->integer ? "true" : "false");
		else
			buf_printf(out, "%" PRId64, n->integer);
		return;
	case NUMBER_CHAR:
	case NUMBER_UNSIGNED_CHAR:
		buf_printf(out, "%" PRId64 " '", n->integer);
		print_escaped_char((unsigned char)n->integer, '\'', out);
		buf_putc(out, '\'');
		return;
	case NUMBER_FLOAT:
		type_size(v->type, &size);
		print_float(n->real, size, out);
		return;
	case NUMBER_UNSIGNED:
		buf_printf(out, "%" PRIu64, (uint64_t)n->integer);
		return;
	default:
		buf_printf(out, "%" PRId64, n->integer);
	}
}

/* ---- pointers -------------------------------------------------------------------------------- */

static bool is_char(struct dwarf_type t)
{
	enum type_number n = type_number(t);

	return type_kind(t) == KIND_BASE && (n == NUMBER_CHAR || n == NUMBER_UNSIGNED_CHAR);
}

static void print_text(const char *p, size_t n, bool more, struct buf *out)
{
	buf_putc(out, '"');
	for (size_t i = 0; i < n; i++) {
		if ((unsigned char)p[i] >= 0x80)
			buf_escaped(out, p + i, n - i, true);
		else
			print_escaped_char((unsigned char)p[i], '"', out);
		if ((unsigned char)p[i] >= 0x80)
			break;
	}
	buf_puts(out, more ? "\"…" : "\"");
}

/* The function that a pointer means: an element of table 0. */
static void print_function(const struct eval_scope *sc, uint64_t index, struct buf *out)
{
	const struct table *t = sc->instance && sc->instance->module->ntables ? sc->instance->tables[0] : NULL;
	const struct func *f = t && index < t->size && t->elems[index] ? (const struct func *)(uintptr_t)t->elems[index] : NULL;

	if (!f)
		return;
	buf_puts(out, " <");
	inspect_func(f, out);
	buf_putc(out, '>');
}

static void print_pointer(const struct eval_scope *sc, const struct source_value *v, uint64_t address, struct buf *out)
{
	struct dwarf_type target = type_target(v->type);
	struct buf text = { 0 };
	bool more = false;

	buf_printf(out, "0x%" PRIx64, address);
	if (!address)
		return;
	if (type_kind(target) == KIND_FUNCTION) {
		print_function(sc, address, out);
	} else if (is_char(target) && source_text(sc, address, TEXT_MAX, &text, &more)) {
		buf_putc(out, ' ');
		print_text(buf_str(&text), text.size, more, out);
	}
	buf_free(&text);
}

static void print_reference(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct buf *out)
{
	struct source_value at;
	struct err e = { 0 };

	if (!source_follow(sc, v, &at, &e)) {
		buf_puts(out, "<not to be read>");
		return;
	}
	buf_printf(out, "@0x%" PRIx64 ": ", at.at.address);
	print(sc, &at, depth + 1, out);
}

/* ---- structs, arrays ------------------------------------------------------------------------- */

static void print_struct(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct buf *out)
{
	struct source_value part;
	struct type_member m;
	unsigned n = 0;

	buf_putc(out, '{');
	for (bool more = type_member_first(v->type, &m); more; more = type_member_next(v->type, &m), n++) {
		buf_puts(out, n ? ", " : "");
		if (n == ITEMS_MAX || out->size > PRINTED_MAX) {
			buf_puts(out, "…");
			break;
		}
		if (m.base) {
			buf_putc(out, '<');
			type_print(m.type, out);
			buf_puts(out, "> = ");
		} else if (m.name.n) {
			buf_escaped(out, m.name.p, m.name.n, false);
			buf_puts(out, " = ");
		}
		source_of_member(v, &m, &part);
		print(sc, &part, depth + 1, out);
	}
	buf_putc(out, '}');
}

static bool print_chars(const struct eval_scope *sc, const struct source_value *v, uint64_t count, struct buf *out)
{
	char text[TEXT_MAX];
	size_t n = count < TEXT_MAX ? (size_t)count : TEXT_MAX, used;

	if (!count || !source_bytes(sc, v, 0, text, n))
		return false;
	for (used = n; used && !text[used - 1];)
		used--;         /* what fills the array up */
	print_text(text, used, count > n, out);
	return true;
}

static void print_array(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct buf *out)
{
	struct dwarf_type element = type_target(v->type);
	struct source_value one;
	struct err e = { 0 };
	uint64_t count = 0;

	type_count(v->type, &count);
	if (is_char(element) && print_chars(sc, v, count, out))
		return;
	buf_putc(out, '{');
	for (uint64_t i = 0; i < count; i++) {
		buf_puts(out, i ? ", " : "");
		if (i == ITEMS_MAX || out->size > PRINTED_MAX || !source_element(sc, v, (int64_t)i, &one, &e)) {
			buf_puts(out, "…");
			break;
		}
		print(sc, &one, depth + 1, out);
	}
	buf_putc(out, '}');
}

/* ---- all ------------------------------------------------------------------------------------- */

static void print(const struct eval_scope *sc, const struct source_value *v, unsigned depth, struct buf *out)
{
	enum source_kind kind = type_kind(v->type);
	struct source_number n;

	if (v->at.where == WHERE_GONE) {
		buf_puts(out, "<optimized out>");
		return;
	}
	if (depth == DEPTH_MAX) {
		buf_puts(out, "{…}");
		return;
	}
	if (kind == KIND_STRUCT) {
		print_struct(sc, v, depth, out);
	} else if (kind == KIND_ARRAY) {
		print_array(sc, v, depth, out);
	} else if (kind == KIND_REFERENCE) {
		print_reference(sc, v, depth, out);
	} else if (!source_number(sc, v, &n)) {
		buf_puts(out, v->at.partial ? "<partly optimized out>" : kind == KIND_VOID || kind == KIND_OTHER ||
			kind == KIND_FUNCTION || kind == KIND_BASE ? "<of a type that is not shown>" : "<outside of memory>");
	} else if (kind == KIND_POINTER) {
		print_pointer(sc, v, (uint64_t)n.integer, out);
	} else if (kind == KIND_ENUM) {
		print_enum(v, n.integer, out);
	} else {
		print_number(v, &n, out);
	}
}

void source_print(const struct eval_scope *sc, const struct source_value *v, struct buf *out)
{
	struct buf text = { 0 };

	print(sc, v, 0, &text);
	buf_put(out, buf_str(&text), text.size);
	buf_free(&text);
}

/* In a line with others: structs and arrays are left out. */
static void print_brief(const struct eval_scope *sc, const struct source_value *v, struct buf *out)
{
	struct source_value at;
	struct err e = { 0 };
	bool follows = type_kind(v->type) == KIND_REFERENCE && v->at.where != WHERE_GONE && source_follow(sc, v, &at, &e);
	enum source_kind kind = type_kind(follows ? at.type : v->type);

	if (v->at.where == WHERE_GONE || (kind != KIND_STRUCT && kind != KIND_ARRAY))
		source_print(sc, v, out);
	else if (follows)
		buf_printf(out, "@0x%" PRIx64, at.at.address);
	else
		buf_puts(out, "{…}");
}

bool variables_print_args(const struct eval_scope *sc, uint32_t call, struct buf *out)
{
	source_variables all;
	uint32_t last;
	bool known = variables_of_frame(sc, &all, &last), first = true;

	for (size_t i = 0; known && i < all.count; i++) {
		const struct source_variable *v = &all.data[i];
		if (!v->parameter || v->call != (call == CALL_ITSELF ? last : call))
			continue;
		buf_puts(out, first ? "" : ", ");
		first = false;
		buf_escaped(out, v->name.p, v->name.n, false);
		buf_putc(out, '=');
		print_brief(sc, &v->value, out);
	}
	vec_free(&all);
	return known;
}
