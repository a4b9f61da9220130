/*
 * What the validator sees: the operand and control stacks before an instruction, and who pushed what. Works in invalid
 * functions, too, up to the instruction that is wrong.
 */
#ifndef REPL_COMMAND_CHECK_H
#define REPL_COMMAND_CHECK_H

#include <stdbool.h>
#include <stdint.h>

struct buf;
struct err;
struct module;
struct node;
struct result;
struct walk;

/* The stacks before the instruction at OFFSET of FUNC. R and IN may be NULL: then text only. False: the function is
   wrong before OFFSET already; E says how. */
bool check_stacks(const struct module *m, uint32_t func, uint32_t offset, struct buf *out, struct result *r,
	struct node *in, struct err *e);
/* A line for each instruction with the operand stack before it, up to COUNT, or to where it is wrong (E). */
bool check_listing(const struct module *m, uint32_t func, uint32_t count, struct buf *out, struct err *e);
/* A walk (walk_free()) that stands before OFFSET. False: it failed earlier (E), its stacks are those there. */
bool check_walk(struct walk *w, const struct module *m, uint32_t func, uint32_t offset, struct err *e);
/* The instruction number N, from 1, of a function: its offset. False: it has fewer. */
bool check_step(const struct module *m, uint32_t func, uint64_t n, uint32_t *offset);

#endif
