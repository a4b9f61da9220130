/* Commands: print, display, undisplay. And values in the formats of print/F. */
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "repl/command/debug.h"

/* ---- formats --------------------------------------------------------------------------------- */

/* The bits of a value and how many there are; false: it has none (a string, a table). */
static bool bits_of(const struct eval_result *v, uint64_t *bits, unsigned *width)
{
	double d = v->real;

	switch (v->kind) {
	case EVAL_WASM:
		if (v->value.type == VT_V128 || vt_is_ref(v->value.type))
			return false;
		*bits = v->value.lo;
		*width = v->value.type == VT_I32 || v->value.type == VT_F32 ? 32 : 64;
		return true;
	case EVAL_INTEGER:
	case EVAL_UNSIGNED:
		*bits = (uint64_t)v->integer;
		*width = 64;
		return true;
	case EVAL_FLOAT:
		memcpy(bits, &d, sizeof d);
		*width = 64;
		return true;
	default:
		return false;
	}
}

static void print_binary(uint64_t bits, struct buf *out)
{
	int top = 63;

	while (top > 0 && !(bits >> top & 1))
		top--;
	buf_puts(out, "0b");
	for (; top >= 0; top--)
		buf_putc(out, bits >> top & 1 ? '1' : '0');
}

static void print_char(uint64_t bits, struct buf *out)
{
	unsigned char c = (unsigned char)bits;

	buf_printf(out, "%d '", (signed char)c);
	if (isprint(c) && c != '\'' && c != '\\')
		buf_putc(out, (char)c);
	else
		buf_printf(out, c == '\'' || c == '\\' ? "\\%c" : "\\%03o", c);
	buf_putc(out, '\'');
}

static void print_code_address(struct session *s, uint64_t bits, struct buf *out)
{
	const struct session_module *m = session_named_module(s);
	uint32_t func;

	buf_printf(out, "0x%" PRIx64, bits);
	if (m && bits < m->module->size && module_func_at(m->module, (uint32_t)bits, &func)) {
		buf_puts(out, " <");
		module_func_label(m->module, func, out);
		buf_printf(out, "+0x%x>", (uint32_t)bits - m->module->funcs[func].body);
	}
}

static void print_bits_as_float(uint64_t bits, unsigned width, struct buf *out)
{
	value_print(width == 32 ? value_f32_bits((uint32_t)bits) : value_f64_bits(bits), NULL, out);
}

static bool print_in_format(struct session *s, uint64_t bits, unsigned width, char format, struct buf *out, struct err *e)
{
	int64_t number = width == 32 ? (int32_t)bits : (int64_t)bits;

	switch (format) {
	case 'x':
		buf_printf(out, "0x%" PRIx64, bits);
		return true;
	case 'z':
		buf_printf(out, "0x%0*" PRIx64, (int)width / 4, bits);
		return true;
	case 'd':
		buf_printf(out, "%" PRId64, number);
		return true;
	case 'u':
		buf_printf(out, "%" PRIu64, bits);
		return true;
	case 'o':
		buf_printf(out, "0%" PRIo64, bits);
		return true;
	case 't':
		print_binary(bits, out);
		return true;
	case 'c':
		print_char(bits, out);
		return true;
	case 'a':
		print_code_address(s, bits, out);
		return true;
	case 'f':
		print_bits_as_float(bits, width, out);
		return true;
	default:
		return err_set(e, E_USAGE, place_none(), "no format '%c'; there are x z d u o t c a f", format);
	}
}

static void print_vector(const struct value *v, char format, struct session *s, struct buf *out, struct err *e)
{
	const uint64_t half[2] = { v->lo, v->hi };

	buf_puts(out, "i32x4:");
	for (int i = 0; i < 4; i++) {
		buf_puts(out, i ? "," : "");
		print_in_format(s, half[i / 2] >> (i % 2 ? 32 : 0) & 0xffffffff, 32, format, out, e);
	}
}

static void print_natural(struct session *s, const struct eval_result *v, struct buf *out)
{
	char text[40];
	uint64_t bits;

	if (v->source_type.n) {
		buf_put(out, v->text.p, v->text.n);
		return;
	}
	switch (v->kind) {
	case EVAL_NIL:
		buf_puts(out, "nil");
		break;
	case EVAL_WASM:
		value_print(v->value, s->store, out);
		break;
	case EVAL_INTEGER:
		buf_printf(out, "%" PRId64, v->integer);
		break;
	case EVAL_UNSIGNED:
		buf_printf(out, "%" PRIu64, (uint64_t)v->integer);
		break;
	case EVAL_FLOAT:
		memcpy(&bits, &v->real, sizeof bits);
		buf_put(out, text, float_print64(bits, text));
		break;
	case EVAL_STRING:
		buf_json(out, v->text.p, v->text.n);
		break;
	case EVAL_BOOL:
		buf_puts(out, v->truth ? "true" : "false");
		break;
	case EVAL_TABLE:
		buf_put(out, v->text.p, v->text.n);
		break;
	}
}

