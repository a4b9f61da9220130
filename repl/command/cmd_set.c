/*
 * Commands: set local, set stack, set global, set memory, set table, set var. All are PLACE = VALUE. A place is written
 * as in expressions; the family's name may be left out ("set local n = 5" is "set var local.n = 5"). A value is a literal
 * of the place's type or an expression.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "engine/names.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"

enum set_kind { SET_LOCAL, SET_STACK, SET_GLOBAL, SET_MEMORY, SET_TABLE, SET_SOURCE };

struct target {
	enum set_kind kind;
	valtype type;
	struct frame frame;             /* SET_LOCAL, SET_STACK */
	uint32_t index;
	struct global *global;
	struct memory *memory;
	struct table *table;
	uint64_t at;                    /* of memory and tables */
	unsigned bytes;                 /* of memory */
	struct source_value source;     /* SET_SOURCE: a variable of the source language, or a part of one */
};

/* ---- reading places -------------------------------------------------------------------------- */

static bool is_word_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

/* Split "word.name" or "word[expr]" (and "mem(n).word[expr]"): the word in front, what selects, and how. */
struct place_text {
	struct str root, argument;      /* mem(ARGUMENT) */
	struct str access;              /* mem(1).u32 */
	struct str selector;            /* name or expression */
	bool bracket;
};

static struct str take_word(struct str *s)
{
	size_t n = 0;

	while (n < s->n && is_word_char(s->p[n]))
		n++;
	struct str word = { s->p, n };
	*s = (struct str){ s->p + n, s->n - n };
	return word;
}

/* The inside of brackets that begin at *S. */
static bool take_brackets(struct str *s, char open, char close, struct str *inside)
{
	int depth = 0;

	for (size_t i = 0; i < s->n; i++) {
		depth += s->p[i] == open;
		depth -= s->p[i] == close;
		if (depth)
			continue;
		*inside = (struct str){ s->p + 1, i ? i - 1 : 0 };
		*s = (struct str){ s->p + i + 1, s->n - i - 1 };
		return i > 0;
	}
	return false;
}

static bool split_place(struct str text, struct place_text *out, struct err *e)
{
	struct str rest = text;

	*out = (struct place_text){ 0 };
	out->root = take_word(&rest);
	if (str_is(out->root, "mem") && rest.n && rest.p[0] == '(') {
		if (!take_brackets(&rest, '(', ')', &out->argument) || !rest.n || rest.p[0] != '.')
			return err_set(e, E_USAGE, place_none(), "mem(N) is followed by a width, as in mem(1).u8[16]");
		rest = (struct str){ rest.p + 1, rest.n - 1 };
		out->access = take_word(&rest);
	}
	if (rest.n && rest.p[0] == '.' && !out->access.n) {
		out->selector = (struct str){ rest.p + 1, rest.n - 1 };
		return true;
	}
	out->bracket = rest.n && rest.p[0] == '[' && take_brackets(&rest, '[', ']', &out->selector) && !rest.n;
	return out->bracket || err_set(e, E_USAGE, place_none(), "'%.*s' is not a place: local.n, stack[-1], global.g, mem32[a], "
		"mem(1).u8[a], table0[i]", STR_ARGS(text));
}

/* A number: a literal, or an expression where there is an evaluator. */
static bool evaluate_integer(struct session *s, struct str text, struct result *r, int64_t *out, struct err *e)
{
	struct eval_result v;

	if (str_number(str_trim(text), out))
		return true;
	if (!debug_eval(s, text, &r->arena, &v, e))
		return false;
	if (!eval_is_integer(&v))
		return err_set(e, E_TYPE, place_none(), "'%.*s' is not an integer", STR_ARGS(text));
	*out = v.integer;
	return true;
}

