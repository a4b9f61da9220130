/*
 * Location expressions: where a variable is, or what it is when it has no place. A stack machine with a bounded stack and
 * a bounded number of steps; what it cannot do (call frames, entry values, calls) makes the variable unavailable.
 */
#ifndef DEBUGGER_DWARF_EXPR_H
#define DEBUGGER_DWARF_EXPR_H

#include "debugger/dwarf_scope.h"
#include "engine/value.h"

/* The running program, as expressions see it. */
struct dwarf_env {
	void *user;
	uint64_t address;               /* of the instruction, for the frame base */
	bool (*wasm)(void *user, enum dwarf_wasm_location kind, uint32_t index, struct value *out);
	bool (*memory)(void *user, uint64_t at, void *out, size_t n);
};

enum dwarf_where { WHERE_GONE, WHERE_MEMORY, WHERE_WASM, WHERE_BYTES };
enum { WHERE_BYTES_MAX = 256 };

struct dwarf_location {
	enum dwarf_where where;
	uint64_t address;               /* WHERE_MEMORY */
	enum dwarf_wasm_location kind;  /* WHERE_WASM: a local or global holds exactly the variable */
	uint32_t index;
	uint8_t bytes[WHERE_BYTES_MAX]; /* WHERE_WASM, WHERE_BYTES: the value */
	uint32_t nbytes;
	bool partial;                   /* some bytes are not available and read as 0 */
};

/* False: it cannot be evaluated; *WHY says why, in a few words. */
bool dwarf_evaluate(struct dwarf *d, const struct dwarf_unit *u, struct str expr, const struct dwarf_env *env,
	struct dwarf_location *out, const char **why);

#endif
