/*
 * Commands: dprintf. A breakpoint that prints and goes on:
 *
 *     dprintf LOC,"format",expression,expression
 *
 * The conversions are C's. Integers are taken as wide as they are, so `l` says nothing; %s takes a string of Lua's, or the
 * address of one in memory 0.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "debugger/breakpoint.h"
#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/cmd_break.h"
#include "repl/command/debug.h"
#include "repl/command/guest_output.h"

/* ---- pieces of the text ---------------------------------------------------------------------- */

/* Length of the string literal at the front of S with its quotes; 0: there is none. */
static size_t literal_length(struct str s)
{
	if (!s.n || s.p[0] != '"')
		return 0;
	for (size_t i = 1; i < s.n; i++) {
		if (s.p[i] == '"')
			return i + 1;
		i += s.p[i] == '\\';
	}
	return 0;
}

/* Take what stands in front of the next comma outside of brackets and strings. */
static bool take_item(struct str *s, struct str *item)
{
	size_t i = 0;
	int depth = 0;

	*s = str_trim(*s);
	if (!s->n)
		return false;
	for (; i < s->n && (depth || s->p[i] != ','); i++) {
		size_t skip = literal_length((struct str){ s->p + i, s->n - i });
		if (skip)
			i += skip - 1;
		else
			depth += (s->p[i] == '(' || s->p[i] == '[') - (s->p[i] == ')' || s->p[i] == ']');
	}
	*item = str_trim((struct str){ s->p, i });
	*s = (struct str){ s->p + i + (i < s->n), s->n - i - (i < s->n) };
	return true;
}

/* One character behind a backslash at P; gives how many bytes it took. */
static size_t put_escape(struct str s, struct buf *out)
{
	static const char names[] = "abefnrtv\\\"", bytes[] = "\a\b\033\f\n\r\t\v\\\"";
	const char *at = s.n ? strchr(names, s.p[0]) : NULL;
	unsigned code = 0;
	size_t n = 0;

	if (at && *at) {
		buf_putc(out, bytes[at - names]);
		return 1;
	}
	for (; n < 3 && n < s.n && s.p[n] >= '0' && s.p[n] <= '7'; n++)
		code = code * 8 + (unsigned)(s.p[n] - '0');
	buf_putc(out, n ? (char)code : '\\');
	return n;
}

/* ---- one conversion -------------------------------------------------------------------------- */

struct conversion {
	char flags[16];                 /* "-08.3", as printf takes them */
	char letter;
};

/* Read what follows a '%'; gives its length, 0: it is none of ours. */
static size_t read_conversion(struct str s, struct conversion *out)
{
	size_t i = 0, n = 0;

	*out = (struct conversion){ 0 };
	for (; i < s.n && strchr("-+ #0123456789.", s.p[i]) && n + 1 < sizeof out->flags; i++)
		out->flags[n++] = s.p[i];
	while (i < s.n && strchr("lhjzt", s.p[i]))
		i++;
	if (i == s.n || !strchr("diuxXocsfFeEgGp", s.p[i]))
		return 0;
	out->letter = s.p[i];
	return i + 1;
}

static int64_t integer_of(const struct eval_result *v)
{
	return v->kind == EVAL_FLOAT ? (int64_t)v->real : eval_is_integer(v) ? v->integer : (int64_t)v->value.lo;
}

static double real_of(const struct eval_result *v)
{
	uint32_t low = (uint32_t)v->value.lo;
	float f;
	double d;

	memcpy(&f, &low, sizeof f);
	memcpy(&d, &v->value.lo, sizeof d);
	if (v->kind == EVAL_WASM && (v->value.type == VT_F32 || v->value.type == VT_F64))
		return v->value.type == VT_F32 ? (double)f : d;
	return v->kind == EVAL_FLOAT ? v->real : (double)integer_of(v);
}

/* i32 in an unsigned conversion has 32 bits. */
static uint64_t bits_of(const struct eval_result *v)
{
	return v->kind == EVAL_WASM ? v->value.lo : (uint64_t)integer_of(v);
}

static struct str string_at(const struct session *s, const struct eval_scope *sc, uint64_t at)
{
	const struct memory *m = sc->instance && sc->instance->module->nmemories ? sc->instance->memories[0] : NULL;
	uint64_t n = 0;

	if (!m || !memory_range(m, at, 1))
		return STR("<no such address>");
	while (at + n < atomic_load(&m->size) && m->base[at + n] && n < GUEST_OUTPUT_MAX)
		n++;
	return (struct str){ (const char *)m->base + at, n };
}

