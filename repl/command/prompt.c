/* The prompts; see prompt.h. */
#include "repl/command/prompt.h"

#include <stdio.h>

void prompt_text(const struct session *s, bool continued, char out[PROMPT_MAX])
{
	if (continued)
		snprintf(out, PROMPT_MAX, "...> ");
	else if (s->calls.count > 1)
		snprintf(out, PROMPT_MAX, "(wrench:%zu) ", s->calls.count);
	else
		snprintf(out, PROMPT_MAX, "(wrench) ");
}
