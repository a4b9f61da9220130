/* Commands on code panes: going to places, breakpoints, what a line stands for. */
#include <inttypes.h>
#include <stdio.h>

#include "debugger/site.h"
#include "engine/base/buf.h"
#include "engine/stack.h"
#include "engine/tier.h"
#include "repl/command/debug.h"
#include "repl/command/result.h"
#include "repl/command/tiering.h"
#include "tui/action.h"
#include "tui/minibuffer.h"
#include "tui/run.h"

/* ---- going ------------------------------------------------------------------------------------------------------ */

static struct window *code_window(struct tui *t)
{
	struct window *w = window_is_code(t->layout.selected) ? t->layout.selected : NULL;

	for (struct window *i = NULL; !w && (i = layout_next(&t->layout, i));)
		w = window_is_code(i) ? i : NULL;
	if (!w) {
		struct view *v = view_named(t, STR("*wat*"));
		w = v ? window_for(t, v) : NULL;
	}
	return w;
}

static void go(struct tui *t, struct code_place to)
{
	struct window *w = code_window(t);

	if (t->link.module)
		vec_push(&t->trail, t->link);
	place_show(t, to);
	if (w)
		window_select(t, w);
}

static bool go_to_func(struct tui *t, const struct module *m, uint32_t func, struct err *e)
{
	struct site first;

	if (m->funcs[func].import >= 0)
		return err_set(e, E_USAGE, place_none(), "function #%u is imported: its code is elsewhere", func);
	if (!site_first(m, func, &first, e))
		return false;
	go(t, (struct code_place){ m, func, first.offset });
	return true;
}

bool action_goto_place(struct tui *t, const struct args *a, struct err *e)
{
	struct location l;
	struct result r;

	if (!result_init(&r))
		return err_oom(e);
	bool ok = debug_locate_one(t->s, a->v[0].text, &r, &l, e);
	result_free(&r);
	if (ok)
		go(t, (struct code_place){ l.module, l.func, l.offset });
	return ok;
}

/* The first call on the line of P, or in its group of cells. */
static bool find_call(struct tui *t, const struct code_place *p, struct site *out, struct err *e)
{
	struct window *w = t->layout.selected;
	struct site at;
	struct spot here, there;

	if (!site_at(p->module, p->func, p->offset, &at, e) || !w->view->ops->locate(w->view, p, &here))
		return false;
	for (;;) {
		if (op_calls(at.op) || op_tail_calls(at.op)) {
			*out = at;
			return true;
		}
		struct site next;
		struct code_place q = { p->module, p->func, at.end };
		struct err ignored = { 0 };
		if (!site_at(p->module, p->func, at.end, &next, &ignored) || next.offset <= at.offset ||
				!w->view->ops->locate(w->view, &q, &there) || spot_order(here, there) != 0)
			return err_set(e, E_USAGE, place_none(), "no function is called on this line");
		at = next;
	}
}

bool action_goto_definition(struct tui *t, const struct args *a, struct err *e)
{
	struct code_place p;
	struct site at;

	if (!window_is_code(t->layout.selected) || !place_here(t, &p))
		return err_set(e, E_USAGE, place_none(), "there is no instruction under the cursor");
	if (!find_call(t, &p, &at, e))
		return false;
	if (at.op != OP_CALL && at.op != OP_RETURN_CALL)
		return err_set(e, E_USAGE, place_none(), "%s: which function it calls is known when it runs", op_info[at.op].text);
	return go_to_func(t, p.module, at.index, e);
}

bool action_go_back(struct tui *t, const struct args *a, struct err *e)
{
	if (!t->trail.count)
		return err_set(e, E_USAGE, place_none(), "there is no place to go back to");
	place_show(t, vec_pop(&t->trail));
	return true;
}

bool action_goto_pc(struct tui *t, const struct args *a, struct err *e)
{
	if (!t->pc.module)
		return err_set(e, E_NOT_RUNNING, place_none(), "nothing is stopped: start F(ARGS) calls and stops at once");
	place_show(t, t->pc);
	return true;
}

static bool go_by_functions(struct tui *t, int by, struct err *e)
{
	const struct module *m = t->module;
	struct code_place p;

	if (!m || m->nfuncs == m->nimported_funcs)
		return err_set(e, E_USAGE, place_none(), "there are no functions");
	if (!place_here(t, &p) || p.module != m)
		return go_to_func(t, m, m->nimported_funcs, e);
	if (by > 0 ? p.func + 1 >= m->nfuncs : p.func <= m->nimported_funcs)
		return err_set(e, E_USAGE, place_none(), "this is the %s function", by > 0 ? "last" : "first");
	return go_to_func(t, m, by > 0 ? p.func + 1 : p.func - 1, e);
}

bool action_next_function(struct tui *t, const struct args *a, struct err *e)
{
	return go_by_functions(t, 1, e);
}

bool action_previous_function(struct tui *t, const struct args *a, struct err *e)
{
	return go_by_functions(t, -1, e);
}

/* ---- breakpoints -------------------------------------------------------------------------------------------------- */

