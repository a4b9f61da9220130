/* Faults at places of the exception table become traps, all others stay faults. */
#include "engine/fault.h"

#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "tests/harness/tap.h"

/* Load a byte; *missed: the access faulted and went on at the table's place. */
__attribute__((noinline))
static unsigned load(const volatile uint8_t *p, int *missed)
{
	unsigned v = 0;
	int m = 0;

#if defined(__x86_64__)
	__asm__ volatile("1:\tmovzbl (%2), %0\n\tjmp 3f\n2:\tmovl $1, %1\n3:\n\t" FAULT_EXTABLE("1b", "2b")
		: "+r"(v), "+r"(m) : "r"(p) : "memory");
#else
	__asm__ volatile("1:\tldrb %w0, [%2]\n\tb 3f\n2:\tmov %w1, #1\n3:\n\t" FAULT_EXTABLE("1b", "2b")
		: "+r"(v), "+r"(m) : "r"(p) : "memory");
#endif
	*missed = m;
	return v;
}

/* A second entry, linked before or after the other: both must be found. */
__attribute__((noinline))
static int store_misses(volatile uint8_t *p)
{
	int m = 0;

#if defined(__x86_64__)
	__asm__ volatile("1:\tmovb $5, (%1)\n\tjmp 3f\n2:\tmovl $1, %0\n3:\n\t" FAULT_EXTABLE("1b", "2b")
		: "+r"(m) : "r"(p) : "memory");
#else
	__asm__ volatile("1:\tstrb wzr, [%1]\n\tb 3f\n2:\tmov %w0, #1\n3:\n\t" FAULT_EXTABLE("1b", "2b")
		: "+r"(m) : "r"(p) : "memory");
#endif
	return m;
}

static void test_guarded_memory(void)
{
	struct err e = { 0 };
	struct store *s = store_new(NULL, NULL);
	struct memory *m = memory_new(s, (struct limits){ .min = 1 }, 16, &e);
	struct ctx c = { 0 };
	int missed;

	CHECK(fault_thread(&e), "the thread has a stack for signals");
	fault_ctx = &c;
	m->base[65535] = 42;
	CHECK(load(m->base + 65535, &missed) == 42 && !missed, "the last byte is there");
	load(m->base + 65536, &missed);
	CHECK(missed && c.trap.address == (uint64_t)(uintptr_t)(m->base + 65536), "the next one faults, with its address");
	CHECK(store_misses(m->base + m->reserved - 1) && !store_misses(m->base), "stores too, to the end of the reservation");
	CHECK(c.trap.address == (uint64_t)(uintptr_t)(m->base + m->reserved - 1), "with their address");
	memory_grow(m, 1);
	CHECK(load(m->base + 65536, &missed) == 0 && !missed, "after growing it is there");
	fault_ctx = NULL;
	load(m->base + 2 * 65536, &missed);
	CHECK(missed, "without a context it is a trap all the same");
	bool all = true;
	for (int i = 0; i < 1000; i++) {
		load(m->base + 200000 + i * 4096, &missed);
		all &= missed;
	}
	CHECK(all, "a thousand times");
	store_free(s);
}

static volatile sig_atomic_t passed_on;
static void *volatile open_page;

static void earlier_handler(int sig, siginfo_t *info, void *u)
{
	passed_on++;
	if (info->si_code > 0)
		mprotect(open_page, 4096, PROT_READ | PROT_WRITE);
}

static void test_others(void)
{
	volatile uint8_t *p = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	open_page = (void *)p;
	*p = 3;
	CHECK(passed_on == 1 && *p == 3, "a fault elsewhere goes to the handler that was there before");
	raise(SIGSEGV);
	CHECK(passed_on == 2, "and so does a signal that was sent");
	munmap((void *)p, 65536);
}

/* How a process ends that does WHAT without an earlier handler. */
static int ending(void (*what)(void))
{
	int status = 0;

	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		what();
		_exit(0);
	}
	waitpid(child, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

static void die_by_access(void)
{
	struct err e = { 0 };
	volatile uint8_t *p = mmap(NULL, 65536, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (fault_init(&e))
		*p = 1;
}

static void die_by_signal(void)
{
	struct err e = { 0 };

	if (fault_init(&e))
		raise(SIGBUS);
}

static bool has_stack(stack_t *now)
{
	return sigaltstack(NULL, now) == 0 && !(now->ss_flags & SS_DISABLE);
}

struct on_thread {
	struct memory *memory;
	void *stack;                    /* NULL: a sanitizer's, which stays */
	bool ok;
};

static void *on_thread(void *user)
{
	struct on_thread *t = user;
	struct err e = { 0 };
	stack_t before, first, now;
	int missed;

	if (has_stack(&before)) {
		t->ok = fault_thread(&e) && has_stack(&now) && now.ss_sp == before.ss_sp;
		return NULL;
	}
	if (!fault_thread(&e) || !has_stack(&first) || first.ss_size < 64 << 10)
		return NULL;
	load(t->memory->base + 65536, &missed);
	t->ok = missed && fault_thread(&e) && has_stack(&now) && now.ss_sp == first.ss_sp;
	t->stack = first.ss_sp;
	return NULL;
}

static bool is_mapped(void *page)
{
	return msync(page, 4096, MS_ASYNC) == 0;
}

static void test_threads(void)
{
	struct err e = { 0 };
	struct store *s = store_new(NULL, NULL);
	struct memory *m = memory_new(s, (struct limits){ .min = 1 }, 16, &e);
	struct on_thread x = { .memory = m };
	pthread_t t;

	pthread_create(&t, NULL, on_thread, &x);
	pthread_join(t, NULL);
	CHECK(x.ok, "a thread has one alternate stack from its first entry on");
	CHECK(!x.stack || !is_mapped(x.stack), "which goes when the thread ends");

	static char mine[128 << 10];
	stack_t own = { .ss_sp = mine, .ss_size = sizeof mine }, now, old;
	sigaltstack(&own, &old);
	bool kept = fault_thread(&e) && has_stack(&now) && now.ss_sp == mine;
	CHECK(kept && has_stack(&now) && now.ss_sp == mine, "a stack that was there before stays");
	sigaltstack(&old, NULL);
	store_free(s);
}

int main(void)
{
	struct sigaction act = { .sa_sigaction = earlier_handler, .sa_flags = SA_SIGINFO }, old[2];
	struct err e = { 0 };

	/* without any handler before, sanitizers' included */
	sigaction(SIGSEGV, &(struct sigaction){ .sa_handler = SIG_DFL }, &old[0]);
	sigaction(SIGBUS, &(struct sigaction){ .sa_handler = SIG_DFL }, &old[1]);
	CHECK(ending(die_by_access) == SIGSEGV, "an unknown fault ends the process by its signal");
	CHECK(ending(die_by_signal) == SIGBUS, "so does a signal that was sent");

	sigaction(SIGSEGV, &act, NULL);
	CHECK(fault_init(&e) && fault_init(&e), "the handler is installed");
	test_guarded_memory();
	test_others();
	test_threads();
	return tap_done();
}
