/* A borrowed run of bytes: names from modules may hold NULs, so they are never plain C strings. */
#ifndef ENGINE_BASE_STR_H
#define ENGINE_BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct str {
	const char *p;
	size_t n;
};

#define STR(literal) ((struct str){ (literal), sizeof(literal) - 1 })
/* for printf's "%.*s" */
#define STR_ARGS(s)  (int)(s).n, (s).p

static inline struct str str_of(const char *c)
{
	return (struct str){ c, c ? strlen(c) : 0 };
}

static inline bool str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline bool str_is(struct str a, const char *c)
{
	return str_eq(a, str_of(c));
}

static inline bool str_starts(struct str a, const char *c)
{
	size_t n = strlen(c);
	return a.n >= n && memcmp(a.p, c, n) == 0;
}

/* FNV-1a, 32 bits. */
static inline uint32_t str_hash(struct str a)
{
	uint32_t h = 2166136261u;
	for (size_t i = 0; i < a.n; i++)
		h = (h ^ (unsigned char)a.p[i]) * 16777619u;
	return h;
}

/* Edits (insert, delete, replace, swap) from A to B, at most LIMIT + 1; for "did you mean". */
size_t str_distance(struct str a, struct str b, size_t limit);

#endif