bool show_formatted(struct session *s, const struct eval_result *v, struct str format, struct buf *out, struct err *e)
{
	uint64_t bits;
	unsigned width;

	if (!format.n) {
		print_natural(s, v, out);
		return true;
	}
	if (format.n > 1)
		return err_set(e, E_USAGE, place_none(), "a format is one letter of x z d u o t c a f, not '%.*s'", STR_ARGS(format));
	if (v->kind == EVAL_WASM && v->value.type == VT_V128) {
		print_vector(&v->value, format.p[0], s, out, e);
		return !e->code;
	}
	if (!bits_of(v, &bits, &width))
		return err_set(e, E_TYPE, place_none(), "/%c is for numbers", format.p[0]);
	return print_in_format(s, bits, width, format.p[0], out, e);
}

void show_type(const struct eval_result *v, struct buf *out)
{
	static const char *const types[] = { [EVAL_NIL] = "nil", [EVAL_INTEGER] = "number", [EVAL_UNSIGNED] = "number",
		[EVAL_FLOAT] = "number", [EVAL_STRING] = "string", [EVAL_BOOL] = "boolean", [EVAL_TABLE] = "table" };

	if (v->source_type.n)
		buf_put(out, v->source_type.p, v->source_type.n);
	else if (v->kind == EVAL_WASM)
		valtype_print(v->value.type, NULL, out);
	else
		buf_puts(out, types[v->kind]);
}

/* ---- print ----------------------------------------------------------------------------------- */

/* Numbers and values of the guest get a place in the history; 0: others do not. */
static size_t remember(struct session *s, const struct eval_result *v)
{
	uint64_t bits;

	if (v->kind == EVAL_WASM)
		return session_remember(s, v->value);
	if (v->kind == EVAL_INTEGER || v->kind == EVAL_UNSIGNED)
		return session_remember(s, value_i64(v->integer));
	if (v->kind != EVAL_FLOAT)
		return 0;
	memcpy(&bits, &v->real, sizeof bits);
	return session_remember(s, value_f64_bits(bits));
}

/* The string without quotes, as JSON has it; numbers as print shows them. */
static void value_members(struct result *r, struct node *in, const struct eval_result *v, struct str shown)
{
	struct buf type = { 0 };

	show_type(v, &type);
	node_str(r, in, "value", v->kind == EVAL_STRING ? v->text : shown);
	node_str(r, in, "type", str_of_buf(&type));
	buf_free(&type);
}

static bool run_print(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *expr = arg_get(a, "expr");
	struct eval_result v;
	struct buf shown = { 0 };
	size_t n;

	if (!debug_need_instance(s, expr->text, r, e) ||
			!debug_eval(s, expr->given ? expr->text : STR("$"), &r->arena, &v, e))
		return false;
	if (!show_formatted(s, &v, a->format, &shown, e)) {
		buf_free(&shown);
		return false;
	}
	n = remember(s, &v);
	if (n)
		buf_printf(&r->text, "$%zu = ", n);
	buf_put(&r->text, buf_str(&shown), shown.size);
	if ((v.kind == EVAL_WASM || v.source_type.n) && !a->format.n) {
		buf_puts(&r->text, " : ");
		show_type(&v, &r->text);
	}
	buf_putc(&r->text, '\n');
	value_members(r, r->root, &v, str_of_buf(&shown));
	buf_free(&shown);
	return true;
}

const struct command cmd_print = {
	.name = "print", .alias = "p", .group = GROUP_STATE, .summary = "Evaluate an expression",
	.doc = "Expressions are Lua: local.n or locals[0], $n (a local, global or function), stack[-1] (the top), global.g,\n"
		"mem32[a] mem8[a] mem8s[a] mem64[a] memf64[a], mem(1).u16[a], table0[3], x.i32x4[0] of a v128, u32(x), u64(x),\n"
		"bits(x), $1 $ $$ (earlier values), $pc $step $result $address, $f(1, 2) (a call).\n"
		"Of the source language: $s.x $p.next.name $p->x $a[3] $p + 1, addr($x) is where $x is in memory.\n"
		"They change nothing: see set. Formats: x z hex, d u decimal, o octal, t binary, c character, a address, f float.\n",
	.example = "print/x local.n * 2",
	.args = (const struct arg_spec[]){
		{ "expr", ARG_EXPR, ARG_OPTIONAL, "an expression; the last value when left out", NULL }, { 0 } },
	.flags = CMD_FORMAT, .run = run_print,
};

