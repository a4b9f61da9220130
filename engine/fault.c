/*
 * One handler for SIGSEGV and SIGBUS; see fault.h. A signal handler can reach nothing but file-scope state, so this
 * file has some: written once by fault_init(), only read afterwards. The handler takes no lock and allocates nothing.
 */
#include "engine/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "engine/base/err.h"
#include "engine/ctx.h"

_Thread_local struct ctx *fault_ctx;

/* The linker's names for the ends of the section; both NULL when nothing is in it. */
extern const struct fault_entry __start_wrench_extable[] __attribute__((weak));
extern const struct fault_entry __stop_wrench_extable[] __attribute__((weak));

static struct {
	pthread_once_t once;
	bool ready;
	const struct fault_entry *table;        /* sorted by at */
	size_t count;
	struct sigaction before_segv, before_bus;
} fault = { .once = PTHREAD_ONCE_INIT };

/* ---- the entries ----------------------------------------------------------------------------- */

static int compare_entries(const void *a, const void *b)
{
	uint32_t x = ((const struct fault_entry *)a)->at, y = ((const struct fault_entry *)b)->at;

	return x < y ? -1 : x > y;
}

static bool is_sorted(const struct fault_entry *t, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (t[i - 1].at > t[i].at)
			return false;
	return true;
}

/* The table as linked when it is in order, else a sorted copy, which lives as long as the process. */
static bool entries_init(void)
{
	size_t n = (size_t)(__stop_wrench_extable - __start_wrench_extable);

	fault.table = __start_wrench_extable;
	fault.count = n;
	if (is_sorted(fault.table, n))
		return true;
	struct fault_entry *copy = malloc(n * sizeof *copy);
	if (!copy)
		return false;
	memcpy(copy, fault.table, n * sizeof *copy);
	qsort(copy, n, sizeof *copy, compare_entries);
	fault.table = copy;
	return true;
}

uint32_t fault_landing(uint64_t pc)
{
	size_t low = 0, high = fault.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (fault.table[mid].at < pc)
			low = mid + 1;
		else
			high = mid;
	}
	return low < fault.count && fault.table[low].at == pc ? fault.table[low].to : 0;
}

/* ---- the handler ----------------------------------------------------------------------------- */

static uint64_t context_pc(const ucontext_t *u)
{
#if defined(__x86_64__)
	return (uint64_t)u->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
	return u->uc_mcontext.pc;
#else
#error "fault.c needs to know where this machine keeps the program counter"
#endif
}

static void context_set_pc(ucontext_t *u, uint64_t pc)
{
#if defined(__x86_64__)
	u->uc_mcontext.gregs[REG_RIP] = (greg_t)pc;
#else
	u->uc_mcontext.pc = pc;
#endif
}

/* A fault that is not ours, or a signal that somebody sent. */
static void pass_on(int sig, siginfo_t *info, void *u)
{
	const struct sigaction *before = sig == SIGBUS ? &fault.before_bus : &fault.before_segv;
	bool sent = info->si_code <= 0;

	if (before->sa_flags & SA_SIGINFO) {
		before->sa_sigaction(sig, info, u);
	} else if (before->sa_handler == SIG_IGN && sent) {
		return;
	} else if (before->sa_handler != SIG_DFL && before->sa_handler != SIG_IGN) {
		before->sa_handler(sig);
	} else {
		signal(sig, SIG_DFL);
		raise(sig);             /* blocked here: it ends the process as soon as this handler returns */
	}
}

static void on_fault(int sig, siginfo_t *info, void *u)
{
	uint32_t to = info->si_code > 0 ? fault_landing(context_pc(u)) : 0;

	if (!to) {
		pass_on(sig, info, u);
		return;
	}
	if (fault_ctx)
		fault_ctx->trap.address = (uint64_t)(uintptr_t)info->si_addr;
	context_set_pc(u, to);
}

static void init_once(void)
{
	struct sigaction act = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_ONSTACK };

	sigemptyset(&act.sa_mask);
	if (!entries_init() || sigaction(SIGSEGV, NULL, &fault.before_segv) != 0 ||
	    sigaction(SIGBUS, NULL, &fault.before_bus) != 0)
		return;
	fault.ready = sigaction(SIGSEGV, &act, NULL) == 0 && sigaction(SIGBUS, &act, NULL) == 0;
}

bool fault_init(struct err *e)
{
	pthread_once(&fault.once, init_once);
	return fault.ready || err_set(e, E_NO_MEMORY, place_none(), "the fault handler cannot be installed");
}

/* ---- alternate stacks ------------------------------------------------------------------------ */

/*
 * An alternate stack begins with a head that says whose it is; the stack grows down towards it. sigaltstack() gives the
 * stack back, so nothing else has to remember it, and reading the head's place is safe in anybody's stack.
 */
enum { STACK_BYTES = 64 << 10 };
#define STACK_MAGIC 0x7772656e63686673ull

struct stack_head {
	uint64_t magic;
	struct stack_head *self;
	uint32_t entries;       /* fault_thread_enter() less fault_thread_leave() */
};

/* The thread's alternate stack when fault_thread_enter() made it; NULL: none, or somebody else's. */
static struct stack_head *own_stack(const stack_t *now)
{
	struct stack_head *h = now->ss_sp;

	if (now->ss_flags & SS_DISABLE || now->ss_size != STACK_BYTES)
		return NULL;
	return h->magic == STACK_MAGIC && h->self == h ? h : NULL;
}

static bool install_stack(struct err *e)
{
	void *p = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_oom(e);
	struct stack_head *h = p;
	*h = (struct stack_head){ STACK_MAGIC, h, 1 };
	if (sigaltstack(&(stack_t){ .ss_sp = p, .ss_size = STACK_BYTES }, NULL) == 0)
		return true;
	munmap(p, STACK_BYTES);
	return err_set(e, E_NO_MEMORY, place_none(), "no alternate signal stack for this thread");
}

bool fault_thread_enter(struct err *e)
{
	stack_t now;

	if (sigaltstack(NULL, &now) != 0 || now.ss_flags & SS_DISABLE)
		return install_stack(e);
	struct stack_head *own = own_stack(&now);
	if (own)
		own->entries++;
	return true;
}

void fault_thread_leave(void)
{
	stack_t now;

	if (sigaltstack(NULL, &now) != 0)
		return;
	struct stack_head *own = own_stack(&now);
	if (!own || --own->entries > 0)
		return;
	if (sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL) == 0)
		munmap(own, STACK_BYTES);
}
