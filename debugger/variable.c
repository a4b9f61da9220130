/* Variables: finding, following, reading, setting; see variable.h. */
#include "debugger/variable.h"

#include <inttypes.h>
#include <stdlib.h>

#include "debugger/dwarf_scope.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "engine/stack.h"

enum { MEMBERS_DEPTH = 8, MEMBERS_MAX = 10000 };

/* ---- the running program --------------------------------------------------------------------- */

static bool frame_of(const struct eval_scope *sc, struct frame *f)
{
	return sc->stopped && frame_at(sc->ctx, sc->level, f) && f->inst && !f->host;
}

static struct memory *memory_of(const struct eval_scope *sc)
{
	return sc->instance && sc->instance->module->nmemories ? sc->instance->memories[0] : NULL;
}

static bool read_memory(void *user, uint64_t at, void *out, size_t n)
{
	const struct eval_scope *sc = user;
	const struct memory *m = memory_of(sc);

	if (!m || !memory_range(m, at, n))
		return false;
	memcpy(out, m->base + at, n);
	return true;
}

static bool read_operand(const struct eval_scope *sc, const struct frame *f, uint32_t index, struct value *out)
{
	struct arena a = { 0 };
	struct err e = { 0 };
	struct value *v;
	uint32_t n;
	bool ok = frame_stack(sc->ctx, f, &v, &n, &a, &e) && index < n;

	if (ok)
		*out = v[index];
	arena_free(&a);
	return ok;
}

static bool read_wasm(void *user, enum dwarf_wasm_location kind, uint32_t index, struct value *out)
{
	const struct eval_scope *sc = user;
	struct frame f;

	if (kind == WASM_GLOBAL || kind == WASM_GLOBAL_U32) {
		if (!sc->instance || index >= sc->instance->module->nglobals)
			return false;
		const struct global *g = sc->instance->globals[index];
		*out = (struct value){ g->type, g->value[0], vt_slots(g->type) == 2 ? g->value[1] : 0 };
		return true;
	}
	if (!frame_of(sc, &f))
		return false;
	return kind == WASM_LOCAL ? frame_local(sc->ctx, &f, index, out) : read_operand(sc, &f, index, out);
}

/* ---- finding --------------------------------------------------------------------------------- */

static bool dwarf_of_scope(const struct eval_scope *sc, struct dwarf **d, uint64_t *address)
{
	struct frame f;

	*d = sc->instance && !sc->instance->module->text_map ? dwarf_of(sc->instance->module) : NULL;
	*address = *d && frame_of(sc, &f) ? (uint64_t)f.offset - (*d)->code : 0;
	return *d != NULL;
}

/* A constant that needs no place: the bytes of the number, or of the block. */
static bool constant_of(struct dwarf *d, const struct dwarf_die *die, struct dwarf_location *out)
{
	struct dwarf_attr at;

	if (!dwarf_die_attr_far(d, die, DW_AT_const_value, &at))
		return false;
	out->where = WHERE_BYTES;
	if (at.class == CLASS_BLOCK || at.class == CLASS_STRING) {
		const void *p = at.class == CLASS_BLOCK ? (const void *)at.block : at.string.p;
		uint64_t n = at.class == CLASS_BLOCK ? at.u : at.string.n;
		out->nbytes = n < WHERE_BYTES_MAX ? (uint32_t)n : WHERE_BYTES_MAX;
		memcpy(out->bytes, p, out->nbytes);
		return true;
	}
	out->nbytes = 8;
	for (int i = 0; i < 8; i++)
		out->bytes[i] = (uint8_t)(at.u >> (8 * i));
	return true;
}

static void value_of_die(const struct eval_scope *sc, struct dwarf *d, uint64_t address, const struct dwarf_die *die,
	struct source_value *out)
{
	struct dwarf_env env = { .user = (void *)(uintptr_t)sc, .address = address, .wasm = read_wasm, .memory = read_memory };
	struct dwarf_attr at;
	struct str expr;

	*out = (struct source_value){ .type = dwarf_type_of(d, die), .why = "it was optimized out" };
	if (!dwarf_die_attr(d, die, DW_AT_location, &at)) {
		constant_of(d, die, &out->at);
		return;
	}
	if (!dwarf_location_at(d, die->unit, &at, address, &expr))
		return;
	if (!dwarf_evaluate(d, die->unit, expr, &env, &out->at, &out->why))
		out->at = (struct dwarf_location){ 0 };
}

