/* Conditions on events; see filter.h. */
#include "trace/filter.h"

#include <errno.h>
#include <fnmatch.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/module.h"
#include "trace/place.h"

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static const struct {
	const char *name;
	enum filter_field field;
} fields[] = {
	{ "func", FILTER_FUNC }, { "op", FILTER_OP }, { "inst", FILTER_INST }, { "offset", FILTER_OFFSET },
	{ "kind", FILTER_EVENT }, { "event", FILTER_EVENT }, { "addr", FILTER_ADDR }, { "value", FILTER_VALUE },
	{ "thread", FILTER_THREAD }, { "depth", FILTER_DEPTH }, { "step", FILTER_STEP },
};

static struct str trim(struct str s)
{
	while (s.n && (s.p[0] == ' ' || s.p[0] == '\t'))
		s.p++, s.n--;
	return s;
}

/* The next word: up to a blank; in front of a sign of comparison. */
static struct str take_word(struct str *line)
{
	struct str l = trim(*line);
	size_t n = 0;

	while (n < l.n && !strchr(" \t=<>~", l.p[n]) && !(l.p[n] == '!' && n + 1 < l.n && l.p[n + 1] == '='))
		n++;
	*line = (struct str){ l.p + n, l.n - n };
	return (struct str){ l.p, n };
}

/* A value: up to a blank, or in slashes or quotes. */
static struct str take_value(struct str *line)
{
	struct str l = trim(*line);
	size_t n = 0;

	if (l.n && (l.p[0] == '/' || l.p[0] == '"')) {
		for (n = 1; n < l.n && l.p[n] != l.p[0]; n++)
			;
		n += n < l.n;
	}
	while (n < l.n && l.p[n] != ' ' && l.p[n] != '\t')
		n++;
	*line = (struct str){ l.p + n, l.n - n };
	return (struct str){ l.p, n };
}

static bool take_sign(struct str *line, const char *sign)
{
	struct str l = trim(*line);

	if (!str_starts(l, sign))
		return false;
	*line = (struct str){ l.p + strlen(sign), l.n - strlen(sign) };
	return true;
}

static bool number(struct str s, uint64_t *out)
{
	char digits[32], *end;

	if (s.n == 0 || s.n >= sizeof digits || !strchr("-0123456789", s.p[0]))
		return false;
	memcpy(digits, s.p, s.n);
	digits[s.n] = '\0';
	errno = 0;
	*out = digits[0] == '-' ? (uint64_t)strtoll(digits, &end, 0) : strtoull(digits, &end, 0);
	return *end == '\0' && errno == 0;
}

/* "5", or "A..B". */
static bool range(struct str s, uint64_t *from, uint64_t *to)
{
	const char *dots = memmem(s.p, s.n, "..", 2);

	if (!dots) {
		bool ok = number(s, from);
		*to = *from;
		return ok;
	}
	return number((struct str){ s.p, (size_t)(dots - s.p) }, from) &&
		number((struct str){ dots + 2, (size_t)(s.p + s.n - dots - 2) }, to);
}

static bool bad(struct err *e, struct str word, const char *what)
{
	err_set(e, E_USAGE, place_none(), "'%.*s' is not %s", STR_ARGS(word), what);
	err_hint(e, "help trace on");
	return false;
}

static char *copy(struct str s)
{
	return strndup(s.p ? s.p : "", s.n);
}

static bool set_pattern(struct filter_term *t, struct str s, struct err *e)
{
	regex_t *re = malloc(sizeof *re);

	t->text = copy(s);
	if (!re || !t->text) {
		free(re);
		return err_oom(e);
	}
	if (regcomp(re, t->text, REG_EXTENDED | REG_NOSUB) != 0) {
		free(re);
		return bad(e, s, "a pattern");
	}
	t->regex = re;
	return true;
}

static bool set_func(struct filter_term *t, struct str v, struct err *e)
{
	struct str digits = v.n && v.p[0] == '#' ? (struct str){ v.p + 1, v.n - 1 } : v;

	if (range(digits, &t->from, &t->to))
		return true;
	if (v.n >= 2 && v.p[0] == '/' && v.p[v.n - 1] == '/')
		return set_pattern(t, (struct str){ v.p + 1, v.n - 2 }, e);
	if (v.n >= 2 && v.p[0] == '"' && v.p[v.n - 1] == '"')
		v = (struct str){ v.p + 1, v.n - 2 };
	if (v.n && v.p[0] == '$')
		v = (struct str){ v.p + 1, v.n - 1 };
	t->text = copy(v);
	return t->text ? true : err_oom(e);
}

static uint32_t events_named(struct str name)
{
	uint32_t bits = 0;

	for (int i = 0; i < TE_COUNT; i++)
		if (str_is(name, trace_events[i].name) || str_is(name, trace_kinds[trace_events[i].kind].name))
			bits |= 1u << i;
	return bits;
}

