/* Borrowed strings; see str.h. */
#include "engine/base/str.h"

enum { LONGEST = 64 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t str_distance(struct str a, struct str b, size_t limit)
{
	size_t rows[3][LONGEST + 1];
	size_t gap = a.n > b.n ? a.n - b.n : b.n - a.n;

	if (gap > limit || a.n > LONGEST || b.n > LONGEST)
		return limit + 1;
	for (size_t j = 0; j <= b.n; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= a.n; i++) {
		size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *two = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= b.n; j++) {
			size_t same = a.p[i - 1] == b.p[j - 1] ? 0 : 1;
			row[j] = least(least(above[j] + 1, row[j - 1] + 1), above[j - 1] + same);
			if (i > 1 && j > 1 && a.p[i - 1] == b.p[j - 2] && a.p[i - 2] == b.p[j - 1])
				row[j] = least(row[j], two[j - 2] + 1);
		}
	}
	return rows[a.n % 3][b.n];
}
