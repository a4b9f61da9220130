/*
 * Faults that are traps: guarded memories are accessed without a check, and an access outside raises SIGSEGV or SIGBUS.
 *
 * Every instruction that may fault has an entry in the exception table: where it is and where to go on instead. The
 * entries are emitted beside the instructions, by inline assembly:
 *
 *     1: movl (%rax), %ecx
 *     FAULT_EXTABLE("1b", "some_label")
 *
 * The handler looks the faulting pc up, leaves the host address that was missed in fault_ctx->trap.address, and
 * returns to the entry's place with all registers as they were. A fault anywhere else goes to whoever handled the signal
 * before, or kills the process as usual. Addresses are 32 bits: programs are linked non-PIE.
 */
#ifndef ENGINE_FAULT_H
#define ENGINE_FAULT_H

#include <stdbool.h>
#include <stdint.h>

struct ctx;
struct err;

/* Text for an asm statement; AT and TO are labels as strings. */
#define FAULT_EXTABLE(at, to) \
	".pushsection wrench_extable,\"a\"\n\t.balign 4\n\t.long " at ", " to "\n\t.popsection\n"

struct fault_entry {
	uint32_t at, to;
};

/* The context that runs on this thread; NULL: none. For the handler. */
extern _Thread_local struct ctx *fault_ctx;

/* Install the handler, once for the process; later calls repeat the first one's answer. False with E: it cannot be. */
bool fault_init(struct err *e);
/*
 * Before guest code runs on a thread: an alternate signal stack, unless the thread has one. It stays until the thread ends.
 * False with E: out of memory.
 */
bool fault_thread(struct err *e);
struct native_fault;
/*
 * The code of SIZE bytes at START, compiled at run time, has accesses that may fault: N rows with offsets from START, in order,
 * which stay there until fault_remove_code(). False: out of memory.
 */
bool fault_add_code(const void *start, uint32_t size, const struct native_fault *rows, uint32_t n);
void fault_remove_code(const void *start);
/* Where to go on after a fault at PC; 0: not in the table. After fault_init(). */
uint64_t fault_landing(uint64_t pc);

#endif
