/* The workbench on a real terminal; see workbench.h. */
#include "tui/workbench.h"

#include <stdlib.h>
#include <unistd.h>

#include "tui/tui.h"

/* https://no-color.org: set and not empty. */
static bool wants_colour(const struct session *s)
{
	const char *no = getenv("NO_COLOR");

	return !s->plain && !(no && *no);
}

bool workbench_open(struct session *s, struct err *e)
{
	const char *name = getenv("TERM");

	if (name && strcmp(name, "dumb") == 0) {
		err_set(e, E_UNSUPPORTED, place_none(), "this terminal (TERM=dumb) cannot move its cursor: the workbench needs another");
		err_hint(e, "the prompt: wrench FILE");
		return false;
	}
	struct term *term = term_curses_new(STDIN_FILENO, STDOUT_FILENO, wants_colour(s), e);
	struct tui *t = term ? tui_open(s, term, s->plain, e) : NULL;
	if (!t)
		return false;
	tui_run(t);
	tui_close(t);
	return true;
}
