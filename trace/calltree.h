/*
 * Calls as a tree: a node for each chain of calls, with the instructions spent in its last function and how often it was
 * called. Made from call events, one cursor for each thread.
 */
#ifndef TRACE_CALLTREE_H
#define TRACE_CALLTREE_H

#include "engine/base/vec.h"
#include "trace/event.h"

struct call_node {
	uint32_t func;                  /* in places.funcs; of the root: NO_PLACE */
	uint32_t parent, child, sibling;        /* indices of nodes; 0: none (the root is nobody's child) */
	uint64_t self, calls;           /* instructions, calls */
	uint64_t total;                 /* with what it called; after calltree_sum() */
};

struct call_cursor {
	uint16_t thread;
	uint32_t node;
	uint64_t step;                  /* of the last event */
	uint32_t depth;                 /* of the frame that is running, in frames of the tree */
};

struct calltree {
	VEC(struct call_node) nodes;    /* [0] is the root */
	VEC(struct call_cursor) cursors;
};

/* Take an event; others than calls only move the clock. FUNC: the function that it is about. */
void calltree_event(struct calltree *t, const struct trace_event *e, uint32_t func);
void calltree_sum(struct calltree *t);
void calltree_free(struct calltree *t);

#endif