/* Whether the selector is a name, not an expression in brackets: then *NAME, without quotes and dollar. */
static bool selector_name(const struct place_text *p, struct str *name)
{
	struct str t = str_trim(p->selector);

	if (p->bracket) {
		if (t.n < 2 || t.p[0] != '"' || t.p[t.n - 1] != '"')
			return false;
		t = (struct str){ t.p + 1, t.n - 2 };
	}
	if (t.n && t.p[0] == '$')
		t = (struct str){ t.p + 1, t.n - 1 };
	*name = t;
	return true;
}

/* ---- finding them ---------------------------------------------------------------------------- */

static bool find_local(const struct frame *f, struct str name, uint32_t *index)
{
	uint32_t n = frame_local_count(f);

	for (*index = 0; *index < n; ++*index)
		if (str_eq(name_of_inner(f->inst->module, NAME_LOCAL, f->func->index, *index), name))
			return true;
	return false;
}

static bool target_local(struct session *s, const struct place_text *p, struct result *r, struct target *t, struct err *e)
{
	struct value v;
	struct str name;
	int64_t index;

	if (!debug_wasm_frame(s, &t->frame, e))
		return false;
	if (selector_name(p, &name)) {
		if (!find_local(&t->frame, name, &t->index))
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no local '%.*s' in this function", STR_ARGS(name));
	} else {
		if (!evaluate_integer(s, p->selector, r, &index, e))
			return false;
		if (index < 0 || index >= (int64_t)frame_local_count(&t->frame))
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no local %" PRId64 ": the function has %u", index,
				frame_local_count(&t->frame));
		t->index = (uint32_t)index;
	}
	if (!frame_local(s->ctx, &t->frame, t->index, &v))
		return err_set(e, E_INTERNAL, place_none(), "local %u cannot be read here", t->index);
	t->kind = SET_LOCAL;
	t->type = v.type;
	return true;
}

static bool target_stack(struct session *s, const struct place_text *p, struct result *r, struct target *t, struct err *e)
{
	struct value *v;
	uint32_t n;
	int64_t index;

	if (!debug_wasm_frame(s, &t->frame, e) || !evaluate_integer(s, p->selector, r, &index, e) ||
			!frame_stack(s->ctx, &t->frame, &v, &n, &r->arena, e))
		return false;
	index = index < 0 ? index + n : index;
	if (index < 0 || index >= n)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no stack[%.*s]: the operand stack has %u value%s",
			STR_ARGS(p->selector), n, n == 1 ? "" : "s");
	t->kind = SET_STACK;
	t->index = (uint32_t)index;
	t->type = v[index].type;
	return true;
}

static struct instance *instance_of(struct session *s, struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);

	if (!sc.instance)
		err_set(e, E_NO_MODULE, place_none(), "no instance is there: 'instantiate' makes one");
	return sc.instance;
}

static bool target_global(struct session *s, const struct place_text *p, struct result *r, struct target *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	struct extern_ref x;
	struct str name;
	int64_t index;
	bool several;

	if (!in)
		return false;
	t->kind = SET_GLOBAL;
	if (!selector_name(p, &name)) {
		if (!evaluate_integer(s, p->selector, r, &index, e))
			return false;
		if (index < 0 || index >= (int64_t)in->module->nglobals)
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no global %" PRId64 ": the module has %u", index,
				in->module->nglobals);
		t->global = in->globals[index];
	} else if (name_find(in->module, NAME_GLOBAL, name, &t->index, &several)) {
		t->global = in->globals[t->index];
	} else if (instance_export(in, name, &x) && x.kind == EXTERN_GLOBAL) {
		t->global = x.as.global;
	} else {
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no global '%.*s'", STR_ARGS(name));
	}
	if (!t->global->mut)
		return err_set(e, E_TYPE, place_none(), "the global is immutable: code may have its value built in");
	t->type = t->global->type;
	return true;
}

