/* Reading calls, F(ARGS) or F ARGS, against the function's signature. */
#include "engine/base/buf.h"
#include "engine/names.h"
#include "repl/command/args.h"
#include "repl/command/session.h"

static bool separates(char c)
{
	return c == ' ' || c == '\t' || c == ',';
}

/* Numbers in "i32x4:1,2,3,4": 4; 0: TEXT does not begin like a vector. */
static unsigned lane_count(struct str text)
{
	static const char *const shapes[] = { "i8x16:", "i16x8:", "i32x4:", "i64x2:", "f32x4:", "f64x2:" };
	static const unsigned lanes[] = { 16, 8, 4, 2, 4, 2 };

	for (size_t i = 0; i < sizeof shapes / sizeof *shapes; i++)
		if (str_starts(text, shapes[i]))
			return lanes[i];
	return 0;
}

/* The next argument of *TEXT: up to a comma or blank, vectors with their own commas. */
static struct str next_argument(struct str *text)
{
	while (text->n && separates(text->p[0]))
		text->p++, text->n--;
	unsigned commas = lane_count(*text);
	size_t i = 0;
	while (i < text->n && !(text->p[i] == ',' ? commas <= 1 : separates(text->p[i]))) {
		if (text->p[i] == ',')
			commas--;
		i++;
	}
	struct str word = { text->p, i };
	*text = (struct str){ text->p + i, text->n - i };
	return word;
}

static uint32_t count_arguments(struct str text)
{
	uint32_t n = 0;

	while (next_argument(&text).n)
		n++;
	return n;
}

/* $1, $ (the last), $$ (the one before). */
static bool from_history(const struct session *s, struct str word, struct value *out)
{
	int64_t n = 0;

	if (str_is(word, "$"))
		n = (int64_t)s->history.count;
	else if (str_is(word, "$$"))
		n = (int64_t)s->history.count - 1;
	else if (word.n < 2 || word.p[0] != '$' || !str_number((struct str){ word.p + 1, word.n - 1 }, &n))
		return false;
	if (n < 1 || (size_t)n > s->history.count)
		return false;
	*out = s->history.data[n - 1];
	return true;
}

static bool read_argument(struct session *s, const struct module *m, uint32_t func, const struct instance *in,
	uint32_t i, struct str word, struct value *out, struct err *e)
{
	valtype type = m->funcs[func].type->params[i];
	struct str local = name_of_inner(m, NAME_LOCAL, func, i);
	struct err why = { 0 };

	if (from_history(s, word, out) && valtype_sub(s->engine, out->type, type))
		return true;
	if (value_parse(type, word, in, out, &why))
		return true;
	struct buf name = { 0 };
	func_plain_name(m, func, &name);
	if (local.n) {
		buf_puts(&name, " ($");
		buf_escaped(&name, local.p, local.n, false);
		buf_putc(&name, ')');
	}
	err_set(e, why.code, place_none(), "argument %u of %s: %s", i + 1, buf_str(&name), why.message);
	buf_free(&name);
	return false;
}

static bool fail_count(const struct module *m, uint32_t func, uint32_t given, struct err *e)
{
	uint32_t wanted = m->funcs[func].type->nparams;
	struct buf name = { 0 }, sig = { 0 };

	func_plain_name(m, func, &name);
	func_signature(m, func, &sig);
	err_set(e, E_TYPE, place_none(), "%s takes %u argument%s, %u given:  %s", buf_str(&name), wanted,
		wanted == 1 ? "" : "s", given, buf_str(&sig));
	buf_free(&name);
	buf_free(&sig);
	return false;
}

bool call_arguments(struct session *s, const struct instance *in, uint32_t func, struct str text, struct value **args,
	uint32_t *nargs, struct arena *a, struct err *e)
{
	const struct module *m = in->module;
	uint32_t wanted = m->funcs[func].type->nparams, given = count_arguments(text);

	if (given != wanted)
		return fail_count(m, func, given, e);
	*nargs = wanted;
	*args = arena_array(a, wanted + 1, sizeof **args);
	if (!*args)
		return err_oom(e);
	for (uint32_t i = 0; i < wanted; i++)
		if (!read_argument(s, m, func, in, i, next_argument(&text), &(*args)[i], e))
			return false;
	return true;
}

/* The function's name at the beginning of "fac(5)", "fac 5", "\"odd name\"(5)"; what follows is left in *TEXT. */
static struct str call_name(struct str *text)
{
	struct str t = str_trim(*text), name;
	size_t i = 0;

	if (t.n && t.p[0] == '"') {
		for (i = 1; i < t.n && t.p[i] != '"'; i++)
			;
		name = (struct str){ t.p + 1, i - 1 };
		i += i < t.n;
	} else {
		while (i < t.n && t.p[i] != '(' && !separates(t.p[i]))
			i++;
		name = (struct str){ t.p, i };
	}
	*text = (struct str){ t.p + i, t.n - i };
	return name;
}

bool call_parse(struct session *s, struct str text, struct func **f, struct value **args, uint32_t *nargs,
	struct arena *a, struct err *e)
{
	struct session_module *m;
	uint32_t func;
	struct str name = call_name(&text);

	if (!session_find_func(s, name, &m, &func, e))
		return false;
	text = str_trim(text);
	if (text.n && text.p[0] == '(') {
		if (text.p[text.n - 1] != ')')
			return err_set(e, E_USAGE, place_none(), "the bracket after %.*s is not closed", STR_ARGS(name));
		text = (struct str){ text.p + 1, text.n - 2 };
	}
	if (!m->instance)
		return err_set(e, E_NO_MODULE, place_none(), "%s is not instantiated", module_label(s, m->module));
	*f = m->instance->funcs[func];
	return call_arguments(s, m->instance, func, text, args, nargs, a, e);
}
