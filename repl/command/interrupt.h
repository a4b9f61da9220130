/* C-c while the guest runs: SIGINT interrupts the context that runs, and nothing else. */
#ifndef REPL_COMMAND_INTERRUPT_H
#define REPL_COMMAND_INTERRUPT_H

struct ctx;

/* From now on SIGINT interrupts C; gives the context that was set before, for interrupt_leave(). */
struct ctx *interrupt_enter(struct ctx *c);
void interrupt_leave(struct ctx *before);

#endif