static const struct { const char *shorthand, *name; unsigned bytes; valtype type; } widths[] = {
	{ "mem8", "u8", 1, VT_I32 }, { "mem8s", "i8", 1, VT_I32 }, { "mem16", "u16", 2, VT_I32 }, { "mem16s", "i16", 2, VT_I32 },
	{ "mem32", "i32", 4, VT_I32 }, { "mem32u", "u32", 4, VT_I32 }, { "mem64", "i64", 8, VT_I64 },
	{ "memf32", "f32", 4, VT_F32 }, { "memf64", "f64", 8, VT_F64 }, { "memv128", "v128", 16, VT_V128 },
};

static bool target_memory(struct session *s, const struct place_text *p, struct result *r, struct target *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	int64_t number = 0, at;

	if (!in || (p->argument.n && !evaluate_integer(s, p->argument, r, &number, e)) ||
			!evaluate_integer(s, p->selector, r, &at, e))
		return false;
	if (number < 0 || number >= (int64_t)in->module->nmemories)
		return err_set(e, E_UNKNOWN_NAME, place_none(), in->module->nmemories ? "no memory %" PRId64 :
			"the module has no memory", number);
	t->kind = SET_MEMORY;
	t->memory = in->memories[number];
	t->at = t->memory->is64 || at >= 0 ? (uint64_t)at : (uint32_t)at;
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
		if (str_is(p->access.n ? p->access : p->root, p->access.n ? widths[i].name : widths[i].shorthand)) {
			t->bytes = widths[i].bytes;
			t->type = widths[i].type;
		}
	if (!t->bytes)
		return err_set(e, E_USAGE, place_none(), "no width '%.*s'", STR_ARGS(p->access.n ? p->access : p->root));
	if (memory_range(t->memory, t->at, t->bytes))
		return true;
	return err_set(e, E_USAGE, place_none(), "%u byte%s at %" PRIu64 ": the memory has %" PRIu64 " bytes",
		t->bytes, t->bytes == 1 ? "" : "s", t->at, (uint64_t)atomic_load(&t->memory->size));
}

static bool target_table(struct session *s, const struct place_text *p, struct result *r, struct target *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	struct str digits = { p->root.p + strlen("table"), p->root.n - strlen("table") };
	int64_t number, at;

	if (!in || !evaluate_integer(s, p->selector, r, &at, e))
		return false;
	if (!str_number(digits, &number) || number < 0 || number >= (int64_t)in->module->ntables)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no table '%.*s'", STR_ARGS(digits));
	t->kind = SET_TABLE;
	t->table = in->tables[number];
	t->type = t->table->type;
	t->at = (uint64_t)at;
	if (at >= 0 && t->at < t->table->size)
		return true;
	return err_set(e, E_USAGE, place_none(), "no element %" PRId64 ": the table has %" PRIu64, at, t->table->size);
}

struct path_reader {
	struct session *s;
	struct result *r;
};

static bool path_number(void *user, struct str text, int64_t *out, struct err *e)
{
	const struct path_reader *p = user;

	return evaluate_integer(p->s, text, p->r, out, e);
}

/* $list.next.value, $grid[1][2]: a variable of the source language. *FOUND: there is one of this name. */
static bool target_source(struct session *s, struct str name, struct result *r, struct target *t, bool *found,
	struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);
	struct path_reader reader = { s, r };
	struct str rest = name, word = take_word(&rest);

	*found = variable_find(&sc, word, &t->source);
	t->kind = SET_SOURCE;
	return *found && source_path(&sc, &t->source, rest, path_number, &reader, e);
}

/* $name: a local of the frame, a variable of the source language, else a global. */
static bool target_symbol(struct session *s, struct str name, struct result *r, struct target *t, struct err *e)
{
	struct place_text p = { .selector = name };
	struct frame f;
	uint32_t index;
	bool found;

	if (guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && !f.host && find_local(&f, name, &index))
		return target_local(s, &p, r, t, e);
	if (target_source(s, name, r, t, &found, e) || found)
		return !e->code;
	return target_global(s, &p, r, t, e);
}

