/* The prompts; see prompt.h. */
#include "repl/command/prompt.h"

#include <stdio.h>

void prompt_text(const struct session *s, bool continued, char out[PROMPT_MAX])
{
	size_t depth = (s->calls.count ? s->calls.count : 1) + s->level;

	if (continued)
		snprintf(out, PROMPT_MAX, "...> ");
	else if (depth > 1)
		snprintf(out, PROMPT_MAX, "(wrench:%zu) ", depth);
	else
		snprintf(out, PROMPT_MAX, "(wrench) ");
}
