/* Chunks of lines and walking over them; see view.h. */
#include "tui/view.h"

#include <stdarg.h>
#include <stdlib.h>

#include "tui/tui.h"
#include "tui/view_script.h"

/* ---- filling --------------------------------------------------------------------------------------- */

static void add_line(struct chunk *c, struct line l)
{
	l.at = (uint32_t)c->open;
	l.n = (uint32_t)(c->text.size - c->open);
	vec_push(&c->lines, l);
	c->open = c->text.size;
}

void line_end(struct chunk *c)
{
	add_line(c, (struct line){ .offset = NO_OFFSET, .item = NO_ITEM });
}

void line_end_place(struct chunk *c, uint32_t func, uint32_t offset)
{
	add_line(c, (struct line){ .func = func, .offset = offset, .item = NO_ITEM });
}

void line_end_code(struct chunk *c, uint32_t func, uint32_t offset, uint32_t address)
{
	add_line(c, (struct line){ .func = func, .offset = offset, .item = address });
}

void line_end_item(struct chunk *c, int64_t item)
{
	add_line(c, (struct line){ .offset = NO_OFFSET, .item = item });
}

void line_note(struct chunk *c, const char *fmt, ...)
{
	va_list ap;

	put_style(c, STYLE_DIM);
	va_start(ap, fmt);
	buf_vprintf(&c->text, fmt, ap);
	va_end(ap);
	line_end(c);
}

/* ---- chunks ---------------------------------------------------------------------------------------- */

static void chunk_empty(struct chunk *c)
{
	buf_reset(&c->text);
	vec_clear(&c->lines);
	c->open = 0;
}

void view_forget(struct view *v)
{
	for (size_t i = 0; i < v->nchunks; i++)
		chunk_empty(&v->chunks[i]);
	v->nchunks = 0;
}

/* State views are made anew after every command, code views when modules or bodies changed. */
static uint64_t wanted_state(const struct view *v)
{
	return v->ops->kind == VIEW_CODE ? v->t->code_state : v->t->state;
}

static struct chunk *chunk_room(struct view *v)
{
	struct chunk *oldest = &v->chunks[0];

	if (v->nchunks < CHUNKS_KEPT)
		return &v->chunks[v->nchunks++];
	for (size_t i = 1; i < v->nchunks; i++)
		if (v->chunks[i].used < oldest->used)
			oldest = &v->chunks[i];
	chunk_empty(oldest);
	return oldest;
}

static struct chunk *chunk_made(struct view *v, uint32_t number)
{
	for (size_t i = 0; i < v->nchunks; i++)
		if (v->chunks[i].number == number)
			return &v->chunks[i];
	return NULL;
}

/* ---- long lines -------------------------------------------------------------------------------------- */

/* Bytes of TEXT that make a line of WIDTH columns: up to a blank, where there is one. */
static size_t break_at(struct str text, int width)
{
	size_t n = text_fit(text, width), cut = n;

	if (n == text.n)
		return n;
	while (cut > 0 && text.p[cut] != ' ')
		cut--;
	return cut > 0 ? cut : n ? n : text.n;
}

/* One line as several; what goes on is indented a little more than the line begins. */
static void put_wrapped(struct chunk *out, struct str text, const struct line *l, int width)
{
	enum { HANG = 2, MOST = 20 };
	size_t indent = 0, hang = text.n && text.p[0] == ' ' ? HANG : 0;

	while (indent < text.n && text.p[indent] == ' ' && indent < MOST)
		indent++;
	size_t n = break_at(text, width);
	do {
		buf_put(&out->text, text.p, n);
		add_line(out, *l);
		while (n < text.n && text.p[n] == ' ')
			n++;
		text = (struct str){ text.p + n, text.n - n };
		buf_fill(&out->text, ' ', text.n ? indent + hang : 0);
		n = break_at(text, width - (int)(indent + hang) > 8 ? width - (int)(indent + hang) : 8);
	} while (text.n);
}

static void wrap(struct chunk *c, int width)
{
	struct chunk whole = *c;

	c->text = (struct buf){ 0 };
	c->open = 0;
	memset(&c->lines, 0, sizeof c->lines);
	for (size_t i = 0; i < whole.lines.count; i++) {
		const struct line *l = &whole.lines.data[i];
		put_wrapped(c, (struct str){ buf_str(&whole.text) + l->at, l->n }, l, width > 16 ? width : 16);
	}
	buf_free(&whole.text);
	vec_free(&whole.lines);
}

struct chunk *view_chunk(struct view *v, uint32_t number)
{
	bool may_look = !v->t->running || v->ops->kind == VIEW_INPUT;