static bool target_find(struct session *s, struct str text, struct result *r, struct target *t, struct err *e)
{
	struct place_text p;

	*t = (struct target){ 0 };
	if (text.n && text.p[0] == '$')
		return target_symbol(s, (struct str){ text.p + 1, text.n - 1 }, r, t, e);
	if (!split_place(text, &p, e))
		return false;
	if (str_is(p.root, "local") || str_is(p.root, "locals"))
		return target_local(s, &p, r, t, e);
	if (str_is(p.root, "stack"))
		return target_stack(s, &p, r, t, e);
	if (str_is(p.root, "global"))
		return target_global(s, &p, r, t, e);
	if (str_starts(p.root, "table"))
		return target_table(s, &p, r, t, e);
	if (str_starts(p.root, "mem"))
		return target_memory(s, &p, r, t, e);
	return err_set(e, E_USAGE, place_none(), "'%.*s' cannot be set: there are local, stack, global, mem32 (…), table0",
		STR_ARGS(p.root));
}

/* ---- values ---------------------------------------------------------------------------------- */

static double f32_real(slot bits)
{
	uint32_t low = (uint32_t)bits;
	float f;

	memcpy(&f, &low, sizeof f);
	return (double)f;
}

/* A Lua number as a value of TYPE. False without E: the type takes no such number. */
static bool from_number(const struct eval_result *v, bool is_float, valtype type, struct value *out, struct err *e)
{
	double d = is_float ? v->real : (double)v->integer;
	float f = (float)d;
	uint32_t low;
	uint64_t bits;

	memcpy(&low, &f, sizeof low);
	memcpy(&bits, &d, sizeof bits);
	if (type == VT_F32 || type == VT_F64) {
		*out = type == VT_F32 ? value_f32_bits(low) : value_f64_bits(bits);
		return true;
	}
	if (is_float || (type != VT_I32 && type != VT_I64))
		return false;
	if (type == VT_I32 && (v->integer < INT32_MIN || v->integer > UINT32_MAX))
		return err_set(e, E_TYPE, place_none(), "%" PRId64 " does not fit i32 (-2147483648 … 4294967295)", v->integer);
	*out = type == VT_I32 ? value_i32((int32_t)v->integer) : value_i64(v->integer);
	return true;
}

static bool same_type(const struct session *s, const struct value *v, valtype type)
{
	if (!vt_is_ref(type) || !vt_is_ref(v->type))
		return v->type == type;
	return v->lo ? valtype_sub(s->engine, v->type, type) : vt_nullable(type);
}

static bool from_result(struct session *s, const struct eval_result *v, valtype type, struct value *out, struct err *e)
{
	bool integer = eval_is_integer(v);
	struct buf want = { 0 }, found = { 0 };

	if (v->kind == EVAL_WASM && same_type(s, &v->value, type)) {
		*out = (struct value){ type, v->value.lo, v->value.hi };
		return true;
	}
	if ((integer || v->kind == EVAL_FLOAT) && from_number(v, !integer, type, out, e))
		return true;
	valtype_print(type, NULL, &want);
	show_type(v, &found);
	err_set(e, E_TYPE, place_none(), "the place is of type %s, the value of type %s", buf_str(&want), buf_str(&found));
	buf_free(&want);
	buf_free(&found);
	return false;
}

static bool value_for(struct session *s, struct str text, valtype type, struct result *r, struct value *out, struct err *e)
{
	struct err literal = { 0 };
	struct eval_result v;
	struct eval_scope sc = debug_scope(s, s->frame);

	if (value_parse(type, text, sc.instance, out, &literal))
		return true;
	if (!s->eval || (text.n && (text.p[0] == '-' || (text.p[0] >= '0' && text.p[0] <= '9')) &&
			!memchr(text.p, ' ', text.n))) {
		*e = literal;
		return false;
	}
	return debug_eval(s, text, &r->arena, &v, e) && from_result(s, &v, type, out, e);
}

/* ---- setting --------------------------------------------------------------------------------- */

