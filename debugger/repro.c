/* Making modules small; see repro.h. */
#include "debugger/repro.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/base/vec.h"
#include "engine/cursor.h"
#include "engine/module.h"
#include "engine/names.h"
#include "wat/print.h"

/* ---- a name for everything ------------------------------------------------------------------- */

static void put_name(struct buf *b, struct str own, const char *letter, uint32_t index)
{
	struct buf made = { 0 };

	if (!own.n) {
		buf_printf(&made, "%s%u", letter, index);
		own = str_of_buf(&made);
	}
	buf_uleb(b, own.n);
	buf_put(b, own.p, own.n);
	buf_free(&made);
}

static void put_part(struct buf *out, uint8_t id, const struct buf *part)
{
	buf_u8(out, id);
	buf_uleb(out, part->size);
	buf_put(out, buf_str(part), part->size);
}

static void put_names(const struct module *m, enum name_kind kind, const char *letter, uint32_t n, struct buf *out)
{
	struct buf part = { 0 };

	buf_uleb(&part, n);
	for (uint32_t i = 0; i < n; i++) {
		buf_uleb(&part, i);
		put_name(&part, name_of(m, kind, i), letter, i);
	}
	if (n)
		put_part(out, (uint8_t)kind, &part);
	buf_free(&part);
}

enum { NAMED_LOCALS = 2000 };

static uint32_t local_count(const struct module *m, uint32_t func)
{
	uint32_t n = m->funcs[func].type->nparams, groups, count;
	struct err e = { 0 };
	struct cursor c = cursor_at(m, m->funcs[func].body, &e);
	valtype t;

	if (!read_u32(&c, &groups, "locals"))
		return n;
	while (groups-- && read_u32(&c, &count, "locals") && read_valtype(&c, &t))
		n = count > NAMED_LOCALS || n + count > NAMED_LOCALS ? NAMED_LOCALS : n + count;
	return n;
}

static void put_locals(const struct module *m, struct buf *out)
{
	struct buf part = { 0 };

	buf_uleb(&part, m->nfuncs - m->nimported_funcs);
	for (uint32_t f = m->nimported_funcs; f < m->nfuncs; f++) {
		uint32_t n = local_count(m, f);
		buf_uleb(&part, f);
		buf_uleb(&part, n);
		for (uint32_t i = 0; i < n; i++) {
			buf_uleb(&part, i);
			put_name(&part, name_of_inner(m, NAME_LOCAL, f, i), "l", i);
		}
	}
	put_part(out, NAME_LOCAL, &part);
	buf_free(&part);
}

static void put_name_section(const struct module *m, struct buf *out)
{
	struct buf all = { 0 };

	buf_uleb(&all, 4);
	buf_put(&all, "name", 4);
	put_names(m, NAME_FUNC, "f", m->nfuncs, &all);
	put_locals(m, &all);
	put_names(m, NAME_TYPE, "t", m->ntypes, &all);
	put_names(m, NAME_TABLE, "table", m->ntables, &all);
	put_names(m, NAME_MEMORY, "memory", m->nmemories, &all);
	put_names(m, NAME_GLOBAL, "g", m->nglobals, &all);
	put_names(m, NAME_ELEM, "elem", m->nelems, &all);
	put_names(m, NAME_DATA, "data", m->ndatas, &all);
	put_names(m, NAME_TAG, "tag", m->ntags, &all);
	put_part(out, 0, &all);
	buf_free(&all);
}

bool repro_text(const struct module *m, struct buf *out, struct err *e)
{
	struct wat_print_options o = wat_print_defaults();
	struct buf b = { 0 };

	buf_put(&b, m->bytes, 8);
	for (uint32_t i = 0; i < m->nsections; i++) {
		if (!m->sections[i].id)
			continue;
		buf_u8(&b, m->sections[i].id);
		buf_uleb(&b, m->sections[i].size);
		buf_put(&b, m->bytes + m->sections[i].start, m->sections[i].size);
	}
	put_name_section(m, &b);
	struct source *src = source_copy("repro", buf_str(&b), b.size, e);
	struct module *named = src ? module_load_take(m->engine, src, &m->features, e) : NULL;
	bool ok = named && wat_print(named, &o, out, e);
	module_free(named);
	buf_free(&b);
	return ok;
}

/* ---- lines ----------------------------------------------------------------------------------- */

enum line_kind { LINE_FIELD, LINE_HEAD, LINE_BODY, LINE_END };

struct line {
	struct str text;                /* with its newline */
	const char *instead;            /* whole lines in its place; NULL: it stands as it is */
	uint8_t kind;
	bool gone;
	uint32_t field;                 /* number of its field, from 1; 0: the module's own brackets */
};