	if (may_look && (v->made != wanted_state(v) || v->made_width != v->width)) {
		view_forget(v);
		v->made = wanted_state(v);
		v->made_width = v->width;
	}
	struct chunk *c = chunk_made(v, number);
	if (!c && (!may_look || number >= v->ops->chunks(v)))
		return NULL;
	if (!c) {
		c = chunk_room(v);
		c->number = number;
		v->ops->fill(v, number, c);
		if (c->open < c->text.size)
			line_end(c);
		if (v->ops->wraps)
			wrap(c, (int)v->width);
	}
	c->used = ++v->t->uses;
	return c;
}

const struct line *view_line(struct view *v, struct spot at)
{
	struct chunk *c = view_chunk(v, at.chunk);

	return c && at.line < c->lines.count ? &c->lines.data[at.line] : NULL;
}

struct str view_line_text(struct view *v, struct spot at)
{
	struct chunk *c = view_chunk(v, at.chunk);

	if (!c || at.line >= c->lines.count)
		return STR("");
	return (struct str){ buf_str(&c->text) + c->lines.data[at.line].at, c->lines.data[at.line].n };
}

/* ---- walking --------------------------------------------------------------------------------------- */

int spot_order(struct spot a, struct spot b)
{
	if (a.chunk != b.chunk)
		return a.chunk < b.chunk ? -1 : 1;
	return a.line < b.line ? -1 : a.line > b.line;
}

static uint32_t lines_of(struct view *v, uint32_t chunk)
{
	struct chunk *c = view_chunk(v, chunk);

	return c ? (uint32_t)c->lines.count : 0;
}

static bool move_down(struct view *v, struct spot *at)
{
	uint32_t n = v->t->running ? at->chunk + 2 : v->ops->chunks(v);

	if (at->line + 1 < lines_of(v, at->chunk)) {
		at->line++;
		return true;
	}
	for (uint32_t chunk = at->chunk + 1; chunk < n; chunk++)
		if (lines_of(v, chunk)) {
			*at = (struct spot){ chunk, 0 };
			return true;
		}
	return false;
}

static bool move_up(struct view *v, struct spot *at)
{
	if (at->line > 0) {
		at->line--;
		return true;
	}
	for (uint32_t chunk = at->chunk; chunk-- > 0;) {
		uint32_t n = lines_of(v, chunk);
		if (n) {
			*at = (struct spot){ chunk, n - 1 };
			return true;
		}
		if (v->t->running)
			break;
	}
	return false;
}

int64_t view_move(struct view *v, struct spot *at, int64_t n)
{
	int64_t done = 0;

	while (n > 0 && move_down(v, at))
		n--, done++;
	while (n < 0 && move_up(v, at))
		n++, done++;
	return done;
}

struct spot view_last(struct view *v)
{
	uint32_t n = v->ops->chunks(v);
	struct spot at = { n ? n - 1 : 0, 0 };
	uint32_t lines = lines_of(v, at.chunk);

	if (lines)
		at.line = lines - 1;
	else
		move_up(v, &at);
	return at;
}

struct spot view_clamp(struct view *v, struct spot at)
{
	uint32_t n;

	if (view_line(v, at) || v->t->running)
		return at;
	if (at.chunk >= v->ops->chunks(v))
		return view_last(v);
	n = lines_of(v, at.chunk);
	if (n)
		return (struct spot){ at.chunk, n - 1 };
	if (!move_down(v, &at))
		move_up(v, &at);
	return at;
}

/* ---- which there are --------------------------------------------------------------------------------- */

static bool is_called(const char *name, struct str wanted)
{
	size_t n = strlen(name);

	return str_is(wanted, name) ||
		(n > 2 && name[0] == '*' && str_eq(wanted, (struct str){ name + 1, n - 2 }));
}

static struct view *view_new(struct tui *t, const struct view_ops *ops)
{
	struct view *v = calloc(1, sizeof *v);

	if (!v)
		return NULL;
	*v = (struct view){ .ops = ops, .t = t, .state = ops->size ? calloc(1, ops->size) : NULL, .width = 80 };
	if ((ops->size && !v->state) || !vec_push(&t->views, v)) {
		free(v->state);
		free(v);
		return NULL;
	}
	return v;
}

struct view *view_named(struct tui *t, struct str name)
{
	for (size_t i = 0; i < t->views.count; i++)
		if (is_called(t->views.data[i]->ops->name, name))
			return t->views.data[i];
	for (size_t i = 0; view_table[i]; i++)
		if (is_called(view_table[i]->name, name) && (!view_table[i]->exists || view_table[i]->exists(t)))
			return view_new(t, view_table[i]);
	const struct view_ops *script = script_view_ops(t, name);
	return script ? view_new(t, script) : NULL;
}

void view_free(struct view *v)
{
	for (size_t i = 0; i < CHUNKS_KEPT; i++) {
		buf_free(&v->chunks[i].text);
		vec_free(&v->chunks[i].lines);
	}
	if (v->ops->free)
		v->ops->free(v);
	free(v->state);
	free(v);
}