bool variable_find(const struct eval_scope *sc, struct str name, struct source_value *out)
{
	struct dwarf_die die;
	uint64_t address;
	struct dwarf *d;

	if (!dwarf_of_scope(sc, &d, &address) || !dwarf_variable_find(d, address, sc->function, name, &die))
		return false;
	value_of_die(sc, d, address, &die, out);
	return true;
}

/* The variables that stand directly in one block. */
static bool add_variables(const struct eval_scope *sc, struct dwarf *d, uint64_t address, const struct dwarf_die *block,
	uint32_t call, source_variables *out)
{
	struct dwarf_die die;

	for (bool more = dwarf_die_child(d, block, &die); more; more = dwarf_die_next(d, &die)) {
		struct source_variable v = { .name = dwarf_die_name(d, &die), .call = call,
			.parameter = die.tag == DW_TAG_formal_parameter };
		if ((die.tag != DW_TAG_variable && !v.parameter) || !v.name.n)
			continue;
		value_of_die(sc, d, address, &die, &v.value);
		if (!vec_push(out, v))
			return false;
	}
	return true;
}

struct eval_scope variable_scope(struct ctx *c, const struct frame *f)
{
	return (struct eval_scope){ .ctx = c, .stopped = true, .level = f->level, .instance = f->inst, .store = c->store };
}

bool variables_of_frame(const struct eval_scope *sc, source_variables *out, uint32_t *last)
{
	struct dwarf_die nest[DWARF_NEST];
	uint32_t n;
	uint64_t address;
	struct dwarf *d;

	*out = (source_variables){ 0 };
	*last = 0;
	if (!dwarf_of_scope(sc, &d, &address) || !address)
		return false;
	n = dwarf_nest_at(d, address, nest);
	for (uint32_t i = n; i-- > 0;) {
		if (!add_variables(sc, d, address, &nest[i], *last, out))
			break;
		*last += nest[i].tag == DW_TAG_inlined_subroutine;
	}
	return n > 0;
}

bool source_of_result(const struct func *f, struct value v, struct source_value *out)
{
	struct dwarf *d = f->inst && !f->inst->module->text_map ? dwarf_of(f->inst->module) : NULL;
	const struct func_decl *decl = f->inst ? &f->inst->module->funcs[f->index] : NULL;
	const struct dwarf_func *func = d && decl->import < 0 ? dwarf_func_at(d, (uint64_t)decl->body - d->code) : NULL;
	struct dwarf_die die;

	if (!func || !dwarf_die_at(d, func->entry, &die))
		return false;
	*out = (struct source_value){ .type = dwarf_type_of(d, &die), .at = { .where = WHERE_BYTES, .nbytes = 8 } };
	for (int i = 0; i < 8; i++)
		out->at.bytes[i] = (uint8_t)(v.lo >> (8 * i));
	return type_number(out->type) != NUMBER_NONE && type_kind(out->type) != KIND_REFERENCE;
}

/* ---- reading --------------------------------------------------------------------------------- */

bool source_bytes(const struct eval_scope *sc, const struct source_value *v, uint64_t from, void *out, size_t n)
{
	if (v->at.where == WHERE_MEMORY)
		return read_memory((void *)(uintptr_t)sc, v->at.address + from, out, n);
	if (v->at.where == WHERE_GONE || v->at.partial || from > v->at.nbytes || n > v->at.nbytes - from)
		return false;
	memcpy(out, v->at.bytes + from, n);
	return true;
}

static uint64_t little_endian(const uint8_t *bytes, uint64_t n)
{
	uint64_t v = 0;

	for (uint64_t i = 0; i < n && i < 8; i++)
		v |= (uint64_t)bytes[i] << (8 * i);
	return v;
}

static bool is_signed(enum type_number kind)
{
	return kind == NUMBER_SIGNED || kind == NUMBER_CHAR;
}