/* Whether the breakpoint is shown on the line of the cursor. */
static bool on_line(struct tui *t, const struct break_mark *m)
{
	struct window *w = t->layout.selected;
	struct spot at;

	return m->at.module == t->module && w->view->ops->locate(w->view, &m->at, &at) && spot_order(at, w->point) == 0;
}

bool action_remove_breakpoint(struct tui *t, const struct args *a, struct err *e)
{
	struct buf line = { 0 };

	if (!window_is_code(t->layout.selected))
		return err_set(e, E_USAGE, place_none(), "breakpoints are removed in code panes, or with delete N");
	for (size_t i = 0; i < t->marks.count; i++)
		if (on_line(t, &t->marks.data[i]))
			buf_printf(&line, "%s %u", line.size ? "" : "delete", t->marks.data[i].number);
	bool any = line.size > 0;
	if (any)
		run_line(t, str_of_buf(&line));
	buf_free(&line);
	return any || err_set(e, E_USAGE, place_none(), "there is no breakpoint on this line");
}

/* ---- tiers ---------------------------------------------------------------------------------------------------------- */

bool action_cycle_tier(struct tui *t, const struct args *a, struct err *e)
{
	struct code_place p;
	char line[80];

	if (!place_here(t, &p) || !t->s->store)
		return err_set(e, E_USAGE, place_none(), "there is no function here");
	enum tier now = tiers_of(t->s->store, p.module, p.func);
	enum tier next = now == TIER_INTERP ? TIER_BASELINE : now == TIER_BASELINE ? TIER_AUTO : TIER_INTERP;
	snprintf(line, sizeof line, "tier %" PRIu32 "..%" PRIu32 " %s", p.func, p.func, tiering_name(next));
	run_line(t, str_of(line));
	return true;
}

/* ---- what lines stand for --------------------------------------------------------------------------------------------- */

bool action_explain_here(struct tui *t, const struct args *a, struct err *e)
{
	struct view *v = view_named(t, STR("*explain*"));

	if (!v)
		return err_oom(e);
	if (!window_of(t, v))
		window_for(t, v);
	return true;
}

bool action_follow(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = t->layout.selected;
	const struct line *l = view_line(w->view, w->point);
	struct buf command = { 0 };

	if (l && l->offset != NO_OFFSET && t->module)
		return go_to_func(t, t->module, l->func, e);
	if (l && w->view->ops->follow)
		w->view->ops->follow(w->view, l, &command);
	bool any = command.size > 0;
	if (any)
		tui_command(t, buf_str(&command));
	buf_free(&command);
	return any || err_set(e, E_USAGE, place_none(), "this line leads nowhere");
}

/* `set WORD NUMBER = VALUE` of the thing on the line. */
bool action_edit_value(struct tui *t, const struct args *a, struct err *e)
{
	static const struct { const char *view, *word; } places[] = {
		{ "*locals*", "local" }, { "*stack*", "stack" }, { "*globals*", "global" },
	};
	struct window *w = t->layout.selected;
	const struct line *l = view_line(w->view, w->point);
	char text[80];

	for (size_t i = 0; l && l->item != NO_ITEM && i < sizeof places / sizeof *places; i++) {
		if (strcmp(places[i].view, w->view->ops->name) != 0)
			continue;
		snprintf(text, sizeof text, "set %s %" PRId64 " = {?New value: }", places[i].word, l->item);
		tui_command(t, text);
		return true;
	}
	return err_set(e, E_USAGE, place_none(), "there is no value to change on this line");
}

/* The command that deletes or switches what the line of a list stands for; NULL: none. */
static bool run_on_item(struct tui *t, const char *in, const char *command, struct err *e)
{
	struct window *w = t->layout.selected;
	const struct line *l = view_line(w->view, w->point);
	char text[80];

	if (strcmp(w->view->ops->name, in) != 0)
		return false;
	if (!l || l->item == NO_ITEM)
		return err_set(e, E_USAGE, place_none(), "this line stands for nothing that has a number");
	snprintf(text, sizeof text, "%s %" PRId64, command, l->item);
	tui_command(t, text);
	return true;
}

bool action_delete_item(struct tui *t, const struct args *a, struct err *e)
{
	if (run_on_item(t, "*breakpoints*", "delete", e) || run_on_item(t, "*displays*", "undisplay", e) || e->code)
		return !e->code;
	return err_set(e, E_USAGE, place_none(), "only breakpoints and displays are deleted from their lists");
}

static bool is_enabled(const struct tui *t, int64_t number)
{
	for (size_t i = 0; i < t->marks.count; i++)
		if (t->marks.data[i].number == number)
			return t->marks.data[i].enabled;
	return false;
}

bool action_toggle_item(struct tui *t, const struct args *a, struct err *e)
{
	struct window *w = t->layout.selected;
	const struct line *l = view_line(w->view, w->point);
	bool on = l && is_enabled(t, l->item);

	if (run_on_item(t, "*breakpoints*", on ? "disable" : "enable", e) || e->code)
		return !e->code;
	return err_set(e, E_USAGE, place_none(), "only breakpoints are switched on and off");
}