static bool op_exists(const char *pattern)
{
	for (unsigned op = 0; op < OP_COUNT; op++)
		if (fnmatch(pattern, op_info[op].text, 0) == 0)
			return true;
	return false;
}

static bool set_op(struct filter_term *t, struct str v, struct err *e)
{
	t->text = copy(v);
	if (!t->text)
		return err_oom(e);
	return op_exists(t->text) || bad(e, v, "an instruction, or several with *");
}

static bool set_value(struct filter_term *t, struct str v, struct err *e)
{
	switch (t->field) {
	case FILTER_FUNC:
		return set_func(t, v, e);
	case FILTER_OP:
		return set_op(t, v, e);
	case FILTER_EVENT:
		t->events = events_named(v);
		return t->events ? true : bad(e, v, "a kind of event");
	default:
		return range(v, &t->from, &t->to) || bad(e, v, "a number, or A..B");
	}
}

/* = == != < <= > >= in: the term's range and whether it is the others that are meant. */
static bool read_comparison(struct filter_term *t, struct str *line, struct err *e)
{
	enum { EQUAL, UP_TO, BELOW, PATTERN };
	static const struct { const char *sign; int kind; bool negated; } signs[] = {
		{ "==", EQUAL, false }, { "!=", EQUAL, true }, { "<=", UP_TO, false }, { ">=", BELOW, true }, { "=", EQUAL, false },
		{ "<", BELOW, false }, { ">", UP_TO, true }, { "in ", EQUAL, false }, { "~", PATTERN, false },
	};

	for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
		if (!take_sign(line, signs[i].sign))
			continue;
		struct str v = take_value(line);
		bool words = t->field == FILTER_FUNC || t->field == FILTER_OP || t->field == FILTER_EVENT;
		if (!v.n || (words && (signs[i].kind == UP_TO || signs[i].kind == BELOW)))
			return bad(e, v, "something to compare with");
		t->negated = signs[i].negated;
		if (signs[i].kind == PATTERN)
			return t->field == FILTER_FUNC ? set_pattern(t, v, e) : bad(e, v, "the pattern of a function: func~PATTERN");
		if (!set_value(t, v, e))
			return false;
		if (signs[i].kind == BELOW && t->from == 0)
			*t = (struct filter_term){ .field = t->field, .negated = t->negated, .from = 1, .to = 0 };   /* nothing is */
		else if (signs[i].kind != EQUAL)
			*t = (struct filter_term){ .field = t->field, .negated = t->negated, .to = t->from - (signs[i].kind == BELOW) };
		return true;
	}
	return bad(e, trim(*line), "a comparison: = != < <= > >= in");
}

/* A word alone: a kind or event, an instruction, else a function. */
static bool read_bare(struct filter_term *t, struct str word, struct err *e)
{
	t->events = events_named(word);
	if (t->events) {
		t->field = FILTER_EVENT;
		return true;
	}
	if (word.n && !strchr("/\"", word.p[0]) && memchr(word.p, '=', word.n))
		return bad(e, word, "a condition: before the sign stands func, op, inst, offset, kind, addr, value, thread, depth or step");
	char *pattern = copy(word);
	bool op = pattern && op_exists(pattern);
	free(pattern);
	t->field = op ? FILTER_OP : FILTER_FUNC;
	return op ? set_op(t, word, e) : set_func(t, word, e);
}

static bool read_term(struct filter *f, struct str *line, struct err *e)
{
	struct filter_term t = { 0 };
	struct str rest = *line, word = take_word(&rest);
	bool named = false, ok;

	for (size_t i = 0; i < sizeof fields / sizeof *fields && !named; i++)
		if (str_is(word, fields[i].name)) {
			t.field = fields[i].field;
			named = true;
		}
	struct str after = trim(rest);
	if (named && after.n && (strchr("=<>~!", after.p[0]) || str_starts(after, "in "))) {
		*line = rest;
		ok = read_comparison(&t, line, e);
	} else {
		ok = read_bare(&t, take_value(line), e);
	}
	if (ok && vec_push(&f->terms, t))
		return true;
	free(t.text);
	if (t.regex)
		regfree(t.regex);
	free(t.regex);
	return ok ? err_oom(e) : false;
}

bool filter_parse(struct filter *f, struct str text, struct err *e)
{
	struct str line = trim(text);

	*f = (struct filter){ .text = copy(line) };
	if (!f->text)
		return err_oom(e);
	while (trim(line).n) {
		struct str rest = line;
		if (str_is(take_word(&rest), "and")) {
			line = rest;
			continue;
		}
		if (!read_term(f, &line, e)) {
			filter_free(f);
			return false;
		}
	}
	return true;
}

void filter_free(struct filter *f)
{
	for (size_t i = 0; i < f->terms.count; i++) {
		free(f->terms.data[i].text);
		if (f->terms.data[i].regex)
			regfree(f->terms.data[i].regex);
		free(f->terms.data[i].regex);
	}
	vec_free(&f->terms);
	free(f->text);
	*f = (struct filter){ 0 };
}