static bool assign(struct session *s, const struct target *t, struct value v, struct err *e)
{
	switch (t->kind) {
	case SET_LOCAL:
		return frame_set_local(s->ctx, &t->frame, t->index, v, e);
	case SET_STACK:
		return frame_set_stack(s->ctx, &t->frame, t->index, v, e);
	case SET_GLOBAL:
		t->global->value[0] = v.lo;
		if (vt_slots(t->type) == 2)
			t->global->value[1] = v.hi;
		return true;
	case SET_MEMORY:
		mem_will_write(t->memory, t->at, t->bytes);
		memcpy(t->memory->base + t->at, &v.lo, t->bytes < 8 ? t->bytes : 8);
		if (t->bytes == 16)
			memcpy(t->memory->base + t->at + 8, &v.hi, 8);
		return true;
	case SET_TABLE:
		t->table->elems[t->at] = v.lo;
		return true;
	case SET_SOURCE:
		break;          /* set_source() */
	}
	return false;
}

/* What the value of a source variable is written as: a name of its enumeration, true, false, or an expression. */
static bool source_value_for(struct session *s, struct str text, const struct source_value *v, struct result *r,
	struct source_number *out, struct err *e)
{
	struct eval_result found;

	*out = (struct source_number){ .kind = NUMBER_SIGNED };
	if (type_enumerator_named(v->type, text, &out->integer) || str_number(text, &out->integer))
		return true;
	if (!debug_eval(s, text, &r->arena, &found, e))
		return false;
	if (eval_is_integer(&found) || found.kind == EVAL_BOOL) {
		out->integer = found.kind == EVAL_BOOL ? found.truth : found.integer;
		return true;
	}
	out->kind = NUMBER_FLOAT;
	out->real = found.real;
	if (found.kind == EVAL_FLOAT)
		return true;
	if (found.kind == EVAL_WASM && found.value.type == VT_F64)
		memcpy(&out->real, &found.value.lo, sizeof out->real);
	else if (found.kind == EVAL_WASM && found.value.type == VT_F32)
		out->real = f32_real(found.value.lo);
	else
		return err_set(e, E_TYPE, place_none(), "'%.*s' is no number", STR_ARGS(text));
	return true;
}

static bool set_source(struct session *s, const struct target *t, struct str place, struct str text, struct result *r,
	struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);
	struct buf value = { 0 }, type = { 0 };
	struct source_number n;
	struct source_value now = t->source;

	if (!source_value_for(s, text, &t->source, r, &n, e) || !debug_will_change(s, e) ||
			!source_assign(&sc, &t->source, &n, e))
		return false;
	if (now.at.where == WHERE_WASM) {       /* its bytes are of before */
		struct target again;
		if (target_find(s, place, r, &again, e))
			now = again.source;
	}
	source_print(&sc, &now, &value);
	type_print(now.type, &type);
	buf_printf(&r->text, "%.*s = %s : %s\n", STR_ARGS(place), buf_str(&value), buf_str(&type));
	node_str(r, r->root, "type", (struct str){ buf_str(&type), type.size });
	node_str(r, r->root, "value", (struct str){ buf_str(&value), value.size });
	buf_free(&value);
	buf_free(&type);
	if (guest_stopped(s))
		snapshot_take(&s->dbg->now, s->ctx);
	return true;
}

static bool set_place(struct session *s, struct str place, struct str value, struct result *r, struct err *e)
{
	struct target t;
	struct value v;

	if (s->trapped)
		return err_set(e, E_NOT_RUNNING, place_none(), "the call has trapped: its state can only be looked at");
	if (!target_find(s, place, r, &t, e))
		return false;
	if (t.kind == SET_SOURCE)
		return set_source(s, &t, place, value, r, e);
	if (!value_for(s, value, t.type, r, &v, e) || !debug_will_change(s, e) || !assign(s, &t, v, e))
		return false;
	if (guest_stopped(s))
		snapshot_take(&s->dbg->now, s->ctx);
	buf_put(&r->text, place.p, place.n);
	buf_puts(&r->text, " = ");
	value_print(v, s->store, &r->text);
	buf_puts(&r->text, " : ");
	valtype_print(v.type, NULL, &r->text);
	buf_putc(&r->text, '\n');
	node_value(r, r->root, v, s->store);
	return true;
}

