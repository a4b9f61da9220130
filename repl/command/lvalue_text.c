/* Reading places; see lvalue_text.h. */
#include "repl/command/lvalue_text.h"

#include <inttypes.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/entity.h"
#include "engine/gc/gc.h"
#include "engine/names.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"

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
		"mem(1).u8[a], table0[i], gc(12).f", STR_ARGS(text));
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

static bool target_local(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
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
	t->kind = LVALUE_LOCAL;
	t->type = v.type;
	return true;
}

static bool target_stack(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
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
	t->kind = LVALUE_STACK;
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

static bool target_global(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	struct extern_ref x;
	struct str name;
	int64_t index;
	bool several;

	if (!in)
		return false;
	t->kind = LVALUE_GLOBAL;
	t->instance = in;
	if (!selector_name(p, &name)) {
		if (!evaluate_integer(s, p->selector, r, &index, e))
			return false;
		if (index < 0 || index >= (int64_t)in->module->nglobals)
			return err_set(e, E_UNKNOWN_NAME, place_none(), "no global %" PRId64 ": the module has %u", index,
				in->module->nglobals);
		t->number = (uint32_t)index;
		t->global = in->globals[index];
	} else if (name_find(in->module, NAME_GLOBAL, name, &t->number, &several)) {
		t->global = in->globals[t->number];
	} else if (instance_export(in, name, &x) && x.kind == EXTERN_GLOBAL) {
		t->global = x.as.global;
		while (t->number < in->module->nglobals && in->globals[t->number] != t->global)
			t->number++;
	} else {
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no global '%.*s'", STR_ARGS(name));
	}
	t->type = t->global->type;
	return true;
}

static const struct { const char *shorthand, *name; unsigned bytes; valtype type; bool sign; } widths[] = {
	{ "mem8", "u8", 1, VT_I32, false }, { "mem8s", "i8", 1, VT_I32, true }, { "mem16", "u16", 2, VT_I32, false },
	{ "mem16s", "i16", 2, VT_I32, true }, { "mem32", "i32", 4, VT_I32, true }, { "mem32u", "u32", 4, VT_I32, false },
	{ "mem64", "i64", 8, VT_I64, true }, { "memf32", "f32", 4, VT_F32, false }, { "memf64", "f64", 8, VT_F64, false },
	{ "memv128", "v128", 16, VT_V128, false },
};

static bool find_width(struct str word, bool shorthand, struct lvalue *t, struct err *e)
{
	for (size_t i = 0; i < sizeof widths / sizeof *widths; i++)
		if (str_is(word, shorthand ? widths[i].shorthand : widths[i].name)) {
			t->bytes = widths[i].bytes;
			t->type = widths[i].type;
			t->sign = widths[i].sign;
			return true;
		}
	return err_set(e, E_USAGE, place_none(), "no width '%.*s'", STR_ARGS(word));
}

/* "A..B" in brackets: the bytes from A to B. */
static bool split_range(struct str text, struct str *from, struct str *to)
{
	const char *dots = memmem(text.p, text.n, "..", 2);

	if (!dots)
		return false;
	*from = (struct str){ text.p, (size_t)(dots - text.p) };
	*to = (struct str){ dots + 2, text.n - from->n - 2 };
	return true;
}

static uint64_t address_in(const struct memory *m, int64_t at)
{
	return m->is64 || at >= 0 ? (uint64_t)at : (uint32_t)at;
}

static bool read_addresses(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
{
	struct str from = p->selector, to;
	bool range = split_range(p->selector, &from, &to);
	int64_t at, last;

	if (!evaluate_integer(s, from, r, &at, e) || (range && !evaluate_integer(s, to, r, &last, e)))
		return false;
	t->at = address_in(t->memory, at);
	if (!range)
		return find_width(p->access.n ? p->access : p->root, !p->access.n, t, e);
	if (!str_is(p->root, "mem") || p->access.n)
		return err_set(e, E_USAGE, place_none(), "a range of bytes is written mem[A..B]");
	if (address_in(t->memory, last) < t->at)
		return err_set(e, E_USAGE, place_none(), "the range ends before it begins");
	t->kind = LVALUE_RANGE;
	t->bytes = address_in(t->memory, last) - t->at + 1;
	return true;
}

static bool target_memory(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	int64_t number = 0;

	if (!in || (p->argument.n && !evaluate_integer(s, p->argument, r, &number, e)))
		return false;
	if (number < 0 || number >= (int64_t)in->module->nmemories)
		return err_set(e, E_UNKNOWN_NAME, place_none(), in->module->nmemories ? "no memory %" PRId64 :
			"the module has no memory", number);
	t->kind = LVALUE_MEMORY;
	t->instance = in;
	t->number = (uint32_t)number;
	t->memory = in->memories[number];
	return read_addresses(s, p, r, t, e);
}

static bool target_table(struct session *s, const struct place_text *p, struct result *r, struct lvalue *t, struct err *e)
{
	struct instance *in = instance_of(s, e);
	struct str digits = { p->root.p + strlen("table"), p->root.n - strlen("table") };
	int64_t number, at;

	if (!in || !evaluate_integer(s, p->selector, r, &at, e))
		return false;
	if (!str_number(digits, &number) || number < 0 || number >= (int64_t)in->module->ntables)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no table '%.*s'", STR_ARGS(digits));
	t->kind = LVALUE_TABLE;
	t->instance = in;
	t->number = (uint32_t)number;
	t->table = in->tables[number];
	t->type = t->table->type;
	t->at = (uint64_t)at;
	if (at >= 0 && t->at < t->table->size)
		return true;
	return err_set(e, E_USAGE, place_none(), "no element %" PRId64 ": the table has %" PRIu64, at, t->table->size);
}

/* ---- fields ---------------------------------------------------------------------------------- */

/* The last ".name" or "[index]" of a place, and what stands in front of it. */
static bool split_last(struct str text, struct str *object, struct str *field, bool *bracket)
{
	size_t last = 0;
	int depth = 0;

	for (size_t i = 0; i < text.n; i++) {
		char ch = text.p[i];
		if (!depth && (ch == '.' || ch == '[') && i)
			last = i;
		depth += (ch == '[' || ch == '(') - (ch == ']' || ch == ')');
	}
	if (!last)
		return false;
	*bracket = text.p[last] == '[';
	*object = (struct str){ text.p, last };
	*field = (struct str){ text.p + last + 1, text.n - last - 1 - (*bracket && text.p[text.n - 1] == ']') };
	return true;
}

/* The reference that an expression gives; E: it is none to an object. */
static const struct deftype *object_of(struct session *s, struct str text, struct result *r, struct lvalue *t, struct err *e)
{
	const struct deftype *type = NULL;
	struct eval_result v;

	if (!debug_eval(s, text, &r->arena, &v, e))
		return NULL;
	if (v.kind == EVAL_WASM && vt_is_ref(v.value.type) && heap_top(s->engine, vt_heap(v.value.type)) == HEAP_ANY)
		type = gc_object_type(s->store, v.value.lo);
	if (!type)
		err_set(e, E_TYPE, place_none(), v.kind == EVAL_WASM && vt_is_ref(v.value.type) && !v.value.lo ?
			"'%.*s' is null: it has no fields" : "'%.*s' is no object: it has no fields", STR_ARGS(text));
	t->object = v.value.lo;
	return type;
}

/* A field's index by its name in the module of the frame. */
static bool field_named(struct session *s, const struct deftype *t, struct str name, uint32_t *index)
{
	const struct session_module *sm = session_named_module(s);
	const struct module *m = sm ? sm->module : NULL;

	for (uint32_t i = 0; m && i < m->ntypes; i++)
		for (uint32_t f = 0; m->types[i] == t && f < t->nfields; f++)
			if (str_eq(name_of_inner(m, NAME_FIELD, i, f), name)) {
				*index = f;
				return true;
			}
	return false;
}

static bool target_field(struct session *s, struct str object, struct str field, bool bracket, struct result *r,
	struct lvalue *t, struct err *e)
{
	const struct deftype *type = object_of(s, object, r, t, e);
	struct value v;
	int64_t index;

	if (!type)
		return false;
	t->kind = LVALUE_FIELD;
	if (!bracket && !field_named(s, type, field, &t->index))
		return err_set(e, E_UNKNOWN_NAME, place_none(), "no field '%.*s'", STR_ARGS(field));
	if (bracket && !evaluate_integer(s, field, r, &index, e))
		return false;
	if (bracket && (index < 0 || index >= gc_object_length(s->store, t->object)))
		return err_set(e, E_USAGE, place_none(), "no element %" PRId64 ": the object has %u", index,
			gc_object_length(s->store, t->object));
	if (bracket)
		t->index = (uint32_t)index;
	if (!gc_field_get(s->store, t->object, t->index, &v))
		return err_set(e, E_INTERNAL, place_none(), "the field cannot be read");
	t->type = v.type;
	return true;
}

/* ---- all ------------------------------------------------------------------------------------- */

static bool is_wasm_local(struct session *s, struct str name)
{
	struct frame f;
	uint32_t index;

	return guest_stopped(s) && frame_at(s->ctx, s->frame, &f) && f.inst && !f.host && find_local(&f, name, &index);
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

bool lvalue_source(struct session *s, struct str text, struct result *r, struct source_value *out, bool *found, struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);
	struct path_reader reader = { s, r };
	struct str rest = { text.p + 1, text.n - 1 };

	*found = false;
	if (!text.n || text.p[0] != '$' || is_wasm_local(s, rest))
		return false;
	struct str word = take_word(&rest);
	*found = variable_find(&sc, word, out);
	return *found && source_path(&sc, out, rest, path_number, &reader, e);
}

/* Where a variable of the source language is kept: its bytes in memory, or a local or global that holds it. */
static bool target_kept(struct session *s, const struct source_value *v, struct result *r, struct lvalue *t, struct err *e)
{
	struct place_text p = { .selector = str_of(arena_printf(&r->arena, "%u", v->at.index)), .bracket = true };
	struct instance *in = instance_of(s, e);

	if (!in)
		return false;
	if (v->at.where == WHERE_WASM)
		return v->at.kind == WASM_LOCAL ? target_local(s, &p, r, t, e) : target_global(s, &p, r, t, e);
	if (v->at.where != WHERE_MEMORY || !in->module->nmemories || !type_size(v->type, &t->bytes) || !t->bytes)
		return err_set(e, E_USAGE, place_none(), "the variable has no place in memory here");
	t->kind = LVALUE_RANGE;
	t->instance = in;
	t->memory = in->memories[0];
	t->at = v->at.address;
	if (type_kind(v->type) == KIND_STRUCT || type_kind(v->type) == KIND_ARRAY || (t->bytes & (t->bytes - 1)) || t->bytes > 8)
		return true;
	enum type_number n = type_number(v->type);
	t->kind = LVALUE_MEMORY;
	t->sign = n == NUMBER_SIGNED || n == NUMBER_CHAR;
	t->type = n == NUMBER_FLOAT ? (t->bytes == 4 ? VT_F32 : VT_F64) : t->bytes == 8 ? VT_I64 : VT_I32;
	return true;
}

/* $name: a local of the frame, a variable of the source language, else a global. */
static bool target_symbol(struct session *s, struct str text, struct result *r, struct lvalue *t, struct err *e)
{
	struct place_text p = { .selector = { text.p + 1, text.n - 1 } };
	struct source_value v;
	bool found;

	if (is_wasm_local(s, p.selector))
		return target_local(s, &p, r, t, e);
	if (lvalue_source(s, text, r, &v, &found, e))
		return target_kept(s, &v, r, t, e);
	return !found && target_global(s, &p, r, t, e);
}

/* Whether the place goes on behind its first selector, or begins with what has fields only: then it is a field. */
static bool names_field(struct str text, struct str object)
{
	static const char *const roots[] = { "local", "locals", "stack", "global", "mem" };
	struct str rest = object, root = take_word(&rest);

	if (text.p[0] == '$' || str_is(root, "gc"))
		return true;
	if (str_is(root, "mem") && rest.n && rest.p[0] == '(')
		return false;
	for (size_t i = 0; i < sizeof roots / sizeof *roots; i++)
		if (str_is(root, roots[i]))
			return rest.n > 0;
	return rest.n > 0 && str_starts(root, "table");
}

bool lvalue_find(struct session *s, struct str text, struct result *r, struct lvalue *t, struct err *e)
{
	struct place_text p;
	struct str object, field;
	bool bracket;

	struct err ignored = { 0 };

	*t = (struct lvalue){ 0 };
	text = str_trim(text);
	/* names may have dots */
	if (text.n && text.p[0] == '$' && target_symbol(s, text, r, t, &ignored))
		return true;
	*t = (struct lvalue){ 0 };
	if (split_last(text, &object, &field, &bracket) && names_field(text, object))
		return target_field(s, object, field, bracket, r, t, e);
	if (text.n && text.p[0] == '$')
		return target_symbol(s, text, r, t, e);
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
	return err_set(e, E_USAGE, place_none(), "'%.*s' is no place: there are local, stack, global, mem32 (…), table0, gc(N)",
		STR_ARGS(p.root));
}
