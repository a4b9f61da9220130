/* Moving the innermost frame of a stopped context between its bodies; see "Two bodies" in docs/interpreter.md. */
#ifndef ENGINE_REGIR_CONVERT_H
#define ENGINE_REGIR_CONVERT_H

#include "engine/ctx.h"
#include "engine/regir/code.h"

struct frame;

/* The body that the innermost frame runs; NULL: there is no Wasm frame. */
struct body *convert_body(const struct ctx *c);
/*
 * To the plain body, at the Wasm instruction that the fast cell's group begins with: aliases are written to their homes,
 * what the run charged in advance is given back. False with E: out of memory.
 */
bool convert_to_plain(struct ctx *c, struct err *e);
/* To the fast body, when a fast cell begins here and every alias equals its home; false: it stays plain. */
bool convert_to_fast(struct ctx *c);
/*
 * Where FAST, a fused body of the function, goes on with the innermost frame, which runs its plain body: a cell begins here, and
 * every alias equals its home. NULL: nowhere.
 */
const struct map_row *convert_row(struct ctx *c, struct body *fast);
/* Module offset of the Wasm instruction the innermost frame is at; 0: none. */
uint32_t convert_offset(const struct ctx *c);

/* The landing cell behind the call that RET returns from; NULL when RET leads to the host. */
const struct landing *landing_of(const struct cell *ret);
/* Byte offset in its body of the call that L lies behind. */
uint32_t landing_call(const struct body *b, const struct landing *l);

/* The frame F, in the middle of a call in its plain body, returns into its fast one; RET: its return cell. False: it cannot. */
bool convert_outer_to_fast(struct ctx *c, const struct frame *f, const struct cell **ret);

#endif
