/* Commands: tui. */
#include "engine/base/err.h"
#include "repl/command/args.h"
#include "repl/command/session.h"

static bool run_tui(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	if (s->workbench)
		return err_set(e, E_USAGE, place_none(), "this is the workbench; C-x a leads back to the prompt");
	if (!s->open_workbench)
		return err_set(e, E_UNSUPPORTED, place_none(), "the workbench needs a terminal");
	return s->open_workbench(s, e);
}

const struct command cmd_tui = {
	.name = "tui", .group = GROUP_SESSION, .summary = "Open the workbench on this session; C-x a leads back",
	.run = run_tui,
};