static int64_t extended(uint64_t bits, unsigned width, bool with_sign)
{
	unsigned shift = 64 - width;

	if (width >= 64)
		return (int64_t)bits;
	return with_sign ? (int64_t)(bits << shift) >> shift : (int64_t)(bits << shift >> shift);
}

static bool read_bit_field(const struct eval_scope *sc, const struct source_value *v, struct source_number *out)
{
	uint8_t bytes[9] = { 0 };
	uint32_t first = v->shift / 8, shift = v->shift % 8;

	if (!source_bytes(sc, v, first, bytes, (shift + v->bits + 7) / 8))
		return false;
	uint64_t bits = little_endian(bytes, 8) >> shift;
	if (shift)
		bits |= (uint64_t)bytes[8] << (64 - shift);
	out->integer = extended(bits, v->bits, is_signed(out->kind));
	return true;
}

static double float_of(const uint8_t *bytes, uint64_t size)
{
	double d = 0;
	float f;

	if (size == 8) {
		memcpy(&d, bytes, 8);
		return d;
	}
	memcpy(&f, bytes, 4);
	return (double)f;
}

bool source_number(const struct eval_scope *sc, const struct source_value *v, struct source_number *out)
{
	struct source_value at;
	struct err e = { 0 };
	uint8_t bytes[8];
	uint64_t size;

	if (type_kind(v->type) == KIND_REFERENCE)
		return source_follow(sc, v, &at, &e) && type_kind(at.type) != KIND_REFERENCE && source_number(sc, &at, out);
	*out = (struct source_number){ .kind = type_number(v->type) };
	if (out->kind == NUMBER_NONE)
		return false;
	if (v->bits)
		return read_bit_field(sc, v, out);
	if (!type_size(v->type, &size) || size < 1 || size > 8 || !source_bytes(sc, v, 0, bytes, size))
		return false;
	if (out->kind == NUMBER_FLOAT && size != 4 && size != 8)
		return false;
	if (out->kind == NUMBER_FLOAT)
		out->real = float_of(bytes, size);
	else
		out->integer = extended(little_endian(bytes, size), (unsigned)size * 8, is_signed(out->kind));
	return true;
}

bool source_text(const struct eval_scope *sc, uint64_t address, size_t n, struct buf *out, bool *more)
{
	char c = 1;

	for (size_t i = 0; i < n; i++) {
		if (!read_memory((void *)(uintptr_t)sc, address + i, &c, 1))
			return i > 0;
		if (!c)
			break;
		buf_putc(out, c);
	}
	*more = c != 0;
	return true;
}

/* ---- following ------------------------------------------------------------------------------- */

/* Part of V: N bits or bytes from FROM on. */
static void part_of(const struct source_value *v, uint64_t from, struct dwarf_type type, struct source_value *out)
{
	struct source_value part = { .type = type, .at = v->at, .why = v->why };

	if (v->at.where == WHERE_MEMORY) {
		part.at.address += from;
	} else if (v->at.where != WHERE_GONE) {
		uint32_t skip = from < v->at.nbytes ? (uint32_t)from : v->at.nbytes;
		part.at.where = WHERE_BYTES;
		part.at.nbytes = v->at.nbytes - skip;
		memmove(part.at.bytes, v->at.bytes + skip, part.at.nbytes);
	}
	*out = part;
}

void source_of_member(const struct source_value *v, const struct type_member *m, struct source_value *out)
{
	part_of(v, m->bits ? 0 : m->offset / 8, m->type, out);
	out->bits = m->bits;
	out->shift = m->bits ? (uint32_t)m->offset : 0;
}

static bool deref(const struct eval_scope *sc, const struct source_value *v, struct source_value *out, struct err *e)
{
	struct source_value pointer = *v;
	uint8_t bytes[8];
	uint64_t size;

	if (!type_size(v->type, &size) || size > 8 || !source_bytes(sc, &pointer, 0, bytes, size))
		return err_set(e, E_TYPE, place_none(), "the pointer cannot be read: %s", v->why ? v->why :
			"it is outside of memory");
	uint64_t address = little_endian(bytes, size);
	if (!address)
		return err_set(e, E_TYPE, place_none(), "the pointer is null");
	*out = (struct source_value){ .type = type_target(v->type), .at = { .where = WHERE_MEMORY, .address = address } };
	return true;
}

