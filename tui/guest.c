/* What the session looks like now: noted after each command, so that drawing never asks the session. */
#include <inttypes.h>

#include "debugger/breakpoint.h"
#include "debugger/history.h"
#include "debugger/native.h"
#include "debugger/position.h"
#include "engine/base/buf.h"
#include "repl/command/debug.h"
#include "repl/command/tiering.h"
#include "tui/heat.h"
#include "tui/tui.h"

/* ---- where the guest is ---------------------------------------------------------------------------------- */

static bool same_place(const struct code_place *a, const struct code_place *b)
{
	return a->module == b->module && a->func == b->func && a->offset == b->offset;
}

static void note_pc(struct tui *t)
{
	struct session *s = t->s;
	struct frame f;

	t->stopped = guest_stopped(s) && s->ctx && frame_at(s->ctx, s->frame, &f);
	t->pc = (struct code_place){ 0 };
	if (t->stopped && f.inst && !f.host)
		t->pc = (struct code_place){ f.inst->module, f.func->index, f.offset };
}

static void note_marks(struct tui *t)
{
	const struct dbg *d = t->s->dbg;

	vec_clear(&t->marks);
	for (size_t i = 0; d && i < d->breakpoints.count; i++) {
		const struct breakpoint *b = d->breakpoints.data[i];
		for (size_t k = 0; k < b->places.count; k++) {
			const struct location *l = &b->places.data[k];
			struct break_mark m = { { l->module, l->func, l->offset }, b->number, b->enabled };
			vec_push(&t->marks, m);
		}
	}
}

static void note_words(struct tui *t)
{
	const struct session_module *m = session_current(t->s);

	buf_reset(&t->where);
	buf_reset(&t->clock);
	if (t->pc.module) {
		buf_printf(&t->where, "%s ", module_label(t->s, t->pc.module));
		module_func_label(t->pc.module, t->pc.func, &t->where);
		buf_putc(&t->where, ' ');
		position_print(t->pc.module, t->pc.offset, &t->where);
		buf_printf(&t->where, " @0x%x", t->pc.offset);
	} else {
		buf_puts(&t->where, m ? module_label(t->s, m->module) : "no module");
	}
	if (t->stopped)
		buf_printf(&t->clock, "step %" PRIu64 "  %s", dbg_clock(t->s->dbg),
			native_stop(t->s->dbg) ? tiering_name(TIER_BASELINE) : t->pc.module ? tiering_name(tiers_of(t->s->store, t->pc.module, t->pc.func)) : "host");
	if (t->stopped && t->s->dbg->history && t->s->dbg->history->on)
		buf_puts(&t->clock, t->s->dbg->history->past ? "  past" : "  rec");
	if (t->s->trapped)
		buf_puts(&t->clock, "  trapped");
	if (t->s->calls.count > 1)
		buf_printf(&t->clock, "  depth %zu", t->s->calls.count);
}

/* The module that code panes show: the guest's, unless the user chose another one since. */
static void note_module(struct tui *t, bool moved)
{
	const struct session_module *current = session_current(t->s);
	const struct module *before = t->module;

	if (moved && t->pc.module)
		t->module = t->pc.module;
	else if (t->module_number != t->s->module || !session_module_of(t->s, t->module))
		t->module = current ? current->module : NULL;
	t->module_number = t->s->module;
	if (t->module != before)
		t->code_state++;
}

static void forget_module(struct tui *t, const struct module *m)
{
	if (t->link.module == m)
		t->link = (struct code_place){ 0 };
	if (t->module == m)
		t->module = NULL;
	for (size_t i = 0; i < t->trail.count; i++)
		if (t->trail.data[i].module == m)
			t->trail.data[i--] = vec_pop(&t->trail);
}

static void forget_gone(struct tui *t)
{
	if (t->link.module && !session_module_of(t->s, t->link.module))
		forget_module(t, t->link.module);
	if (t->module && !session_module_of(t->s, t->module))
		forget_module(t, t->module);
	for (size_t i = 0; i < t->trail.count; i++)
		if (!session_module_of(t->s, t->trail.data[i].module))
			t->trail.data[i--] = vec_pop(&t->trail);
}

void guest_look(struct tui *t)
{
	struct code_place before = t->pc;

	t->state++;
	t->term->theme = (enum theme)t->s->options.theme;
	t->term->mouse = t->s->options.mouse && !t->plain;
	forget_gone(t);
	note_pc(t);
	bool moved = !same_place(&before, &t->pc);
	note_marks(t);
	t->counted = heat_known(t);
	t->recorded = t->stopped && t->s->dbg->history && t->s->dbg->history->on ? history_last(t->s->dbg->history) : 0;
	note_module(t, moved);
	note_words(t);
	layout_again(t);
	if (t->s->wanted_layout)
		layout_use(t, str_of(t->s->wanted_layout));
	t->s->wanted_layout = NULL;
	if (moved && t->pc.module)
		place_show(t, t->pc);
	t->dirty = true;
}

/* ---- places -------------------------------------------------------------------------------------------- */

static bool line_place(struct tui *t, struct window *w, struct code_place *out)
{
	const struct line *l = view_line(w->view, w->point);

	if (!l || l->offset == NO_OFFSET || !t->module)
		return false;
	*out = (struct code_place){ t->module, l->func, l->offset };
	return true;
}

bool place_here(struct tui *t, struct code_place *out)
{
	if (window_is_code(t->layout.selected))
		return line_place(t, t->layout.selected, out);
	*out = t->link.module ? t->link : t->pc;
	return out->module != NULL;
}

void place_spell(const struct tui *t, const struct code_place *p, struct buf *out)
{
	buf_printf(out, "%u!#%u+0x%x", p->module->number, p->func, p->offset - p->module->funcs[p->func].body);
}

/* Move the cursor of W to P, or leave it where W cannot show P. */
static void window_go(struct window *w, const struct code_place *p)
{
	struct spot at;

	if (w->view->ops->locate(w->view, p, &at))
		w->point = at;
}

void place_show(struct tui *t, struct code_place p)
{
	if (p.module != t->module) {
		t->module = p.module;
		t->code_state++;
	}
	t->link = p;
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));)
		if (window_is_code(w))
			window_go(w, &p);
	t->dirty = true;
}

void link_cursor(struct tui *t, struct window *from)
{
	struct code_place p;

	if (!line_place(t, from, &p))
		return;
	t->link = p;
	for (struct window *w = NULL; (w = layout_next(&t->layout, w));)
		if (w != from && window_is_code(w))
			window_go(w, &p);
}
