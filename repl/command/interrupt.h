/* C-c: while the guest runs SIGINT interrupts its context; while a script runs it is remembered. */
#ifndef REPL_COMMAND_INTERRUPT_H
#define REPL_COMMAND_INTERRUPT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

struct ctx;

/* From now on SIGINT interrupts C; gives the context that was set before, for interrupt_leave(). */
struct ctx *interrupt_enter(struct ctx *c);
void interrupt_leave(struct ctx *before);

/* Let other threads interrupt it, too: whatever runs on THREAD, if anything does. */
void interrupt_listen(void);
void interrupt_running(pthread_t thread);

/* From now on SIGINT cancels this work, which does not nest. */
struct progress;
void interrupt_work_enter(struct progress *p);
void interrupt_work_leave(void);

/* The instructions that the guest has executed, while it runs and they are counted, for other threads to show; else 0. */
uint64_t interrupt_steps(void);

/* A script runs; entries nest. Whether SIGINT came since the command began that it belongs to. */
void interrupt_script_enter(void);
void interrupt_script_leave(void);
bool interrupt_seen(void);

/*
 * A prompt: from when a line was read on, SIGINT is the command's, also while nothing listens yet or any more. It is forgotten
 * before the next line is read.
 */
void interrupt_prompt_enter(void);
void interrupt_prompt_leave(void);
void interrupt_forget(void);

#endif
