/* Commands of *memory*. */
#include <inttypes.h>

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "tui/action.h"
#include "tui/view_memory.h"

/* The window that shows memory, made when there is none. */
static struct window *memory_window(struct tui *t)
{
	struct view *v = view_named(t, STR("*memory*"));

	return v ? window_for(t, v) : NULL;
}

static bool go(struct tui *t, uint64_t address, struct err *e)
{
	struct window *w = memory_window(t);
	uint8_t byte;

	if (!w)
		return err_oom(e);
	if (!memory_view_read(w->view, address, &byte, 1))
		return err_set(e, E_USAGE, place_none(), "the memory does not reach 0x%" PRIx64, address);
	memory_view_go(w, address);
	window_select(t, w);
	return true;
}

bool action_memory_goto(struct tui *t, const struct args *a, struct err *e)
{
	struct arena scratch = { 0 };
	struct eval_result r;
	bool ok = debug_eval(t->s, a->v[0].text, &scratch, &r, e);

	if (ok && !eval_is_integer(&r))
		ok = err_set(e, E_TYPE, place_none(), "an address is an integer");
	if (ok)
		ok = go(t, r.kind == EVAL_WASM && r.value.type == VT_I32 ? (uint32_t)r.integer : (uint64_t)r.integer, e);
	arena_free(&scratch);
	return ok;
}

bool action_memory_type(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = memory_window(t);

	if (w)
		memory_view_next_type(w->view);
	return w || err_oom(e);
}

/* The pointer under the cursor: four bytes, or eight where eight-byte numbers are shown. */
bool action_memory_follow(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = memory_window(t);
	uint64_t to = 0;
	unsigned width;

	if (!w)
		return err_oom(e);
	uint64_t at = memory_view_address(w, &width);
	if (!memory_view_read(w->view, at, &to, width == 8 ? 8 : 4))
		return err_set(e, E_USAGE, place_none(), "there is no pointer here");
	return go(t, to, e);
}

bool action_memory_edit(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = memory_window(t);
	struct buf text = { 0 };

	if (!w)
		return err_oom(e);
	buf_puts(&text, "set memory ");
	memory_view_place(w, &text);
	buf_puts(&text, " = {?New value: }");
	tui_command(t, buf_str(&text));
	buf_free(&text);
	return true;
}

static bool step_cell(struct tui *t, int by)
{
	struct window *w = t->layout.selected;

	if (strcmp(w->view->ops->name, "*memory*") == 0)
		memory_view_move(w, by);
	return true;
}

bool action_memory_left(struct tui *t, const struct args *a, struct err *e)
{
	return step_cell(t, -1);
}

bool action_memory_right(struct tui *t, const struct args *a, struct err *e)
{
	return step_cell(t, 1);
}
