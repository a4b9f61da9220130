/* A hash map from 64-bit numbers to pairs of numbers: pages to reads and writes, addresses to sizes and sites. */
#ifndef TRACE_TALLY_H
#define TRACE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tally_row {
	uint64_t key, a, b;
	bool used;
};

struct tally {
	struct tally_row *rows;         /* open addressing */
	size_t count, cap;              /* cap: a power of two, or 0 */
};

/* The row of KEY, added with zeros when it was absent; NULL: out of memory. Valid until the next call. */
struct tally_row *tally_at(struct tally *t, uint64_t key);
/* NULL: absent. */
struct tally_row *tally_find(const struct tally *t, uint64_t key);
void tally_free(struct tally *t);

#endif