/* "PLACE = VALUE" at the first = that compares nothing and is in no brackets. */
static bool split_assignment(struct str text, struct str *place, struct str *value, struct err *e)
{
	int depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];
		depth += (c == '[' || c == '(') - (c == ']' || c == ')');
		if (c != '=' || depth)
			continue;
		*place = str_trim((struct str){ text.p, i });
		*value = str_trim((struct str){ text.p + i + 1, text.n - i - 1 });
		if (place->n && value->n && value->p[0] != '=')
			return true;
		break;
	}
	return err_set(e, E_USAGE, place_none(), "set needs PLACE = VALUE, as in set var local.n = 5");
}

/* Whether PLACE is written in full: "local.n", "mem(1).u8[3]", "table0[1]". */
static bool is_full(struct str place, const char *root)
{
	struct str rest = place, word = take_word(&rest);

	return str_starts(word, root) && rest.n && strchr(".[(", rest.p[0]) != NULL;
}

/* "n", "$n" and "2" in front of ROOT: "local.n", "local[2]". Memory and tables take expressions. */
static struct str in_full(struct str place, const char *root, const char *indexed, struct arena *a)
{
	bool dollar = place.n && place.p[0] == '$', number = place.n && strchr("-0123456789", place.p[0]);

	if (!root || is_full(place, root))
		return place;
	if (number || strcmp(root, indexed) != 0 || strcmp(root, "stack") == 0)
		return str_of(arena_printf(a, "%s[%.*s]", indexed, STR_ARGS(place)));
	if (dollar)
		place = (struct str){ place.p + 1, place.n - 1 };
	return str_of(arena_printf(a, "%s.%.*s", root, STR_ARGS(place)));
}

/* ROOT: what places of this family begin with; INDEXED: what an index belongs to. NULL: places are written in full. */
static bool set_line(struct session *s, const struct args *a, const char *root, const char *indexed, struct result *r,
	struct err *e)
{
	struct str place, value;

	if (!split_assignment(arg_get(a, "assignment")->text, &place, &value, e))
		return false;
	place = in_full(place, root, indexed, &r->arena);
	return place.p ? set_place(s, place, value, r, e) : err_oom(e);
}

static bool run_set_local(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, "local", "local", r, e);
}

static bool run_set_stack(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, "stack", "stack", r, e);
}

static bool run_set_global(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, "global", "global", r, e);
}

static bool run_set_memory(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, "mem", "mem32", r, e);
}

static bool run_set_table(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, "table", "table0", r, e);
}

static bool run_set_var(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, NULL, NULL, r, e);
}

#define SET_COMMAND(word, words, how, needs) \
	const struct command cmd_set_##word = { \
		.name = "set " #word, .group = GROUP_STATE, .summary = words, .example = how, \
		.args = (const struct arg_spec[]){ { "assignment", ARG_REST, 0, "PLACE = VALUE", NULL }, { 0 } }, \
		.flags = needs, .run = run_set_##word, \
	}

SET_COMMAND(local, "Change a local of the selected frame", "set local n = 5", CMD_NEEDS_STOP);
SET_COMMAND(stack, "Change a value on the operand stack; -1 is the top", "set stack -1 = 0", CMD_NEEDS_STOP);
SET_COMMAND(global, "Change a mutable global", "set global sp = 65536", CMD_NEEDS_INSTANCE);
SET_COMMAND(memory, "Change memory: four bytes, or as wide as mem8[a] says", "set memory mem8[16] = 255", CMD_NEEDS_INSTANCE);
SET_COMMAND(table, "Change an element of a table", "set table 0 = func:3", CMD_NEEDS_INSTANCE);
SET_COMMAND(var, "Change any place, written as in expressions", "set var local.n = local.n + 1", CMD_NEEDS_MODULE);