bool source_follow(const struct eval_scope *sc, const struct source_value *v, struct source_value *out, struct err *e)
{
	*out = *v;
	for (int i = 0; i < 2; i++) {
		enum source_kind kind = type_kind(out->type);
		struct source_value from = *out;
		if (kind != KIND_POINTER && kind != KIND_REFERENCE)
			return true;
		if (!deref(sc, &from, out, e))
			return false;
		if (kind == KIND_POINTER)
			return true;
	}
	return true;
}

/* *LEFT: members that may still be looked at. */
static bool find_member(const struct source_value *v, struct str name, unsigned depth, unsigned *left,
	struct source_value *out)
{
	struct type_member m;
	struct source_value inner;

	for (bool more = type_member_first(v->type, &m); more && *left; more = type_member_next(v->type, &m)) {
		--*left;
		if (!m.base && str_eq(m.name, name)) {
			source_of_member(v, &m, out);
			return true;
		}
		if ((m.name.n && !m.base) || depth == MEMBERS_DEPTH)
			continue;
		source_of_member(v, &m, &inner);
		if (find_member(&inner, name, depth + 1, left, out))
			return true;
	}
	return false;
}

bool source_member(const struct eval_scope *sc, const struct source_value *v, struct str name, struct source_value *out,
	struct err *e)
{
	struct source_value at;
	struct buf type = { 0 };
	unsigned left = MEMBERS_MAX;

	if (!source_follow(sc, v, &at, e))
		return false;
	if (find_member(&at, name, 0, &left, out))
		return true;
	type_print(at.type, &type);
	err_set(e, E_UNKNOWN_NAME, place_none(), type_kind(at.type) == KIND_STRUCT ? "%s has no member '%.*s'" :
		"%s has no members: no '%.*s'", buf_str(&type), STR_ARGS(name));
	buf_free(&type);
	return false;
}

bool source_element(const struct eval_scope *sc, const struct source_value *v, int64_t index, struct source_value *out,
	struct err *e)
{
	struct source_value at = *v;
	struct dwarf_type element;
	uint64_t count, size;
	struct buf type = { 0 };

	if (type_kind(at.type) == KIND_REFERENCE && !deref(sc, v, &at, e))
		return false;
	enum source_kind kind = type_kind(at.type);
	if (kind != KIND_ARRAY && kind != KIND_POINTER) {
		type_print(at.type, &type);
		err_set(e, E_TYPE, place_none(), "%s has no elements", buf_str(&type));
		buf_free(&type);
		return false;
	}
	element = type_target(at.type);
	if (!type_size(element, &size))
		return err_set(e, E_TYPE, place_none(), "how long an element is, is not known");
	if (kind == KIND_ARRAY && type_count(at.type, &count) && count && (index < 0 || (uint64_t)index >= count))
		return err_set(e, E_TYPE, place_none(), "no element %" PRId64 ": the array has %" PRIu64, index, count);
	if (kind == KIND_ARRAY) {
		part_of(&at, (uint64_t)index * size, element, out);
		return true;
	}
	if (!deref(sc, &at, out, e))
		return false;
	out->at.address += (uint64_t)index * size;
	return true;
}

/* ---- paths ----------------------------------------------------------------------------------- */

