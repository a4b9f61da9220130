/* Commands: commands. Lines to carry out when a breakpoint stops. */
#include <string.h>

#include "engine/base/buf.h"
#include "repl/command/args.h"
#include "repl/command/cmd_break.h"
#include "repl/command/debug.h"

/* "1 2-4" in front of the lines, and the lines without the last `end`. */
static bool split(struct str text, struct str *numbers, struct str *lines, struct err *e)
{
	const char *first = text.n && text.p[0] >= '0' && text.p[0] <= '9' ? memchr(text.p, '\n', text.n) : NULL;
	struct str rest = first ? (struct str){ first + 1, text.n - (size_t)(first + 1 - text.p) } : text;

	*numbers = str_trim((struct str){ text.p, first ? (size_t)(first - text.p) : 0 });
	rest = str_trim(rest);
	if (rest.n < 3 || memcmp(rest.p + rest.n - 3, "end", 3) != 0 || (rest.n > 3 && !strchr("\n \t", rest.p[rest.n - 4])))
		return err_set(e, E_USAGE, place_none(), "commands is followed by lines of commands and a line 'end'");
	*lines = str_trim((struct str){ rest.p, rest.n - 3 });
	return true;
}

static bool give(struct session *s, int64_t number, struct str lines, struct err *e)
{
	struct breakpoint *b;

	return breakpoint_find(s, number, &b, e) && breakpoint_commands(b, lines, e);
}

/* Without a number it is the one made last. */
static bool run_commands(struct session *s, const struct args *a, struct result *r, struct err *e)
{
	struct str numbers, lines, word;
	int64_t first, last;

	if (!split(a->line, &numbers, &lines, e))
		return false;
	if (!numbers.n && !s->dbg->breakpoints.count)
		return err_set(e, E_UNKNOWN_NAME, place_none(), "there is no breakpoint to give commands to");
	if (!numbers.n)
		return breakpoint_commands(vec_last(&s->dbg->breakpoints), lines, e);
	while ((word = line_word(&numbers)).n) {
		if (!number_range(word, &first, &last, e))
			return false;
		for (int64_t n = first; n <= last; n++)
			if (!give(s, n, lines, e))
				return false;
	}
	return true;
}

const struct command cmd_commands = {
	.name = "commands", .group = GROUP_STOPS, .summary = "Carry out commands whenever a breakpoint stops",
	.doc = "Lines follow, up to a line `end`. When the first is `silent`, the stop is not shown. A list ends at a command\n"
		"that lets the guest go on, such as continue. Without a number: for the breakpoint made last. No lines: none any more.\n",
	.example = "commands 1",
	.args = (const struct arg_spec[]){
		{ "numbers", ARG_REST, ARG_OPTIONAL, "of breakpoints, or ranges such as 2-4; then lines, and `end`", NULL }, { 0 } },
	.flags = CMD_BLOCK, .run = run_commands,
};
