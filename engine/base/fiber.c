/* Native stacks; see fiber.h. What a call may not change is pushed, the stack pointers change places, and it is popped. */
#include "engine/base/fiber.h"

#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#endif

#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

/* *FROM becomes this stack's pointer, TO is gone on with. */
void fiber_switch(void **from, void *to);
/* What a new stack goes on with: calls the function in the second saved register with the first one as its argument. */
extern const char fiber_begin[];

#if defined(__x86_64__)
/* r15 r14 r13 r12 rbx rbp, where to, and two words that align what that calls */
enum { WORDS = 9, USER = 3, RUN = 2, RETURN = 6 };
__asm__(
	"\t.pushsection .text\n\t.balign 16\n"
	"\t.globl fiber_switch\n\t.hidden fiber_switch\n\t.type fiber_switch, %function\n"
	"fiber_switch:\n"
	"	push %rbp\n	push %rbx\n	push %r12\n	push %r13\n	push %r14\n	push %r15\n"
	"	mov %rsp, (%rdi)\n"
	"	mov %rsi, %rsp\n"
	"	pop %r15\n	pop %r14\n	pop %r13\n	pop %r12\n	pop %rbx\n	pop %rbp\n"
	"	ret\n"
	"\t.globl fiber_begin\n\t.hidden fiber_begin\n"
	"fiber_begin:\n"
	"	mov %r12, %rdi\n"
	"	call *%r13\n"
	"	ud2\n"
	"\t.popsection\n");
#elif defined(__aarch64__)
enum { WORDS = 20, USER = 0, RUN = 1, RETURN = 11 };    /* x19 … x30, d8 … d15 */
__asm__(
	"\t.pushsection .text\n\t.balign 16\n"
	"\t.globl fiber_switch\n\t.hidden fiber_switch\n\t.type fiber_switch, %function\n"
	"fiber_switch:\n"
	"	sub sp, sp, #160\n"
	"	stp x19, x20, [sp]\n	stp x21, x22, [sp, #16]\n	stp x23, x24, [sp, #32]\n"
	"	stp x25, x26, [sp, #48]\n	stp x27, x28, [sp, #64]\n	stp x29, x30, [sp, #80]\n"
	"	stp d8, d9, [sp, #96]\n	stp d10, d11, [sp, #112]\n	stp d12, d13, [sp, #128]\n	stp d14, d15, [sp, #144]\n"
	"	mov x9, sp\n"
	"	str x9, [x0]\n"
	"	mov sp, x1\n"
	"	ldp x19, x20, [sp]\n	ldp x21, x22, [sp, #16]\n	ldp x23, x24, [sp, #32]\n"
	"	ldp x25, x26, [sp, #48]\n	ldp x27, x28, [sp, #64]\n	ldp x29, x30, [sp, #80]\n"
	"	ldp d8, d9, [sp, #96]\n	ldp d10, d11, [sp, #112]\n	ldp d12, d13, [sp, #128]\n	ldp d14, d15, [sp, #144]\n"
	"	add sp, sp, #160\n"
	"	ret\n"
	"\t.globl fiber_begin\n\t.hidden fiber_begin\n"
	"fiber_begin:\n"
	"	mov x0, x19\n"
	"	blr x20\n"
	"	brk #1\n"
	"\t.popsection\n");
#else
#error "fiber_switch() is wanted for this machine"
#endif

/* ---- what sanitizers are told ------------------------------------------------------------------ */

/* ThreadSanitizer counts calls and returns of each stack: a switch may not lie between the two. */
#define ALWAYS_INLINE inline __attribute__((always_inline))

/* Before the switch into the fiber. *FAKE is what AddressSanitizer keeps of the stack that is left. */
static ALWAYS_INLINE void tell_going(struct fiber *f, void **fake)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(fake, f->low, f->size);
#endif
#ifdef WITH_TSAN
	f->tsan_caller = __tsan_get_current_fiber();
	__tsan_switch_to_fiber(f->tsan, 0);
#endif
	(void)f, (void)fake;
}

/* Before the switch out of it; FAKE is NULL when it is over. */
static ALWAYS_INLINE void tell_leaving(struct fiber *f, void **fake)
{
#ifdef WITH_ASAN
	__sanitizer_start_switch_fiber(fake, f->caller_low, f->caller_size);
#endif
#ifdef WITH_TSAN
	__tsan_switch_to_fiber(f->tsan_caller, 0);
#endif
	(void)f, (void)fake;
}

/* Behind the switch into it, on its stack, and out of it. */
static ALWAYS_INLINE void tell_inside(struct fiber *f, void *fake)
{
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(fake, &f->caller_low, &f->caller_size);
#endif
	(void)f, (void)fake;
}

static ALWAYS_INLINE void tell_outside(void *fake)
{
#ifdef WITH_ASAN
	__sanitizer_finish_switch_fiber(fake, NULL, NULL);
#endif
	(void)fake;
}

/* ---- life ---------------------------------------------------------------------------------------- */

bool fiber_init(struct fiber *f, size_t size, void (*run)(void *user), void *user)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);
	char *p = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);

	*f = (struct fiber){ 0 };
	if (p == MAP_FAILED)
		return false;
	if (mprotect(p, page, PROT_NONE) != 0) {
		munmap(p, size + page);
		return false;
	}
	f->low = p + page;
	f->size = size;
	f->run = run;
	f->user = user;
#ifdef WITH_TSAN
	f->tsan = __tsan_create_fiber(0);
#endif
	return true;
}

void fiber_free(struct fiber *f)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	if (!f->low)
		return;
#ifdef WITH_TSAN
	__tsan_destroy_fiber(f->tsan);
#endif
	munmap(f->low - page, f->size + page);
	f->low = NULL;
}

/* ---- switching ----------------------------------------------------------------------------------- */

static void first_function(void *user)
{
	struct fiber *f = user;

	tell_inside(f, NULL);
	f->run(f->user);
	f->over = true;
	tell_leaving(f, NULL);
	fiber_switch(&f->inside, f->outside);
}

static void begin(struct fiber *f)
{
	uintptr_t *top = (uintptr_t *)(void *)(f->low + f->size) - WORDS;

	for (int i = 0; i < WORDS; i++)
		top[i] = 0;
	top[USER] = (uintptr_t)f;
	top[RUN] = (uintptr_t)first_function;
	top[RETURN] = (uintptr_t)fiber_begin;
	f->inside = top;
	f->over = false;
	f->begun = true;
}

bool fiber_go(struct fiber *f)
{
	void *fake = NULL;

	if (!f->begun)
		begin(f);
	tell_going(f, &fake);
	fiber_switch(&f->outside, f->inside);
	tell_outside(fake);
	f->begun = !f->over;
	return f->over;
}

void fiber_leave(struct fiber *f)
{
	void *fake = NULL;

	tell_leaving(f, &fake);
	fiber_switch(&f->inside, f->outside);
	tell_inside(f, fake);
}