struct lines {
	VEC(struct line) all;
	uint32_t nfields;
};

static bool starts(struct str s, const char *with)
{
	size_t n = strlen(with);

	return s.n >= n && memcmp(s.p, with, n) == 0;
}

/* How wat/print.h writes: fields have two blanks in front, what is in a function four or more, its end is "  )". */
static bool split(struct lines *l, struct str text)
{
	bool in_func = false;

	while (text.n) {
		const char *end = memchr(text.p, '\n', text.n);
		struct line x = { .text = { text.p, end ? (size_t)(end - text.p) + 1 : text.n } };
		bool begins = starts(x.text, "  (");
		if (begins)
			l->nfields++;
		x.field = x.text.p[0] == ' ' ? l->nfields : 0;
		if (starts(x.text, "  (func "))
			in_func = !(x.text.n > 2 && x.text.p[x.text.n - 2] == ')' && end + 1 < text.p + text.n && !starts((struct str){ end + 1, 5 }, "    "));
		x.kind = !in_func ? LINE_FIELD : begins ? LINE_HEAD : starts(x.text, "  )") ? LINE_END : LINE_BODY;
		if (x.kind == LINE_END)
			in_func = false;
		if (!vec_push(&l->all, x))
			return false;
		text = (struct str){ text.p + x.text.n, text.n - x.text.n };
	}
	return true;
}

static void join(const struct lines *l, struct buf *out)
{
	buf_reset(out);
	for (size_t i = 0; i < l->all.count; i++) {
		const struct line *x = &l->all.data[i];
		if (x->gone)
			continue;
		if (x->instead)
			buf_puts(out, x->instead);
		else
			buf_put(out, x->text.p, x->text.n);
	}
}

/* ---- trying ---------------------------------------------------------------------------------- */

/* A change of lines [from, to): they go, and the first one becomes something else. */
struct change {
	size_t from, to;
	const char *instead;
	size_t also;                    /* a line that goes, too: the other end of a block; 0: none */
};

struct work {
	struct repro *r;
	struct lines lines;
	struct buf text;                /* of what is tried */
	struct buf kept_text;           /* that the lines are of */
	VEC(struct change) changes;
	VEC(struct line) saved;
};

static void apply(struct lines *l, const struct change *c)
{
	for (size_t i = c->from; i < c->to; i++)
		l->all.data[i].gone = true;
	if (c->instead) {
		l->all.data[c->from].gone = false;
		l->all.data[c->from].instead = c->instead;
	}
	if (c->also)
		l->all.data[c->also].gone = true;
}

static bool over(const struct work *w)
{
	return w->r->enough && w->r->enough(w->r->user);
}

/* Make changes [from, to) and keep them when it still holds. */
static bool attempt(struct work *w, size_t from, size_t to)
{
	vec_clear(&w->saved);
	for (size_t i = 0; i < w->lines.all.count; i++)
		if (!vec_push(&w->saved, w->lines.all.data[i]))
			return false;
	for (size_t i = from; i < to; i++)
		apply(&w->lines, &w->changes.data[i]);
	join(&w->lines, &w->text);
	w->r->tries++;
	if (!w->text.failed && w->r->holds(w->r->user, str_of_buf(&w->text))) {
		w->r->kept++;
		return true;
	}
	memcpy(w->lines.all.data, w->saved.data, w->saved.count * sizeof *w->saved.data);
	return false;
}

/* All changes that are listed: many at once, then fewer. True: some were made. */
static bool attempt_all(struct work *w)
{
	bool any = false;

	for (size_t size = w->changes.count; size; size /= 2)
		for (size_t i = 0; i < w->changes.count && !over(w);) {
			size_t n = w->changes.count - i < size ? w->changes.count - i : size;
			if (!attempt(w, i, i + n)) {
				i += n;
				continue;
			}
			any = true;
			memmove(&w->changes.data[i], &w->changes.data[i + n], (w->changes.count - i - n) * sizeof *w->changes.data);
			w->changes.count -= n;
		}
	return any;
}

static void list(struct work *w, struct change c)
{
	/* one that cannot be listed is not tried */
	(void)vec_push(&w->changes, c);
}

/* ---- passes ---------------------------------------------------------------------------------- */

static size_t body_end(const struct work *w, size_t head)
{
	size_t i = head + 1;

	while (i < w->lines.all.count && w->lines.all.data[i].kind == LINE_BODY)
		i++;
	return i;
}

static bool is_declaration(const struct line *x)
{
	return starts(x->text, "    (");
}

