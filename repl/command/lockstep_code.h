/*
 * The instruction that lockstep has found, as both sides have it: cells of register IR, and the machine code of a side that
 * is compiled.
 */
#ifndef REPL_COMMAND_LOCKSTEP_CODE_H
#define REPL_COMMAND_LOCKSTEP_CODE_H

#include "debugger/lockstep.h"

struct body;
struct buf;
struct node;
struct result;

/* Lines for people: each side's cell and code, then the cells of one instruction each that they stand for. */
void lockstep_code_lines(const struct lockstep *l, struct buf *out);
/* "instructions": those that the suspect's cell stands for. */
void lockstep_code_instructions(const struct lockstep *l, struct result *r, struct node *in);
/* The number of the cell at AT of a side's body, as "dump regir" prints it. */
uint32_t lockstep_cell_number(struct body *b, uint32_t at);
/* Side WHICH: "regir" and, compiled, "asm". */
void lockstep_code_node(const struct lockstep *l, int which, struct result *r, struct node *in);

#endif
