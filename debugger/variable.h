/*
 * Variables of the source language: found by name in a scope (eval.h: a frame, or the current instance), read with their
 * types, followed through members, elements and pointers, and set.
 *
 * A value is where something is and of what type; reading it looks at the guest as it is then. What the compiler keeps in
 * no place has its bytes in the value.
 */
#ifndef DEBUGGER_VARIABLE_H
#define DEBUGGER_VARIABLE_H

#include "debugger/dwarf_expr.h"
#include "debugger/dwarf_type.h"
#include "debugger/eval.h"
#include "engine/base/vec.h"

struct frame;

struct source_value {
	struct dwarf_type type;
	struct dwarf_location at;       /* WHERE_GONE: it has no value here */
	const char *why;                /* … why not; a literal */
	uint32_t shift, bits;           /* of a bit-field: its lowest bit, counted from the place, and how many; 0: none */
};

struct source_variable {
	struct str name;
	struct source_value value;
	uint32_t call;                  /* 0: of the innermost function; 1: of the one it was inlined into, … */
	bool parameter;
};

typedef VEC(struct source_variable) source_variables;

/* ---- finding --------------------------------------------------------------------------------- */

/* The variable called NAME in the frame of SC, else a global one. False: there is none. */
bool variable_find(const struct eval_scope *sc, struct str name, struct source_value *out);
/*
 * Parameters and variables of the frame, innermost scope first (of two with one name the first hides the other). *LAST: the `call` of those of
 * the function itself, 0 without inlined calls. False: nothing is known.
 */
bool variables_of_frame(const struct eval_scope *sc, source_variables *out, uint32_t *last);
/* What a function of the source language returned, by its type there. False: it is not known, or no number or pointer. */
bool source_of_result(const struct func *f, struct value v, struct source_value *out);
/* The scope of a frame, for reading. */
struct eval_scope variable_scope(struct ctx *c, const struct frame *f);

/* ---- following ------------------------------------------------------------------------------- */

/* A member by name, also of unnamed members and base classes; through a pointer to a struct. False with E. */
bool source_member(const struct eval_scope *sc, const struct source_value *v, struct str name, struct source_value *out,
	struct err *e);
/* An element of an array, or of what a pointer points to. */
bool source_element(const struct eval_scope *sc, const struct source_value *v, int64_t index, struct source_value *out,
	struct err *e);
/* A value that members of which one can ask for: references and pointers followed. V itself when it is none. */
bool source_follow(const struct eval_scope *sc, const struct source_value *v, struct source_value *out, struct err *e);
/* What M is within the struct V. */
void source_of_member(const struct source_value *v, const struct type_member *m, struct source_value *out);
/*
 * A path behind a name: ".x", "[3]", ".next.value". NUMBER evaluates what stands in brackets. False with E.
 */
bool source_path(const struct eval_scope *sc, struct source_value *v, struct str path,
	bool (*number)(void *user, struct str text, int64_t *out, struct err *e), void *user, struct err *e);

/* ---- reading --------------------------------------------------------------------------------- */

struct source_number {
	enum type_number kind;
	int64_t integer;                /* also of pointers, enumerations, bool; bits of unsigned ones */
	double real;                    /* NUMBER_FLOAT */
};

/* N bytes of the value from byte FROM on; false: they cannot be read. */
bool source_bytes(const struct eval_scope *sc, const struct source_value *v, uint64_t from, void *out, size_t n);
/* False: it is no number, pointer or enumeration, or cannot be read. */
bool source_number(const struct eval_scope *sc, const struct source_value *v, struct source_number *out);
/* The text at an address, as C ends it; false: it is outside of memory. At most N bytes; *MORE: it goes on. */
bool source_text(const struct eval_scope *sc, uint64_t address, size_t n, struct buf *out, bool *more);

/* ---- setting --------------------------------------------------------------------------------- */

/* False with E: of another kind, does not fit, or has no place. */
bool source_assign(const struct eval_scope *sc, const struct source_value *v, const struct source_number *n,
	struct err *e);

/* Whether it is a struct or an array (behind a reference, too), which is set from another one of its type. */
bool source_is_whole(const struct eval_scope *sc, const struct source_value *v);
/* All bytes of FROM into V. False with E: they are of different types, or have no place. */
bool source_copy_whole(const struct eval_scope *sc, const struct source_value *v, const struct source_value *from,
	struct err *e);

/* ---- printing (variable_print.c) ------------------------------------------------------------- */

/* "{x = 1, y = 2}", "0x418 \"square\"", "97 'a'", "<optimized out>". */
void source_print(const struct eval_scope *sc, const struct source_value *v, struct buf *out);
/* "m=2, n=300": the parameters of the function of the frame, or with CALL of one inlined into it. False: nothing is known. */
#define CALL_ITSELF UINT32_MAX
bool variables_print_args(const struct eval_scope *sc, uint32_t call, struct buf *out);

#endif
