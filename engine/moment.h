/*
 * Moments: everything that a stopped context and its store hold, so that a run can come back to it - registers, frames,
 * globals, memories, tables, dropped segments, the object heap. What the host has (files, streams, its own frames) is no
 * part of it. Moments of one run share what did not change between them (image.h).
 *
 * Functions, code and modules stay where they are for as long as the store lives, so pointers to them are simply copied.
 * Entities that were made after a moment stay when it is restored; nothing of the moment refers to them.
 */
#ifndef ENGINE_MOMENT_H
#define ENGINE_MOMENT_H

#include <stdbool.h>
#include <stdint.h>

struct ctx;
struct moment;
struct store;

/*
 * C is stopped and runs in no host function. BEFORE: an earlier moment of it, or NULL; ACCOUNT: of the bytes that moments
 * take (image.h), which outlives them. NULL: out of memory.
 */
struct moment *moment_take(struct ctx *c, const struct moment *before, uint64_t *account);
/*
 * Put C and its store back. Fuel and limits stay as they are, except that the clock shows what it did. False: out of
 * memory, and the guest is in no state to run on.
 */
bool moment_restore(const struct moment *m, struct ctx *c);
void moment_free(struct moment *m);
/* The last moment of S is gone: what was kept only for them may be freed. */
void moments_done(struct store *s);

uint64_t moment_clock(const struct moment *m);
uint32_t moment_depth(const struct moment *m);          /* c->depth */

/* A number that is equal in equal states, and else almost certainly not: of C's frames and its store's entities. */
uint64_t moment_hash(struct ctx *c);

#endif