/* Where the body's instructions begin. */
static size_t body_begin(const struct work *w, size_t head)
{
	size_t i = head + 1;

	while (i < w->lines.all.count && w->lines.all.data[i].kind == LINE_BODY && is_declaration(&w->lines.all.data[i]))
		i++;
	return i;
}

static bool gut_functions(struct work *w)
{
	vec_clear(&w->changes);
	for (size_t i = 0; i < w->lines.all.count; i++) {
		size_t begin = body_begin(w, i), end = body_end(w, i);
		const struct line *x = &w->lines.all.data[i];
		if (x->kind == LINE_HEAD && !x->gone && begin < end && !w->lines.all.data[begin].instead)
			list(w, (struct change){ begin, end, "    unreachable\n", 0 });
	}
	return attempt_all(w);
}

/* Last ones first: what is behind refers to what is before. */
static bool drop_fields(struct work *w)
{
	vec_clear(&w->changes);
	for (size_t i = w->lines.all.count; i-- > 0;) {
		const struct line *x = &w->lines.all.data[i];
		size_t to = i + 1;
		if (!x->field || x->gone || (i && w->lines.all.data[i - 1].field == x->field))
			continue;
		while (to < w->lines.all.count && w->lines.all.data[to].field == x->field)
			to++;
		list(w, (struct change){ i, to, NULL, 0 });
	}
	return attempt_all(w);
}

static bool is_instruction(const struct line *x)
{
	return x->kind == LINE_BODY && !x->gone && !is_declaration(x);
}

static bool drop_lines(struct work *w)
{
	vec_clear(&w->changes);
	for (size_t i = 0; i < w->lines.all.count; i++) {
		const struct line *x = &w->lines.all.data[i];
		if (!x->gone && (x->kind == LINE_BODY || (x->kind == LINE_FIELD && starts(x->text, "    "))))
			list(w, (struct change){ i, i + 1, NULL, 0 });
	}
	return attempt_all(w);
}

/* Neighbours that only do without each other together: what pushes and `drop`, a copy and back. */
static bool drop_pairs(struct work *w)
{
	size_t first = 0;
	bool begun = false;

	vec_clear(&w->changes);
	for (size_t i = 0; i < w->lines.all.count; i++) {
		const struct line *x = &w->lines.all.data[i];
		if (x->gone)
			continue;
		if (is_instruction(x) && begun)
			list(w, (struct change){ first, i + 1, NULL, 0 });
		first = i;
		begun = is_instruction(x);
	}
	return attempt_all(w);
}

static size_t indent(struct str s)
{
	size_t n = 0;

	while (n < s.n && s.p[n] == ' ')
		n++;
	return n;
}

/* A block without its brackets, or all of it: from its first line to the `end` as far to the right. */
static bool unwrap(struct work *w)
{
	vec_clear(&w->changes);
	for (size_t i = 0; i < w->lines.all.count; i++) {
		const struct line *x = &w->lines.all.data[i];
		size_t to = i + 1, in = indent(x->text);
		if (!is_instruction(x) || (!starts((struct str){ x->text.p + in, x->text.n - in }, "block") &&
				!starts((struct str){ x->text.p + in, x->text.n - in }, "loop") &&
				!starts((struct str){ x->text.p + in, x->text.n - in }, "if") &&
				!starts((struct str){ x->text.p + in, x->text.n - in }, "try")))
			continue;
		while (to < w->lines.all.count && w->lines.all.data[to].kind == LINE_BODY && (indent(w->lines.all.data[to].text) > in ||
				!starts((struct str){ w->lines.all.data[to].text.p + in, w->lines.all.data[to].text.n - in }, "end")))
			to++;
		list(w, (struct change){ i, to + 1, NULL, 0 });
		list(w, (struct change){ i, i + 1, NULL, to });
	}
	bool any = false;
	for (size_t i = 0; i < w->changes.count && !over(w); i++)
		if (!w->lines.all.data[w->changes.data[i].from].gone)
			any |= attempt(w, i, i + 1);
	return any;
}

/* What an instruction can be replaced by: it pops and pushes something else. */
static const char *const simpler[] = {
	"    drop\n", "    i32.const 0\n", "    i64.const 0\n", "    f32.const 0\n", "    f64.const 0\n",
	"    drop\n    i32.const 0\n", "    drop\n    i64.const 0\n", "    drop\n    f32.const 0\n", "    drop\n    f64.const 0\n",
	"    drop\n    drop\n", "    drop\n    drop\n    i32.const 0\n", "    drop\n    drop\n    i64.const 0\n",
};

