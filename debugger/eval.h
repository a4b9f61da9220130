/*
 * The evaluator of expressions, as the debugger sees it. scripts/ fills it with Lua; built without, there is none and
 * conditions and `print` say so.
 *
 * Expressions read the state of a scope and change nothing. Only where the scope gives `call` may they call the guest.
 */
#ifndef DEBUGGER_EVAL_H
#define DEBUGGER_EVAL_H

#include <stdbool.h>
#include <stddef.h>

#include "engine/base/str.h"
#include "engine/value.h"

struct arena;
struct ctx;
struct err;
struct func;
struct instance;
struct store;

/* What an expression can see. */
struct eval_scope {
	struct ctx *ctx;                /* NULL: nothing was ever run */
	bool stopped;                   /* ctx has frames, and `level` is one of them */
	uint32_t level;
	uint32_t function;              /* of those inlined into one another there, 0 the innermost: whose names are seen */
	struct instance *instance;      /* of the frame, else the current one; NULL: none */
	const struct store *store;
	const struct value *history;    /* $1 is history[0] */
	size_t nhistory;
	const struct value *results;    /* of the function that returned last; result[1] is results[0] */
	size_t nresults;
	/* Call F; false with E: it did not end well. NULL: calls are not allowed here. */
	bool (*call)(void *user, struct func *f, const struct value *args, struct value *results, struct err *e);
	void *user;
};

enum eval_kind { EVAL_NIL, EVAL_WASM, EVAL_INTEGER, EVAL_UNSIGNED, EVAL_FLOAT, EVAL_STRING, EVAL_BOOL, EVAL_TABLE };

struct eval_result {
	enum eval_kind kind;
	struct value value;             /* EVAL_WASM: a place's value with its type, a v128, a reference */
	int64_t integer;                /* EVAL_INTEGER; EVAL_UNSIGNED: its bits; EVAL_WASM of type i32 or i64: signed */
	double real;                    /* EVAL_FLOAT */
	bool truth;                     /* as Lua sees it: false only for nil and false */
	struct str text;                /* EVAL_STRING: it; EVAL_TABLE: its fields, printed */
	struct str source_type;         /* a variable of the source language: its type there, and `text` is how it is printed */
};

/* An integer, be it Lua's or a place's: then `integer` is it. */
static inline bool eval_is_integer(const struct eval_result *v)
{
	return v->kind == EVAL_INTEGER || v->kind == EVAL_UNSIGNED ||
		(v->kind == EVAL_WASM && (v->value.type == VT_I32 || v->value.type == VT_I64));
}

struct eval {
	/* Strings of OUT are in A. False with E (E_EVAL or what `call` gave). */
	bool (*run)(struct eval *ev, const struct eval_scope *scope, struct str expr, struct eval_result *out,
		struct arena *a, struct err *e);
	/* Whether EXPR can be compiled; E says what is wrong. */
	bool (*check)(struct eval *ev, struct str expr, struct err *e);
	/* A store goes: references into it that somebody kept are void. */
	void (*store_gone)(struct eval *ev);
	void (*free)(struct eval *ev);
};

#endif