/* ---- display --------------------------------------------------------------------------------- */

static void display_one(struct session *s, const struct display *d, struct result *r, struct node *list)
{
	struct node *one = node_object(r, list, NULL);
	struct eval_result v;
	struct err e = { 0 };
	struct buf shown = { 0 };

	buf_printf(&r->text, "%u: %s = ", d->number, d->expr);
	node_int(r, one, "number", d->number);
	node_str(r, one, "expr", str_of(d->expr));
	if (debug_eval(s, str_of(d->expr), &r->arena, &v, &e) && show_formatted(s, &v, str_of(d->format), &shown, &e)) {
		buf_put(&r->text, buf_str(&shown), shown.size);
		value_members(r, one, &v, str_of_buf(&shown));
	} else {
		buf_printf(&r->text, "<%s>", e.message);
		node_str(r, one, "error", str_of(e.message));
	}
	buf_putc(&r->text, '\n');
	buf_free(&shown);
}

void show_displays(struct session *s, struct result *r)
{
	if (!s->displays)
		return;
	struct node *list = node_array(r, r->root, "displays");
	for (const struct display *d = s->displays; d; d = d->next)
		display_one(s, d, r, list);
}

static void display_free(struct display *d)
{
	free(d->expr);
	free(d);
}

void displays_free(struct session *s)
{
	while (s->displays) {
		struct display *d = s->displays;
		s->displays = d->next;
		display_free(d);
	}
}

static bool display_add(struct session *s, struct str expr, struct str format, struct result *r, struct err *e)
{
	struct display *d, **end = &s->displays;

	if (!s->eval)
		return err_set(e, E_UNSUPPORTED, place_none(), "this build has no evaluator of expressions (FRONT=none)");
	if (!s->eval->check(s->eval, expr, e))
		return false;
	if (format.n >= sizeof d->format)
		return err_set(e, E_USAGE, place_none(), "a format is one letter of x z d u o t c a f");
	d = calloc(1, sizeof *d);
	if (!d || !(d->expr = strndup(expr.p, expr.n))) {
		free(d);
		return err_oom(e);
	}
	memcpy(d->format, format.p, format.n);
	d->number = ++debug_state(s)->displays;
	while (*end)
		end = &(*end)->next;
	*end = d;
	node_int(r, r->root, "number", d->number);
	if (guest_stopped(s))
		display_one(s, d, r, node_array(r, r->root, "displays"));
	return true;
}

static bool run_display(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	const struct arg *expr = arg_get(a, "expr");

	if (expr->given)
		return display_add(s, expr->text, a->format, r, e);
	if (!s->displays)
		buf_puts(&r->text, "no displays\n");
	show_displays(s, r);
	return true;
}

const struct command cmd_display = {
	.name = "display", .group = GROUP_STATE, .summary = "Show an expression at every stop",
	.doc = "Without an expression: show all of them now.\n", .example = "display/x local.n",
	.args = (const struct arg_spec[]){ { "expr", ARG_EXPR, ARG_OPTIONAL, "an expression, as for print", NULL }, { 0 } },
	.flags = CMD_FORMAT, .run = run_display,
};

static bool undisplay(struct session *s, struct str number, struct err *e)
{
	char text[24] = "";

	if (number.n < sizeof text)
		memcpy(text, number.p, number.n);
	for (struct display **at = &s->displays; *at; at = &(*at)->next) {
		struct display *d = *at;
		if (d->number != strtoul(text, NULL, 10))
			continue;
		*at = d->next;
		display_free(d);
		return true;
	}
	return err_set(e, E_UNKNOWN_NAME, place_none(), "no display '%.*s'", STR_ARGS(number));
}

static bool run_undisplay(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (!a->nmore)
		displays_free(s);
	for (size_t i = 0; i < a->nmore; i++)
		if (!undisplay(s, a->more[i], e))
			return false;
	return true;
}

const struct command cmd_undisplay = {
	.name = "undisplay", .group = GROUP_STATE, .summary = "Stop showing an expression",
	.args = (const struct arg_spec[]){
		{ "numbers", ARG_WORD, ARG_OPTIONAL | ARG_REPEAT, "of displays; all when left out", NULL }, { 0 } },
	.run = run_undisplay,
};
