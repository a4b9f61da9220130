/*
 * Places as they are typed, for `set` and watchpoints: local.n, stack[-1], global.g, $n, mem32[a], mem8s[a], mem(1).u16[a],
 * mem[A..B] (the bytes from A to B, both counted in), table0[i], gc(12).field, and fields behind any expression that is a
 * reference, as in local.p.next.
 */
#ifndef REPL_COMMAND_LVALUE_TEXT_H
#define REPL_COMMAND_LVALUE_TEXT_H

#include "debugger/lvalue.h"
#include "debugger/variable.h"
#include "repl/command/session.h"

bool lvalue_find(struct session *s, struct str text, struct result *r, struct lvalue *out, struct err *e);
/*
 * $list.next.value, $grid[1][2]: a variable of the source language, where no Wasm local of the frame has the name. *FOUND:
 * there is one of this name; false then with E, when what follows the name does not fit it.
 */
bool lvalue_source(struct session *s, struct str text, struct result *r, struct source_value *out, bool *found, struct err *e);

/* cmd_set.c: a literal of TYPE, or an expression that gives one. */
bool value_of_text(struct session *s, struct str text, valtype type, struct result *r, struct value *out, struct err *e);

#endif
