/*
 * The call of a host function that a stopped guest is about to make, and its arguments in words: WASI's by name, with paths,
 * flags, lists of buffers and their contents.
 */
#ifndef DEBUGGER_HOST_CALL_H
#define DEBUGGER_HOST_CALL_H

#include "engine/stack.h"

struct arena;
struct buf;

struct host_call {
	struct func *func;
	struct value *args;             /* as many as its type says */
	struct memory *memory;          /* the caller's; NULL: none */
};

/* What frame F, the innermost of C, is about to call. False with E: no host function. Memory from A. */
bool host_call_at(struct ctx *c, const struct frame *f, struct host_call *out, struct arena *a, struct err *e);
/* How many arguments there are to be shown: WASI's texts and lists are one, though two parameters. */
uint32_t host_call_args(const struct host_call *k);
/* Argument I: NAME ("" unless it is WASI's) and what it is. */
void host_call_arg(const struct host_call *k, uint32_t i, const struct store *s, struct buf *name, struct buf *text);

#endif
