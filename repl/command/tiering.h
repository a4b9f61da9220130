/*
 * Tiers as a session has them: the compiler, the store's tier, and what was said of functions by name, which holds for
 * modules to come as well. The engine's side is engine/tier.h.
 */
#ifndef REPL_COMMAND_TIERING_H
#define REPL_COMMAND_TIERING_H

#include <stdbool.h>
#include <stdint.h>

#include "engine/base/str.h"
#include "engine/base/vec.h"
#include "engine/tier.h"

struct err;
struct jit;
struct module;
struct store;

/* What runs when nothing is said: at the prompt, where most code is stepped or recorded, and of commands that run by themselves. */
#define TIER_DEFAULT TIER_INTERP
#define TIER_STANDALONE TIER_AUTO

/* Functions by name, by regular expression or by index range "A..B". The last rule that fits holds. */
struct tier_rule {
	char *functions;
	enum tier tier;
};

struct tiering {
	struct jit *jit;                /* made when a store first wants it */
	enum tier tier;
	uint32_t threshold;             /* 0: the usual one */
	uint32_t without;               /* features of the processor that compiled code leaves alone (--cpu) */
	uint64_t random;                /* 1 + the seed of --random-tier; 0: not given */
	VEC(struct tier_rule) rules;
	struct tier_watch watch;
	/* N was compiled, for C; NULL: nobody listens. */
	void (*made)(void *user, struct ctx *c, const struct func *f, const struct native_code *n);
	void (*entered)(void *user, struct ctx *c, const struct func *f, const struct native_code *n, uint32_t at);
	void (*notice)(void *user, const char *text);   /* executable memory is denied; NULL: nobody reads it */
	void *user;
	bool noticed;
	bool own_pages;                 /* code lies in pages of its own, for tools that cannot use a file in memory */
};

void tiering_init(struct tiering *t);
void tiering_free(struct tiering *t);           /* after the modules of its stores */

const char *tiering_name(enum tier t);
bool tiering_named(struct str name, enum tier *out);
/* "T" or "FUNC=T". */
bool tiering_parse(struct tiering *t, const char *text, struct err *e);
/* A rule more. False: out of memory. */
bool tiering_add(struct tiering *t, const char *functions, enum tier tier);
/* Whether FUNCTIONS means function FUNC of M. */
bool tiering_means(const char *functions, const struct module *m, uint32_t func);

/* A new store: nothing is instantiated in it. */
bool tiering_store(struct tiering *t, struct store *s, struct err *e);

#endif
