/*
 * *memory*: memory 0 of the frame's instance, in rows of bytes or of numbers of one type. Bytes that a command changed
 * since the row was last made are marked. The cursor stands on one number of its row.
 */
#include "tui/view_memory.h"

#include <inttypes.h>
#include <stdlib.h>

#include "engine/stack.h"
#include "engine/value.h"
#include "repl/command/debug.h"
#include "tui/tui.h"

enum { ROWS = 256, ROW_MOST = 16, KEPT = 4, WIDE = 78 };

enum type { TYPE_U8, TYPE_I16, TYPE_I32, TYPE_I64, TYPE_F32, TYPE_F64, TYPE_COUNT };

static const struct {
	const char *name, *place;       /* as expressions call it */
	unsigned bytes;
	int columns;
} types[TYPE_COUNT] = {
	[TYPE_U8]  = { "bytes", "mem8",   1, 3 },  [TYPE_I16] = { "i16", "mem16",  2, 7 },
	[TYPE_I32] = { "i32",   "mem32",  4, 12 }, [TYPE_I64] = { "i64", "mem64",  8, 22 },
	[TYPE_F32] = { "f32",   "memf32", 4, 16 }, [TYPE_F64] = { "f64", "memf64", 8, 24 },
};

/* Bytes of chunks as they were when those were made last. */
struct kept {
	uint32_t chunk, row;
	uint8_t bytes[ROWS * ROW_MOST];
	bool valid;
};

struct state {
	enum type type;
	int cell;                       /* of the row, from 0 */
	struct kept kept[KEPT];
	size_t next;
};

static struct state *state_of(const struct view *v)
{
	return v->state;
}

/* Bytes of a row: as many as the window has room for, a power of two. */
static unsigned row_bytes(const struct view *v)
{
	return v->width >= WIDE ? ROW_MOST : ROW_MOST / 2;
}

static struct memory *memory_of(struct view *v)
{
	struct instance *in = v->t->s->instance;
	struct err e = { 0 };
	struct frame f;

	if (v->t->stopped && debug_wasm_frame(v->t->s, &f, &e))
		in = f.inst;
	return in && in->module->nmemories ? in->memories[0] : NULL;
}

bool memory_view_read(struct view *v, uint64_t address, void *to, unsigned bytes)
{
	struct memory *m = memory_of(v);

	if (!m || !memory_range(m, address, bytes))
		return false;
	memcpy(to, m->base + address, bytes);
	return true;
}

/* ---- rows ------------------------------------------------------------------------------------------------------ */

