/*
 * The evaluator of expressions (debugger/eval.h), in Lua. An expression is Lua 5.4 after one rewrite outside strings:
 * `local.` and `local[` become `locals.` and `locals[`, `$name` becomes sym["name"].
 *
 * It runs in an environment of its own that reads the guest through objects (eval_place.c) and has the harmless part of
 * Lua's library. It cannot assign, load code or reach files; memory and steps are limited.
 */
#ifndef SCRIPTS_EVAL_H
#define SCRIPTS_EVAL_H

#include "debugger/eval.h"

struct eval *eval_lua_new(void);        /* NULL: out of memory; freed with its own free() */

#endif
