/* The least part of a set that still shows something; see minimal.h. */
#include "debugger/minimal.h"

#include <stdlib.h>
#include <string.h>

/* Items [FROM, TO) alone, or all but those, into PART; how many. */
static size_t take(const struct minimal *m, size_t from, size_t to, bool without, uint32_t *part)
{
	size_t n = 0;

	for (size_t i = 0; i < m->count; i++)
		if ((i >= from && i < to) != without)
			part[n++] = m->items[i];
	return n;
}

static bool is_over(const struct minimal *m)
{
	return m->enough && m->enough(m->user);
}

/* One of N parts shows it, or all without one of them: that is what is left. */
static bool any_part(struct minimal *m, size_t n, bool without, uint32_t *part)
{
	for (size_t i = 0; i < n && !is_over(m); i++) {
		size_t size = take(m, m->count * i / n, m->count * (i + 1) / n, without, part);
		if (!m->shows(m->user, part, size))
			continue;
		memcpy(m->items, part, size * sizeof *part);
		m->count = size;
		return true;
	}
	return false;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

bool minimal_find(struct minimal *m)
{
	uint32_t *part = malloc((m->count + 1) * sizeof *part);
	bool more = part != NULL;

	for (size_t n = 2; more && m->count > 1 && !is_over(m); n = least(n, m->count))
		if (any_part(m, n, false, part))
			n = 2;
		else if (n > 2 && any_part(m, n, true, part))
			n--;
		else if (n < m->count)
			n *= 2;
		else
			more = false;
	free(part);
	return part && !is_over(m);
}
