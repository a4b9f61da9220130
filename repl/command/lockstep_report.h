/*
 * What lockstep has found, for people and as JSON: the instruction in every form, and what both sides have there.
 *
 *     interp and unfused differ at step 9: $add at sum.wat:6:15
 *       wat    6 │ (i32.add (local.get $a) (local.get $b)))
 *       wasm   @0x4a  #0+0x0c   i32.add            ;; …
 *       interp    i:0.4         i32.add r2, r0:a, r1:b      (3 Wasm instructions, from @0x46)
 *       place            before  interp  unfused
 *       operand 0                     6        5
 */
#ifndef REPL_COMMAND_LOCKSTEP_REPORT_H
#define REPL_COMMAND_LOCKSTEP_REPORT_H

#include "debugger/lockstep.h"

struct node;
struct result;

/* While both sides stand there (lockstep's differs()). IN: the object for JSON. */
void lockstep_report(const struct lockstep *l, struct result *r, struct node *in);

#endif
