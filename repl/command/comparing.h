/*
 * Comparing tiers: two sessions with the same modules, whose calls run side by side (debugger/lockstep.h). What the prompt's
 * commands and `wrench lockstep` share.
 */
#ifndef REPL_COMMAND_COMPARING_H
#define REPL_COMMAND_COMPARING_H

#include "debugger/lockstep.h"
#include "repl/command/session.h"

struct comparing {
	struct lockstep lock;
	struct session side[2];
	struct result *r;               /* where a difference is reported */
	struct node *node;              /* its object */
	bool started;                   /* the sessions are there */
};

/* "interp", …; NULL with E (E_USAGE) that lists them. */
const struct lockstep_tier *comparing_tier(struct str name, struct err *e);

/* Without sessions: whoever has the stores joins them (lockstep_join). */
void comparing_init(struct comparing *k, const struct lockstep_tier *a, const struct lockstep_tier *b, bool clocked,
	struct result *r, struct node *node);
/* A call that two tiers did not do alike: what `reduce` begins with. */
struct compared {
	const struct lockstep_tier *a, *b;
	bool clocked;
	uint32_t module;                /* number */
	char *call;                     /* F(ARGS) in a module of its own; owned */
	uint64_t steps;                 /* it takes, about */
	char *text;                     /* the small module that shows it, once reduced; owned; NULL */
	uint32_t instructions, of;      /* in the text; in the module */
	uint64_t tries;
};
void compared_free(struct session *s);

/*
 * Sessions with the limits and grants of S, and copies of its modules; none of them is instantiated. CLOCKED: points within
 * calls are compared. False with E; comparing_end() is called in any case.
 */
bool comparing_begin(struct comparing *k, struct session *s, const struct lockstep_tier *a, const struct lockstep_tier *b,
	bool clocked, struct result *r, struct node *node, struct err *e);
/* The same with a text in place of S's modules, for trying: nothing of the host is granted, and *N is the text's module. */
bool comparing_begin_text(struct comparing *k, struct session *s, const struct lockstep_tier *a, const struct lockstep_tier *b,
	bool clocked, struct str text, struct result *r, uint32_t *n, struct err *e);
/* Load a file into both; *N: the module's number. It is the current one. */
bool comparing_load(struct comparing *k, const char *path, uint32_t *n, struct err *e);
/* Instantiate module number N of both sides, start function and all. False: with E it cannot be, else the calls are over. */
bool comparing_instantiate(struct comparing *k, uint32_t n, enum outcome *how, struct err *e);
/* What S has registered is instantiated and registered. */
bool comparing_instantiate_as(struct comparing *k, struct session *s, struct err *e);
/* F(ARGS), as typed. False with E: there is no such call. */
bool comparing_call(struct comparing *k, struct str call, enum outcome *how, struct err *e);
/* A function of module N by its index, with zeros for arguments. */
enum outcome comparing_call_func(struct comparing *k, uint32_t n, uint32_t func);
/* The members of a result and the line for people. */
void comparing_verdict(const struct comparing *k, struct result *r, struct node *in);
void comparing_end(struct comparing *k);

#endif
