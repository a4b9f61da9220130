/* Commands: catch. Stops at events. */
#include "debugger/catchpoint.h"

#include <string.h>

#include "debugger/watchpoint.h"
#include "engine/base/buf.h"
#include "repl/command/cmd_break.h"
#include "repl/command/debug.h"

static bool takes_name(enum catch_kind kind)
{
	return kind == CATCH_THROW || kind == CATCH_IMPORT || kind == CATCH_HOST || kind == CATCH_TIERUP;
}

/* "import env.log": what lists call it. */
static bool make(struct session *s, enum catch_kind kind, struct str name, struct breakpoint **out, struct err *e)
{
	struct buf spec = { 0 };

	buf_puts(&spec, catch_names[kind]);
	if (name.n)
		buf_printf(&spec, " %.*s", STR_ARGS(name));
	*out = breakpoint_add(s->dbg, str_of_buf(&spec), NULL, 0, e);
	buf_free(&spec);
	if (!*out)
		return false;
	(*out)->kind = BREAKPOINT_CATCH;
	(*out)->catch = kind;
	(*out)->catch_name = name.n ? strndup(name.p, name.n) : NULL;
	return !name.n || (*out)->catch_name || err_oom(e);
}

static bool run_catch(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	enum catch_kind kind = (enum catch_kind)arg_get(a, "event")->choice;
	struct str name = arg_get(a, "name")->text, condition = arg_get(a, "if")->text;
	struct breakpoint *b;

	if (name.n && name.p[0] == '$')
		name = (struct str){ name.p + 1, name.n - 1 };
	if (name.n && !takes_name(kind))
		return err_set(e, E_USAGE, place_none(), "catch %s takes no name", catch_names[kind]);
	if (!breakpoint_check_condition(s, condition, e))
		return false;
	bool ok = make(s, kind, name, &b, e);
	if (!ok || !breakpoint_condition(b, condition, e) || !watches_renew(s->dbg, e)) {
		if (b)
			breakpoint_delete(s->dbg, b);
		return false;
	}
	buf_printf(&r->text, "Catchpoint %u: %s\n", b->number, b->spec);
	node_int(r, r->root, "number", b->number);
	node_str(r, r->root, "location", str_of(b->spec));
	node_bool(r, r->root, "pending", false);
	return true;
}

const struct command cmd_catch = {
	.name = "catch", .group = GROUP_STOPS, .summary = "Stop at an event: a trap, throw, call of the host, growth, thread, tier-up",
	.doc = "trap: also in calls that host functions make. throw [TAG]: before the exception leaves. import [NAME]: before a\n"
		"function of another instance or the host is called; host [NAME]: of the host. NAME is as in env.log, or log.\n"
		"grow: before memory.grow. thread: before a thread is started. tierup [FUNC]: a function was compiled, and it, or its loop that\n"
		"is hot, is about to run so; in tiers 'auto' and 'baseline'.\n",
	.example = "catch import fd_write",
	.args = (const struct arg_spec[]){
		{ "event", ARG_CHOICE, 0, "trap, throw, import, host, grow, thread or tierup", catch_names },
		{ "name", ARG_WORD, ARG_OPTIONAL, "of the function or tag; any when left out", NULL },
		{ "if", ARG_EXPR, ARG_OPTIONAL | ARG_KEYWORD, "stop only when this is true", NULL },
		{ 0 } },
	.run = run_catch,
};