/* ---- asking --------------------------------------------------------------------------------------------------------------- */

static bool within(const struct filter_term *t, uint64_t v)
{
	return v >= t->from && v <= t->to;
}

/* NAME as users see it: "$fac", "env.log", "#12". */
static bool func_passes(const struct filter_term *t, struct str name, uint32_t index)
{
	struct str bare = name.n && name.p[0] == '$' ? (struct str){ name.p + 1, name.n - 1 } : name;

	if (t->regex) {
		char *text = copy(bare);
		bool found = text && regexec(t->regex, text, 0, NULL, 0) == 0;
		free(text);
		return found;
	}
	return t->text ? str_is(bare, t->text) : within(t, index);
}

static bool place_passes(const struct filter_term *t, const struct places *p, uint32_t place)
{
	const struct place_info *x = place == NO_PLACE ? NULL : &p->all.data[place];
	const struct traced_func *f = x ? &p->funcs.data[x->func] : NULL;

	switch (t->field) {
	case FILTER_FUNC:
		return f && func_passes(t, f->name, f->index);
	case FILTER_OP:
		return x && x->op != OP_NONE && fnmatch(t->text, op_info[x->op].text, 0) == 0;
	case FILTER_INST:
		return f && within(t, f->instance);
	case FILTER_OFFSET:
		return x && within(t, x->offset);
	default:
		return !t->negated;
	}
}

bool filter_place(const struct filter *f, const struct places *p, uint32_t place)
{
	for (size_t i = 0; i < f->terms.count; i++)
		if (f->terms.data[i].field <= FILTER_OFFSET && place_passes(&f->terms.data[i], p, place) == f->terms.data[i].negated)
			return false;
	return true;
}

/* Bytes that an event of memory touches. */
static uint64_t touched(const struct places *p, const struct trace_event *e)
{
	enum op op = e->place == NO_PLACE ? OP_NONE : (enum op)p->all.data[e->place].op;

	if (trace_events[e->id].b == WORD_SIZE)
		return e->b;
	return op == OP_NONE ? 1 : (uint64_t)1 << op_info[op].align;
}

static bool addr_passes(const struct filter_term *t, const struct places *p, const struct trace_event *e)
{
	uint64_t size = touched(p, e);

	return trace_events[e->id].a == WORD_ADDRESS && size && e->a <= t->to && e->a + (size - 1) >= t->from;
}

/* -1 is also the i32 of these bits. */
static bool same_value(const struct filter_term *t, uint64_t v)
{
	return within(t, v) || (t->from == t->to && (int64_t)t->from < 0 && t->from == (uint64_t)(int64_t)(int32_t)v && !(v >> 32));
}

static bool value_passes(const struct filter_term *t, const struct trace_event *e)
{
	const struct trace_event_info *i = &trace_events[e->id];

	return i->a == WORD_VALUES ? same_value(t, e->a) : i->b == WORD_VALUE && same_value(t, e->b);
}

static bool event_passes(const struct filter_term *t, const struct places *p, const struct trace_event *e)
{
	switch (t->field) {
	case FILTER_EVENT:
		return t->events >> e->id & 1;
	case FILTER_ADDR:
		return addr_passes(t, p, e);
	case FILTER_VALUE:
		return value_passes(t, e);
	case FILTER_THREAD:
		return within(t, e->thread);
	case FILTER_DEPTH:
		return within(t, e->depth);
	case FILTER_STEP:
		return within(t, e->step);
	default:
		return !t->negated;
	}
}

bool filter_event(const struct filter *f, const struct places *p, const struct trace_event *e)
{
	for (size_t i = 0; i < f->terms.count; i++)
		if (f->terms.data[i].field > FILTER_OFFSET && event_passes(&f->terms.data[i], p, e) == f->terms.data[i].negated)
			return false;
	return true;
}

bool filter_op(const struct filter *f, unsigned op)
{
	for (size_t i = 0; i < f->terms.count; i++) {
		const struct filter_term *t = &f->terms.data[i];
		if (t->field == FILTER_OP && (fnmatch(t->text, op_info[op].text, 0) == 0) == t->negated)
			return false;
	}
	return true;
}

bool filter_func(const struct filter *f, const struct module *m, uint32_t func)
{
	struct buf name = { 0 };
	bool ok = true;

	module_func_label(m, func, &name);
	for (size_t i = 0; i < f->terms.count && ok; i++) {
		const struct filter_term *t = &f->terms.data[i];
		if (t->field == FILTER_FUNC)
			ok = func_passes(t, str_of_buf(&name), func) != t->negated;
		else if (t->field == FILTER_OP)
			ok = t->negated;        /* a call is no instruction of the function */
	}
	buf_free(&name);
	return ok;
}
