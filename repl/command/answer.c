/* Comparing answers; see answer.h. */
#include "repl/command/answer.h"

#include <string.h>
#include <strings.h>

#include "repl/command/args.h"

static struct str answer_word(struct str *text)
{
	static const char between[] = " \t,[]";

	while (text->n && strchr(between, text->p[0]))
		text->p++, text->n--;
	struct str word = { text->p, 0 };
	while (word.n < text->n && !strchr(between, text->p[word.n]))
		word.n++;
	*text = (struct str){ text->p + word.n, text->n - word.n };
	return word;
}

static bool same_word(struct str a, struct str b)
{
	int64_t x, y;

	if (str_number(a, &x) && str_number(b, &y))
		return x == y;
	return a.n == b.n && strncasecmp(a.p, b.p, a.n) == 0;
}

bool answer_is(struct str given, struct str answer)
{
	for (;;) {
		struct str a = answer_word(&given), b = answer_word(&answer);
		if (!a.n || !b.n)
			return a.n == b.n;
		if (!same_word(a, b))
			return false;
	}
}
