/*
 * Commands: set local, set stack, set global, set memory, set table, set field, set var. All are PLACE = VALUE. A place is
 * written as in expressions; the family's name may be left out ("set local n = 5" is "set var local.n = 5"). A value is a
 * literal of the place's type or an expression.
 */
#include <inttypes.h>
#include <string.h>

#include "debugger/variable.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/debug.h"
#include "repl/command/lvalue_text.h"

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

bool value_of_text(struct session *s, struct str text, valtype type, struct result *r, struct value *out, struct err *e)
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

static bool set_source(struct session *s, const struct source_value *v, struct str place, struct str text, struct result *r,
	struct err *e)
{
	struct eval_scope sc = debug_scope(s, s->frame);
	struct buf value = { 0 }, type = { 0 };
	struct source_value now = *v, from;
	struct source_number n;
	bool found;

	bool whole = source_is_whole(&sc, v) && lvalue_source(s, str_trim(text), r, &from, &found, e);
	if (whole) {
		if (!debug_will_change(s, e) || !source_copy_whole(&sc, v, &from, e))
			return false;
	} else if (e->code || !source_value_for(s, text, v, r, &n, e) || !debug_will_change(s, e) || !source_assign(&sc, v, &n, e)) {
		return false;
	}
	if (now.at.where == WHERE_WASM)         /* its bytes are of before */
		lvalue_source(s, place, r, &now, &found, e);
	source_print(&sc, &now, &value);
	type_print(now.type, &type);
	buf_printf(&r->text, "%.*s = %s : %s\n", STR_ARGS(place), buf_str(&value), buf_str(&type));
	node_str(r, r->root, "type", str_of_buf(&type));
	node_str(r, r->root, "value", str_of_buf(&value));
	buf_free(&value);
	buf_free(&type);
	if (guest_stopped(s))
		snapshot_take(&s->dbg->now, s->ctx);
	return true;
}

static bool set_place(struct session *s, struct str place, struct str value, struct result *r, struct err *e)
{
	struct source_value source;
	struct lvalue l;
	struct value v;
	bool found;

	if (s->trapped)
		return err_set(e, E_NOT_RUNNING, place_none(), "the call has trapped: its state can only be looked at");
	debug_leave_native(s, r);
	if (lvalue_source(s, place, r, &source, &found, e))
		return set_source(s, &source, place, value, r, e);
	if (found || !lvalue_find(s, place, r, &l, e))
		return false;
	if (l.kind == LVALUE_RANGE)
		return err_set(e, E_TYPE, place_none(), "a range of bytes has no type: mem8[a], mem32[a], … can be set");
	if (!value_of_text(s, value, l.type, r, &v, e) || !debug_will_change(s, e) || !lvalue_write(s->ctx, &l, v, e))
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
	struct str rest = place, word = line_word(&rest);

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

static bool run_set_field(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	return set_line(s, a, NULL, NULL, r, e);
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
SET_COMMAND(field, "Change a field of a struct or an element of an array", "set field gc(12).next = null", CMD_NEEDS_INSTANCE);
SET_COMMAND(var, "Change any place, written as in expressions", "set var local.n = local.n + 1", CMD_NEEDS_MODULE);