static bool is_simple(struct str text)
{
	size_t in = indent(text);
	struct str s = { text.p + in, text.n - in };

	return starts(s, "i32.const") || starts(s, "i64.const") || starts(s, "f32.const") || starts(s, "f64.const") || starts(s, "drop") ||
		starts(s, "local.get") || starts(s, "end") || starts(s, "else") || starts(s, "unreachable") || starts(s, "block") || starts(s, "loop");
}

static bool replace_lines(struct work *w)
{
	bool any = false;

	for (size_t i = 0; i < w->lines.all.count && !over(w); i++) {
		const struct line *x = &w->lines.all.data[i];
		if (!is_instruction(x) || x->instead || is_simple(x->text))
			continue;
		bool done = false;
		for (size_t k = 0; k < sizeof simpler / sizeof *simpler && !done; k++) {
			vec_clear(&w->changes);
			list(w, (struct change){ i, i + 1, simpler[k], 0 });
			done = attempt(w, 0, w->changes.count);
		}
		any |= done;
	}
	return any;
}

/* A round may leave lines in place of one: they are lines of their own in the next. */
static bool rounds(struct work *w, struct buf *text)
{
	for (bool more = true; more && !over(w);) {
		more = gut_functions(w);
		more |= drop_fields(w);
		more |= unwrap(w);
		more |= drop_lines(w);
		more |= drop_pairs(w);
		more |= replace_lines(w);
		join(&w->lines, &w->text);
		if (w->text.failed)
			return false;
		buf_reset(text);
		buf_put(text, buf_str(&w->text), w->text.size);
		vec_clear(&w->lines.all);
		w->lines.nfields = 0;
		buf_reset(&w->kept_text);
		buf_put(&w->kept_text, buf_str(text), text->size);
		if (w->kept_text.failed || !split(&w->lines, str_of_buf(&w->kept_text)))
			return false;
	}
	return true;
}

bool repro_reduce(struct repro *r, struct buf *text)
{
	struct work w = { .r = r };

	buf_put(&w.kept_text, buf_str(text), text->size);
	bool ok = !w.kept_text.failed && split(&w.lines, str_of_buf(&w.kept_text)) && rounds(&w, text);
	vec_free(&w.lines.all);
	vec_free(&w.changes);
	vec_free(&w.saved);
	buf_free(&w.text);
	buf_free(&w.kept_text);
	return ok;
}

uint32_t repro_size(struct str text)
{
	struct lines l = { 0 };
	uint32_t n = 0;

	if (split(&l, text))
		for (size_t i = 0; i < l.all.count; i++)
			n += is_instruction(&l.all.data[i]);
	vec_free(&l.all);
	return n;
}

/* ---- without a host -------------------------------------------------------------------------- */

static void put_zeros(struct str results, struct buf *out)
{
	while (results.n) {
		size_t n = 0;
		while (n < results.n && results.p[n] != ' ' && results.p[n] != ')')
			n++;
		if (n == 3 && results.p[0] != '(')
			buf_printf(out, "    %.*s.const 0\n", 3, results.p);
		else if (n)
			buf_puts(out, "    unreachable\n");
		if (n < results.n && results.p[n] == ')')
			return;
		results = (struct str){ results.p + n + (n < results.n), results.n - n - (n < results.n) };
	}
}

/* "  (import "m" "n" (func $f …))": the function's own text. */
static bool imported_func(struct str line, struct str *func)
{
	const char *p = starts(line, "  (import ") ? memmem(line.p, line.n, " (func ", 7) : NULL;

	if (!p || line.n < 4)
		return false;
	*func = (struct str){ p + 1, (size_t)(line.p + line.n - p) - 1 };
	while (func->n && func->p[func->n - 1] != ')')
		func->n--;
	func->n -= func->n >= 2 ? 2 : 0;
	return true;
}

void repro_without_host(struct str text, struct buf *out)
{
	struct buf stubs = { 0 };
	struct lines l = { 0 };
	struct str func;

	if (!split(&l, text)) {
		vec_free(&l.all);
		return;
	}
	for (size_t i = 0; i < l.all.count; i++) {
		struct str line = l.all.data[i].text;
		if (i + 1 == l.all.count)
			buf_put(out, buf_str(&stubs), stubs.size);
		if (!imported_func(line, &func)) {
			buf_put(out, line.p, line.n);
			continue;
		}
		const char *results = memmem(func.p, func.n, "(result ", 8);
		buf_printf(&stubs, "  %.*s\n", STR_ARGS(func));
		if (results)
			put_zeros((struct str){ results + 8, (size_t)(func.p + func.n - results) - 8 }, &stubs);
		else
			buf_puts(&stubs, "    nop\n");
		buf_puts(&stubs, "  )\n");
	}
	buf_free(&stubs);
	vec_free(&l.all);
}
