/*
 * One handler for SIGSEGV and SIGBUS; see fault.h. A signal handler can reach nothing but file-scope state, so this
 * file has some: written once by fault_init(), only read afterwards. The handler takes no lock and allocates nothing.
 */
#include "engine/fault.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/tier.h"

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

/*
 * Compiled code, by address. The handler reads whatever list there is while another thread appends to it, or puts a new one in
 * its place; lists that are replaced are freed when no handler is at work. Code that is gone stays as a range without rows
 * until then: nobody runs it.
 */
struct code_range {
	uint64_t start, end;
	const struct native_fault *rows;
	uint32_t n;
};

struct code_list {
	struct code_list *replaced;     /* of those to be freed */
	_Atomic size_t count;
	size_t cap, gone;
	struct code_range ranges[];     /* sorted */
};

static struct {
	pthread_mutex_t lock;
	struct code_list *_Atomic list;
	struct code_list *old;
	atomic_uint readers;
} compiled = { .lock = PTHREAD_MUTEX_INITIALIZER };

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

static uint64_t landing_in_code(const struct code_list *l, uint64_t pc)
{
	size_t low = 0, high = l ? l->count : 0;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (l->ranges[mid].end <= pc)
			low = mid + 1;
		else
			high = mid;
	}
	if (!l || low == l->count || l->ranges[low].start > pc)
		return 0;
	const struct code_range *r = &l->ranges[low];
	uint32_t at = (uint32_t)(pc - r->start), first = 0, end = r->n;
	while (first < end) {
		uint32_t mid = first + (end - first) / 2;
		if (r->rows[mid].at < at)
			first = mid + 1;
		else
			end = mid;
	}
	return first < r->n && r->rows[first].at == at ? r->start + r->rows[first].to : 0;
}

uint64_t fault_landing(uint64_t pc)
{
	size_t low = 0, high = fault.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (fault.table[mid].at < pc)
			low = mid + 1;
		else
			high = mid;
	}
	if (low < fault.count && fault.table[low].at == pc)
		return fault.table[low].to;
	atomic_fetch_add(&compiled.readers, 1);
	uint64_t to = landing_in_code(atomic_load(&compiled.list), pc);
	atomic_fetch_sub(&compiled.readers, 1);
	return to;
}

/* ---- compiled code --------------------------------------------------------------------------- */

/* A list that no handler will come upon any more; those are freed that none is reading. */
static void retire(struct code_list *l)
{
	if (l) {
		l->replaced = compiled.old;
		compiled.old = l;
	}
	while (compiled.old && !atomic_load(&compiled.readers)) {
		struct code_list *next = compiled.old->replaced;
		free(compiled.old);
		compiled.old = next;
	}
}

/* A copy of WAS with room, without what is gone; R in its place. */
static struct code_list *copy_with(const struct code_list *was, struct code_range r)
{
	size_t count = was ? was->count : 0, cap = 2 * (count - (was ? was->gone : 0)) + 16, n = 0;
	struct code_list *l = malloc(sizeof *l + cap * sizeof *l->ranges);
	bool in = false;

	if (!l)
		return NULL;
	for (size_t i = 0; i < count; i++) {
		if (!in && was->ranges[i].start > r.start) {
			l->ranges[n++] = r;
			in = true;
		}
		if (was->ranges[i].n)
			l->ranges[n++] = was->ranges[i];
	}
	if (!in)
		l->ranges[n++] = r;
	l->replaced = NULL;
	l->cap = cap;
	l->gone = 0;
	atomic_init(&l->count, n);
	return l;
}

bool fault_add_code(const void *start, uint32_t size, const struct native_fault *rows, uint32_t n)
{
	struct code_range r = { (uint64_t)(uintptr_t)start, (uint64_t)(uintptr_t)start + size, rows, n };

	if (!n)
		return true;
	pthread_mutex_lock(&compiled.lock);
	struct code_list *l = atomic_load(&compiled.list);
	size_t count = l ? l->count : 0;
	if (count && count < l->cap && l->ranges[count - 1].end <= r.start) {
		l->ranges[count] = r;
		atomic_store(&l->count, count + 1);
	} else {
		struct code_list *was = l;
		l = copy_with(was, r);
		if (l) {
			atomic_store(&compiled.list, l);
			retire(was);
		}
	}
	pthread_mutex_unlock(&compiled.lock);
	return l != NULL;
}

void fault_remove_code(const void *start)
{
	uint64_t at = (uint64_t)(uintptr_t)start;

	pthread_mutex_lock(&compiled.lock);
	struct code_list *l = atomic_load(&compiled.list);
	size_t low = 0, high = l ? l->count : 0;
	while (low < high) {
		size_t mid = low + (high - low) / 2;
		if (l->ranges[mid].start < at)
			low = mid + 1;
		else
			high = mid;
	}
	if (l && low < l->count && l->ranges[low].start == at && l->ranges[low].n) {
		l->ranges[low].n = 0;
		if (++l->gone == l->count) {
			atomic_store(&compiled.list, NULL);
			retire(l);
		}
	}
	pthread_mutex_unlock(&compiled.lock);
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
	uint64_t to = info->si_code > 0 ? fault_landing(context_pc(u)) : 0;

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

enum { STACK_BYTES = 64 << 10 };

static struct {
	pthread_once_t once;
	pthread_key_t own;      /* the thread's alternate stack when it is one of ours */
	bool ready;
} stacks = { .once = PTHREAD_ONCE_INIT };

static void thread_ends(void *own)
{
	stack_t now;

	if (sigaltstack(NULL, &now) == 0 && now.ss_sp == own)
		sigaltstack(&(stack_t){ .ss_flags = SS_DISABLE }, NULL);
	munmap(own, STACK_BYTES);
}

static void stacks_init(void)
{
	stacks.ready = pthread_key_create(&stacks.own, thread_ends) == 0;
}

static bool install_stack(struct err *e)
{
	void *p = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return err_oom(e);
	if (sigaltstack(&(stack_t){ .ss_sp = p, .ss_size = STACK_BYTES }, NULL) == 0 && pthread_setspecific(stacks.own, p) == 0)
		return true;
	thread_ends(p);
	return err_set(e, E_NO_MEMORY, place_none(), "no alternate signal stack for this thread");
}

bool fault_thread(struct err *e)
{
	stack_t now;

	pthread_once(&stacks.once, stacks_init);
	if (!stacks.ready)
		return err_oom(e);
	/* without a question to the kernel: this is asked at every stop */
	if (pthread_getspecific(stacks.own))
		return true;
	return (sigaltstack(NULL, &now) == 0 && !(now.ss_flags & SS_DISABLE)) || install_stack(e);
}