static uint32_t chunks(struct view *v)
{
	const struct memory *m = memory_of(v);
	uint64_t size = m ? atomic_load(&m->size) : 0, a_chunk = (uint64_t)ROWS * row_bytes(v);
	uint64_t n = (size + a_chunk - 1) / a_chunk;

	return n == 0 ? 1 : n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

static struct kept *kept_of(struct view *v, uint32_t chunk)
{
	struct state *st = state_of(v);

	for (size_t i = 0; i < KEPT; i++)
		if (st->kept[i].valid && st->kept[i].chunk == chunk && st->kept[i].row == row_bytes(v))
			return &st->kept[i];
	struct kept *k = &st->kept[st->next++ % KEPT];
	k->valid = false;
	k->chunk = chunk;
	k->row = row_bytes(v);
	return k;
}

static void put_number(enum type type, const uint8_t *p, struct buf *out)
{
	uint64_t bits = 0;
	char text[40];

	memcpy(&bits, p, types[type].bytes);
	switch (type) {
	case TYPE_U8:
		buf_printf(out, "%02x", (unsigned)bits);
		return;
	case TYPE_I16:
		buf_printf(out, "%6d", (int16_t)bits);
		return;
	case TYPE_I32:
		buf_printf(out, "%11" PRId32, (int32_t)bits);
		return;
	case TYPE_I64:
		buf_printf(out, "%21" PRId64, (int64_t)bits);
		return;
	default:
		text[type == TYPE_F32 ? float_print32((uint32_t)bits, text) : float_print64(bits, text)] = '\0';
		buf_printf(out, "%*s", types[type].columns - 1, text);
	}
}

static void put_characters(const uint8_t *p, unsigned n, struct chunk *out)
{
	put_style(out, STYLE_STRING);
	buf_puts(&out->text, "  ");
	for (unsigned i = 0; i < n; i++)
		buf_putc(&out->text, p[i] >= 0x20 && p[i] < 0x7f ? (char)p[i] : '.');
}

static void put_row(struct view *v, uint64_t address, const uint8_t *now, const uint8_t *before, unsigned n, struct chunk *out)
{
	enum type type = state_of(v)->type;
	bool any = before && memcmp(now, before, n) != 0;

	put_style(out, any ? STYLE_CHANGED : STYLE_DIM);
	buf_printf(&out->text, "%s%08" PRIx64, any ? "*" : " ", address);
	for (unsigned i = 0; i + types[type].bytes <= n; i += types[type].bytes) {
		bool changed = any && memcmp(now + i, before + i, types[type].bytes) != 0;
		put_style(out, changed ? STYLE_CHANGED : now[i] || type != TYPE_U8 ? STYLE_TEXT : STYLE_DIM);
		buf_putc(&out->text, ' ');
		put_number(type, now + i, &out->text);
	}
	put_characters(now, n, out);
	line_end_item(out, (int64_t)address);
}

static void fill(struct view *v, uint32_t chunk, struct chunk *out)
{
	const struct memory *m = memory_of(v);
	unsigned row = row_bytes(v);
	uint64_t size = m ? atomic_load(&m->size) : 0, at = (uint64_t)chunk * ROWS * row;

	if (!size) {
		line_note(out, m ? "the memory has no bytes" : "no memory: the module has none, or is not instantiated");
		return;
	}
	struct kept *k = kept_of(v, chunk);
	for (unsigned i = 0; i < ROWS && at < size; i++, at += row) {
		unsigned n = size - at < row ? (unsigned)(size - at) : row;
		put_row(v, at, m->base + at, k->valid ? k->bytes + i * row : NULL, n, out);
		memcpy(k->bytes + i * row, m->base + at, n);
	}
	k->valid = true;
}

/* ---- the cursor -------------------------------------------------------------------------------------------------- */

static int cells_in_row(const struct view *v)
{
	return (int)(row_bytes(v) / types[state_of(v)->type].bytes);
}

uint64_t memory_view_address(const struct window *w, unsigned *width)
{
	struct state *st = state_of(w->view);
	const struct line *l = view_line(w->view, w->point);

	*width = types[st->type].bytes;
	return l && l->item >= 0 ? (uint64_t)l->item + (uint64_t)st->cell * *width : 0;
}

void memory_view_go(struct window *w, uint64_t address)
{
	unsigned row = row_bytes(w->view);
	uint64_t line = address / row;

	w->point = view_clamp(w->view, (struct spot){ (uint32_t)(line / ROWS), (uint32_t)(line % ROWS) });
	state_of(w->view)->cell = (int)(address % row / types[state_of(w->view)->type].bytes);
}

void memory_view_move(struct window *w, int by)
{
	struct state *st = state_of(w->view);
	int n = cells_in_row(w->view), to = st->cell + by;

	if (to < 0 && view_move(w->view, &w->point, -1))
		st->cell = n - 1;
	else if (to >= n && view_move(w->view, &w->point, 1))
		st->cell = 0;
	else if (to >= 0 && to < n)
		st->cell = to;
}

void memory_view_next_type(struct view *v)
{
	struct state *st = state_of(v);
	unsigned before = types[st->type].bytes;

	st->type = (enum type)((st->type + 1) % TYPE_COUNT);
	st->cell = (int)((unsigned)st->cell * before / types[st->type].bytes);
	view_forget(v);
}

void memory_view_place(const struct window *w, struct buf *out)
{
	unsigned width;
	uint64_t at = memory_view_address(w, &width);

	buf_printf(out, "%s[%" PRIu64 "]", types[state_of(w->view)->type].place, at);
}

static int column(struct view *v)
{
	const struct state *st = state_of(v);

	return 10 + st->cell * types[st->type].columns;
}

static void status(struct view *v, struct buf *out)
{
	struct window *w = window_of(v->t, v);
	unsigned width;

	if (w)
		buf_printf(out, "0x%" PRIx64 " %s", memory_view_address(w, &width), types[state_of(v)->type].name);
}

const struct view_ops view_memory = {
	.name = "*memory*", .help = "linear memory: bytes, or numbers of a type", .kind = VIEW_STATE,
	.size = sizeof(struct state), .chunks = chunks, .fill = fill, .status = status, .column = column,
};
