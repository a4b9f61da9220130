/* wrench: reads the command line and starts the command, or the prompt. The one file that knows all front ends. */
#include "engine/base/buf.h"
#include "repl/command/render.h"
#include "repl/front.h"

#ifndef FRONT_NONE
#include "repl/loop.h"
#include "scripts/eval.h"
#include "scripts/scripting.h"
#include "tui/workbench.h"

static const struct front front = {
	.make_eval = eval_lua_new, .attach_scripting = scripting_attach, .loop = loop_run,
	.workbench = workbench_open,
};
#else
static const struct front front = { 0 };
#endif

static int usage(const struct err *e)
{
	struct err ignored = { 0 };
	struct session s;

	return session_init(&s, &ignored) ? cli_fail(&s, e) : STATUS_USAGE;
}

int main(int argc, char **argv)
{
	struct err e = { 0 };
	struct cli c;
	int status;

	if (!cli_parse(&c, argc, argv, &e))
		status = usage(&e);
	else if (c.command == CLI_BIT_PROMPT)
		status = front_run(&c, &front);
#ifndef FRONT_NONE
	else if (c.command == CLI_BIT_LUA)
		status = front_script(&c, &front);
	else if (c.command == CLI_BIT_LESSON)
		status = front_lesson(&c, &front);
#endif
	else
		status = cli_commands[c.command].run(&c);
	cli_free(&c);
	return status;
}
