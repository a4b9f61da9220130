/*
 * Memory with one lifetime: allocate from the arena that matches how long a thing lives, free the arena. Blocks double
 * in size from 4 KiB to 16 MiB; what is larger gets a block of its own. Allocation gives NULL when memory runs out.
 */
#ifndef ENGINE_BASE_ARENA_H
#define ENGINE_BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
	struct arena_block *blocks;     /* newest first */
	char *at, *end;
	size_t next, total;             /* size of the next block; bytes held */
};

void *arena_alloc(struct arena *a, size_t size);                 /* 16-byte aligned, zeroed; NULL: out of memory */
void *arena_array(struct arena *a, size_t count, size_t size);   /* count * size, checked for overflow */
void *arena_copy(struct arena *a, const void *p, size_t size);
char *arena_strndup(struct arena *a, const char *s, size_t n);   /* NUL-terminated copy */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void arena_free(struct arena *a);                                /* frees everything; the arena can be used again */

#endif