static bool is_word(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* The length of the brackets at the front; 0: they do not close. */
static size_t bracketed(struct str s)
{
	size_t depth = 0;

	for (size_t i = 0; i < s.n; i++) {
		depth += s.p[i] == '[';
		if (s.p[i] == ']' && --depth == 0)
			return i + 1;
	}
	return 0;
}

bool source_path(const struct eval_scope *sc, struct source_value *v, struct str path,
	bool (*number)(void *user, struct str text, int64_t *out, struct err *e), void *user, struct err *e)
{
	while (path.n) {
		struct source_value from = *v;
		size_t n = 1;
		int64_t index;
		if (path.p[0] == '.') {
			while (n < path.n && is_word(path.p[n]))
				n++;
			if (!source_member(sc, &from, (struct str){ path.p + 1, n - 1 }, v, e))
				return false;
		} else if (path.p[0] == '[' && (n = bracketed(path)) > 0) {
			if (!number(user, (struct str){ path.p + 1, n - 2 }, &index, e) || !source_element(sc, &from, index, v, e))
				return false;
		} else {
			return err_set(e, E_USAGE, place_none(), "'%.*s' is no path: members and elements are .name and [number]",
				STR_ARGS(path));
		}
		path = (struct str){ path.p + n, path.n - n };
	}
	return true;
}

/* ---- setting --------------------------------------------------------------------------------- */

static bool check_fits(const struct source_value *v, enum type_number kind, int64_t n, unsigned width, struct err *e)
{
	struct buf type = { 0 };
	bool ok = width >= 64 || (is_signed(kind) ? extended((uint64_t)n, width, true) == n || extended((uint64_t)n, width, false) == n :
		extended((uint64_t)n, width, false) == n || (kind != NUMBER_BOOL && extended((uint64_t)n, width, true) == n));

	if (kind == NUMBER_BOOL)
		ok = n == 0 || n == 1;
	if (ok)
		return true;
	type_print(v->type, &type);
	if (v->bits)
		err_set(e, E_TYPE, place_none(), "%" PRId64 " does not fit %s : %u", n, buf_str(&type), width);
	else
		err_set(e, E_TYPE, place_none(), "%" PRId64 " does not fit %s", n, buf_str(&type));
	buf_free(&type);
	return false;
}

static bool put_memory(const struct eval_scope *sc, uint64_t at, const void *bytes, size_t n, struct err *e)
{
	struct memory *m = memory_of(sc);

	if (!m || !memory_range(m, at, n))
		return err_set(e, E_USAGE, place_none(), "its address, 0x%" PRIx64 ", is outside of memory", at);
	mem_will_write(m, at, n);
	memcpy(m->base + at, bytes, n);
	return true;
}

static bool put_bit_field(const struct eval_scope *sc, const struct source_value *v, uint64_t bits, struct err *e)
{
	uint64_t first = v->at.address + v->shift / 8;
	uint32_t shift = v->shift % 8, n = (shift + v->bits + 7) / 8;
	uint8_t bytes[9];

	if (!read_memory((void *)(uintptr_t)sc, first, bytes, n))
		return err_set(e, E_USAGE, place_none(), "its address is outside of memory");
	for (uint32_t i = 0; i < v->bits; i++) {
		uint8_t mask = (uint8_t)(1u << ((shift + i) % 8));
		bytes[(shift + i) / 8] = (uint8_t)((bytes[(shift + i) / 8] & ~mask) | (bits >> i & 1 ? mask : 0));
	}
	return put_memory(sc, first, bytes, n, e);
}

/* Into the local or global that holds the variable. */
static bool put_wasm(const struct eval_scope *sc, const struct source_value *v, uint64_t bits, struct err *e)
{
	struct value now;
	struct frame f;

	if (!read_wasm((void *)(uintptr_t)sc, v->at.kind, v->at.index, &now))
		return err_set(e, E_NOT_RUNNING, place_none(), "its frame is gone");
	now.lo = slot_normal(now.type, bits);
	if (v->at.kind == WASM_LOCAL)
		return frame_of(sc, &f) && frame_set_local(sc->ctx, &f, v->at.index, now, e);
	if (!sc->instance->globals[v->at.index]->mut)
		return err_set(e, E_TYPE, place_none(), "the global that holds it is immutable");
	sc->instance->globals[v->at.index]->value[0] = now.lo;
	return true;
}

static uint64_t float_bits(double d, uint64_t size)
{
	float f = (float)d;
	uint32_t low;
	uint64_t bits;

	memcpy(&low, &f, sizeof low);
	memcpy(&bits, &d, sizeof bits);
	return size == 4 ? low : bits;
}

static bool check_kind(const struct source_value *v, const struct source_number *n, struct err *e)
{
	enum type_number kind = type_number(v->type);
	struct buf type = { 0 };

	if (kind != NUMBER_NONE && (kind == NUMBER_FLOAT || n->kind != NUMBER_FLOAT))
		return true;
	type_print(v->type, &type);
	if (kind == NUMBER_NONE)
		err_set(e, E_TYPE, place_none(), "%s is set from another one of its type, or part by part", buf_str(&type));
	else
		err_set(e, E_TYPE, place_none(), "the place is of type %s, the value a float", buf_str(&type));
	buf_free(&type);
	return false;
}

bool source_assign(const struct eval_scope *sc, const struct source_value *v, const struct source_number *n,
	struct err *e)
{
	enum type_number kind = type_number(v->type);
	struct source_value at;
	uint64_t size = 0, bits;
	uint8_t bytes[8];

	if (type_kind(v->type) == KIND_REFERENCE)
		return source_follow(sc, v, &at, e) && type_kind(at.type) != KIND_REFERENCE && source_assign(sc, &at, n, e);
	if (v->at.where != WHERE_MEMORY && v->at.where != WHERE_WASM)
		return err_set(e, E_TYPE, place_none(), "it has no place that could be set: %s",
			v->at.where == WHERE_GONE && v->why ? v->why : "the compiler only knows its value");
	if (!check_kind(v, n, e))
		return false;
	if (!type_size(v->type, &size) || size < 1 || size > 8)
		return err_set(e, E_TYPE, place_none(), "values of this size cannot be set");
	if (kind == NUMBER_FLOAT)
		bits = float_bits(n->kind == NUMBER_FLOAT ? n->real : (double)n->integer, size);
	else if (check_fits(v, kind, n->integer, v->bits ? v->bits : (unsigned)size * 8, e))
		bits = (uint64_t)n->integer;
	else
		return false;
	if (v->bits)
		return v->at.where == WHERE_MEMORY ? put_bit_field(sc, v, bits, e) :
			err_set(e, E_TYPE, place_none(), "it has no place in memory");
	if (v->at.where == WHERE_WASM)
		return put_wasm(sc, v, kind == NUMBER_FLOAT ? bits : (uint64_t)extended(bits, (unsigned)size * 8, is_signed(kind)), e);
	for (unsigned i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(bits >> (8 * i));
	return put_memory(sc, v->at.address, bytes, size, e);
}

static bool whole_of(const struct eval_scope *sc, const struct source_value *v, struct source_value *out)
{
	struct err ignored = { 0 };

	*out = *v;
	if (type_kind(v->type) == KIND_REFERENCE && !source_follow(sc, v, out, &ignored))
		return false;
	return type_kind(out->type) == KIND_STRUCT || type_kind(out->type) == KIND_ARRAY;
}

bool source_is_whole(const struct eval_scope *sc, const struct source_value *v)
{
	struct source_value at;

	return whole_of(sc, v, &at);
}

static bool check_same_type(struct dwarf_type a, struct dwarf_type b, struct err *e)
{
	struct buf x = { 0 }, y = { 0 };

	type_print(a, &x);
	type_print(b, &y);
	bool same = strcmp(buf_str(&x), buf_str(&y)) == 0;
	if (!same)
		err_set(e, E_TYPE, place_none(), "%s cannot be set to %s", buf_str(&x), buf_str(&y));
	buf_free(&x);
	buf_free(&y);
	return same;
}

bool source_copy_whole(const struct eval_scope *sc, const struct source_value *v, const struct source_value *from,
	struct err *e)
{
	enum { SIZE_MAX_WHOLE = 1 << 20 };
	struct source_value to, of;
	uint64_t size;

	if (!whole_of(sc, v, &to) || !whole_of(sc, from, &of) || !check_same_type(to.type, of.type, e))
		return e->code ? false : err_set(e, E_TYPE, place_none(), "a struct is set from another one of its type");
	if (to.at.where != WHERE_MEMORY)
		return err_set(e, E_TYPE, place_none(), "it has no place that could be set: %s", to.why ? to.why :
			"the compiler only knows its value");
	if (!type_size(to.type, &size) || size > SIZE_MAX_WHOLE)
		return err_set(e, E_TYPE, place_none(), "values of this size cannot be set");
	void *bytes = malloc(size + 1);
	bool ok = bytes != NULL || err_oom(e);
	if (ok && !source_bytes(sc, &of, 0, bytes, size))
		ok = err_set(e, E_TYPE, place_none(), "the value cannot be read: %s", of.why ? of.why : "it is outside of memory");
	ok = ok && put_memory(sc, to.at.address, bytes, size, e);
	free(bytes);
	return ok;
}