static void put_value(const struct session *s, const struct eval_scope *sc, const struct conversion *c,
	const struct eval_result *v, struct buf *out)
{
	char format[32];
	struct str text;

	if (strchr("di", c->letter)) {
		snprintf(format, sizeof format, "%%%s" PRId64, c->flags);
		buf_printf(out, format, integer_of(v));
	} else if (strchr("uxXo", c->letter)) {
		snprintf(format, sizeof format, "%%%sl%c", c->flags, c->letter);
		buf_printf(out, format, (unsigned long)bits_of(v));
	} else if (c->letter == 'p') {
		buf_printf(out, "0x%" PRIx64, bits_of(v));
	} else if (c->letter == 'c') {
		buf_putc(out, (char)integer_of(v));
	} else if (c->letter == 's') {
		text = v->kind == EVAL_STRING || v->kind == EVAL_TABLE ? v->text : string_at(s, sc, bits_of(v));
		char *copy = strndup(text.p, text.n);
		snprintf(format, sizeof format, "%%%ss", c->flags);
		buf_printf(out, format, copy ? copy : "");
		free(copy);
	} else {
		snprintf(format, sizeof format, "%%%s%c", c->flags, c->letter);
		buf_printf(out, format, real_of(v));
	}
}

/* Evaluate the next of ARGS and put it as C says. */
static void put_argument(struct session *s, const struct conversion *c, struct str *args, struct buf *out)
{
	struct eval_scope sc = debug_scope(s, 0);
	struct arena a = { 0 };
	struct eval_result v;
	struct err e = { 0 };
	struct str expr;

	sc.call = NULL;                 /* the guest is in the middle of running */
	if (!take_item(args, &expr))
		buf_puts(out, "<no argument>");
	else if (s->eval && s->eval->run(s->eval, &sc, expr, &v, &a, &e))
		put_value(s, &sc, c, &v, out);
	else
		buf_printf(out, "<%s>", e.message);
	arena_free(&a);
}

/* ---- printing -------------------------------------------------------------------------------- */

static void format_all(struct session *s, struct str format, struct str args, struct buf *out)
{
	for (size_t i = 0; i < format.n;) {
		struct str rest = { format.p + i + 1, format.n - i - 1 };
		struct conversion c;
		size_t n = 0;

		if (format.p[i] == '\\')
			n = put_escape(rest, out);
		else if (format.p[i] == '%' && rest.n && rest.p[0] == '%')
			buf_putc(out, '%'), n = 1;
		else if (format.p[i] == '%' && (n = read_conversion(rest, &c)))
			put_argument(s, &c, &args, out);
		else
			buf_putc(out, format.p[i]);
		i += n + 1;
	}
}

void dprintf_print(void *session, const struct breakpoint *b)
{
	struct session *s = session;
	struct str args = str_of(b->format);
	size_t n = literal_length(args);
	struct str format = { args.p + 1, n - 2 };
	struct buf text = { 0 };

	args = (struct str){ args.p + n, args.n - n };
	if (args.n)
		args = (struct str){ args.p + 1, args.n - 1 };  /* the comma */
	format_all(s, format, args, &text);
	if (s->guest)
		guest_output_say(s->guest, 1, buf_str(&text), text.size);
	else
		output_put(&s->out, buf_str(&text), text.size);
	output_flush(&s->out);
	buf_free(&text);
}

/* ---- dprintf --------------------------------------------------------------------------------- */

static bool check_arguments(struct session *s, struct str args, struct err *e)
{
	struct str expr;

	while (take_item(&args, &expr))
		if (!breakpoint_check_condition(s, expr, e))
			return false;
	return true;
}

static bool run_dprintf(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str rest = a->line, where, args;
	struct breakpoint *b;

	if (!take_item(&rest, &where))
		return err_set(e, E_USAGE, place_none(), "dprintf needs LOCATION,\"format\",arguments");
	rest = str_trim(rest);
	size_t n = literal_length(rest);
	args = str_trim((struct str){ rest.p + n, rest.n - n });
	if (!n || (args.n && args.p[0] != ','))
		return err_set(e, E_USAGE, place_none(), "a format in quotes must follow the location: dprintf %.*s,\"here\\n\"",
			STR_ARGS(where));
	if (args.n && !check_arguments(s, (struct str){ args.p + 1, args.n - 1 }, e))
		return false;
	char *format = strndup(rest.p, rest.n);
	if (!format)
		return err_oom(e);
	if (!breakpoint_make(s, &(struct breakpoint_wish){ .where = where, .kind = BREAKPOINT_PRINT }, &b, r, e)) {
		free(format);
		return false;
	}
	b->format = format;
	return true;
}

const struct command cmd_dprintf = {
	.name = "dprintf", .group = GROUP_STOPS, .summary = "Print whenever an instruction is reached, and go on",
	.doc = "The format is C's: %d %u %x %o %c %f %g %p, %s for a string of Lua or the address of one in memory 0;\n"
		"arguments are expressions. condition, ignore, enable, disable and delete work as for breakpoints.\n",
	.example = "dprintf fac,\"n is %d\\n\",local.n",
	.args = (const struct arg_spec[]){
		{ "what", ARG_REST, 0, "LOCATION,\"format\",arguments", NULL }, { 0 } },
	.run = run_dprintf,
};
