/* Contexts: their stacks, interrupts and deadlines; see ctx.h. How they are entered is in call.c, how they run in run.c. */
#include "engine/ctx.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "engine/base/clock.h"
#include "engine/base/err.h"
#include "engine/fault.h"
#include "engine/regir/code.h"
#include "engine/regir/interp.h"
#include "engine/strand.h"
#include "engine/tier.h"
#include "engine/world.h"

enum { STACK_SLACK = 4096 };    /* bytes beyond the limit that small overshoots may touch */

/* A thread that sleeps until the deadline and then interrupts; started with the first deadline. */
struct deadline_timer {
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	int64_t deadline;
	bool quit;
	struct ctx *c;
};

struct ctx *ctx_new(struct store *s, struct err *e)
{
	struct ctx *c = calloc(1, sizeof *c);
	uint64_t bytes = (s->limits.max_stack + 4095) & ~(uint64_t)4095;

	if (!c || !(c->segments = calloc(MAX_ENTRIES, sizeof *c->segments))) {
		free(c);
		err_oom(e);
		return NULL;
	}
	c->stack = mmap(NULL, bytes + STACK_SLACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (c->stack == MAP_FAILED) {
		free(c->segments);
		free(c);
		err_set(e, E_NO_MEMORY, place_none(), "no memory for a value stack of %llu bytes", (unsigned long long)bytes);
		return NULL;
	}
	c->stack_end = c->stack + (bytes + STACK_SLACK) / sizeof(slot);
	c->limit = c->stack + bytes / sizeof(slot);
	c->sp = c->stack;
	c->store = s;
	c->wake_fd = -1;
	c->number = 1;
	c->plain_table = (const void *const *)interp_plain_table;
	c->filter = &probe_no_filter;
	if (!store_add_ctx(s, c)) {
		ctx_free(c);
		err_oom(e);
		return NULL;
	}
	if (s->tiers && s->tiers->random)
		ctx_start_clock(c);
	return c;
}

static void timer_stop(struct deadline_timer *t)
{
	pthread_mutex_lock(&t->lock);
	t->quit = true;
	pthread_cond_signal(&t->changed);
	pthread_mutex_unlock(&t->lock);
	pthread_join(t->thread, NULL);
	pthread_cond_destroy(&t->changed);
	pthread_mutex_destroy(&t->lock);
	free(t);
}

void ctx_free(struct ctx *c)
{
	if (!c)
		return;
	if (c->timer)
		timer_stop(c->timer);
	ctx_let_others_go(c);
	store_remove_ctx(c->store, c);
	if (c->wake_fd >= 0)
		close(c->wake_fd);
	strands_free(c);
	munmap(c->stack, (size_t)(c->stack_end - c->stack) * sizeof(slot));
	free(c->segments);
	free(c);
}

void ctx_load_memory(struct ctx *c)
{
	struct memory *m = c->inst && c->inst->module->nmemories ? c->inst->memories[0] : NULL;

	c->mem0 = m ? m->base : NULL;
	c->mem0_size = m ? atomic_load_explicit(&m->size, memory_order_relaxed) : 0;
}

/* ---- interrupts and deadlines ------------------------------------------------------------------------------------------- */

void ctx_interrupt(struct ctx *c, enum leave_reason why)
{
	uint64_t one = 1;

	struct ctx *lent = atomic_load(&c->lent);

	ctx_ask(c, (uint32_t)why);
	if (lent && (why & (LEAVE_INTERRUPT | LEAVE_TIMEOUT | LEAVE_KILL)))
		ctx_interrupt(lent, why);
	if (c->wake_fd >= 0) {
		int saved = errno;
		ssize_t n = write(c->wake_fd, &one, sizeof one);
		(void)n;        /* full means that a wake-up is already there */
		errno = saved;
	}
}

static void *timer_main(void *arg)
{
	struct deadline_timer *t = arg;

	pthread_mutex_lock(&t->lock);
	while (!t->quit) {
		if (t->deadline == 0) {
			pthread_cond_wait(&t->changed, &t->lock);
			continue;
		}
		struct timespec until = { t->deadline / 1000000000, t->deadline % 1000000000 };
		if (pthread_cond_timedwait(&t->changed, &t->lock, &until) == ETIMEDOUT && t->deadline && clock_now_ns() >= t->deadline) {
			t->deadline = 0;
			ctx_interrupt(t->c, LEAVE_TIMEOUT);
		}
	}
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static struct deadline_timer *timer_start(struct ctx *c)
{
	struct deadline_timer *t = calloc(1, sizeof *t);
	pthread_condattr_t attr;

	if (!t)
		return NULL;
	t->c = c;
	pthread_mutex_init(&t->lock, NULL);
	pthread_condattr_init(&attr);
	pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	pthread_cond_init(&t->changed, &attr);
	pthread_condattr_destroy(&attr);
	if (pthread_create(&t->thread, NULL, timer_main, t) != 0) {
		free(t);
		return NULL;
	}
	return t;
}

bool ctx_set_deadline(struct ctx *c, int64_t deadline_ns)
{
	c->deadline = deadline_ns;
	if (!c->timer && deadline_ns == 0)
		return true;
	if (!c->timer && !(c->timer = timer_start(c)))
		return false;
	pthread_mutex_lock(&c->timer->lock);
	c->timer->deadline = deadline_ns;
	pthread_cond_signal(&c->timer->changed);
	pthread_mutex_unlock(&c->timer->lock);
	atomic_fetch_and(&c->leave, ~(uint32_t)LEAVE_TIMEOUT);
	if (deadline_ns && clock_now_ns() >= deadline_ns)
		ctx_interrupt(c, LEAVE_TIMEOUT);
	return true;
}

int ctx_sleep(struct ctx *c, int fd, short events, int64_t timeout_ns)
{
	if (c->wake_fd < 0)
		c->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	int64_t until = timeout_ns < 0 ? INT64_MAX : clock_now_ns() + (timeout_ns < INT64_MAX / 2 ? timeout_ns : INT64_MAX / 2);
	for (bool last = false;;) {
		if (atomic_load(&c->leave) & ~(uint32_t)(LEAVE_MODE | LEAVE_TIER))
			return -1;
		int64_t now = clock_now_ns(), left = until - now, slice = 200000000;
		if (c->deadline && now >= c->deadline)
			return -1;
		if (last)
			return 0;
		/* even with no time left the descriptor is looked at once */
		if (left <= 0) {
			left = 0;
			last = true;
		}
		if (c->deadline && c->deadline - now < left)
			left = c->deadline - now;
		/* without a wake descriptor, look at `leave` in slices */
		if (c->wake_fd < 0 && left > slice)
			left = slice;
		struct pollfd p[2] = { { .fd = c->wake_fd, .events = POLLIN }, { .fd = fd, .events = events } };
		struct timespec t = { left / 1000000000, left % 1000000000 };
		int n = ppoll(p, fd >= 0 ? 2 : 1, left > (int64_t)1 << 60 ? NULL : &t, NULL);
		if (n < 0 && errno != EINTR)
			return 1;       /* the call itself will say what is wrong */
		if (n > 0 && p[0].revents) {
			uint64_t count;
			ssize_t got = read(c->wake_fd, &count, sizeof count);
			(void)got;
			continue;
		}
		if (n > 0 && fd >= 0 && p[1].revents)
			return 1;
	}
}

int ctx_wait(struct ctx *c, int fd, short events, int64_t timeout_ns)
{
	world_safe_begin(c);
	int r = ctx_sleep(c, fd, events, timeout_ns);
	world_safe_end(c);
	return r;
}

enum outcome ctx_interrupted(struct ctx *c)
{
	uint32_t why = atomic_load(&c->leave);

	if (why & LEAVE_KILL)
		return OUT_KILLED;
	if ((why & LEAVE_TIMEOUT) || (c->deadline && clock_now_ns() >= c->deadline))
		return OUT_TIMEOUT;
	return OUT_INTERRUPT;
}

/* ---- fuel and the clock --------------------------------------------------------------------------------------------------- */

/* Functions that have bodies of the other kind get new ones when they are next called. */
static void set_counting(struct ctx *c, bool counting)
{
	c->counting = counting;
	/* compiled code that counts otherwise is gone back to by no frame */
	tier_lower_frames(c, NULL);
	pthread_mutex_lock(&c->store->lock);
	for (size_t i = 0; i < c->store->funcs.count; i++)
		if (c->store->funcs.data[i]->inst)
			c->store->funcs.data[i]->entry = code_lazy_entry();
	pthread_mutex_unlock(&c->store->lock);
}

void ctx_stop_clock(struct ctx *c)
{
	if (c->counting)
		set_counting(c, false);
}

void ctx_start_clock(struct ctx *c)
{
	if (!c->counting)
		set_counting(c, true);
	c->clock_base = 0;
	if (!c->fuel_limited)
		c->fuel = INT64_MAX;
	c->fuel_start = c->fuel;
}

void ctx_set_fuel(struct ctx *c, int64_t fuel)
{
	uint64_t clock = c->counting ? ctx_clock(c) : 0;

	if (fuel < 0) {
		c->fuel_limited = false;
		if (!c->counting)
			return;
		fuel = INT64_MAX;
	} else {
		c->fuel_limited = true;
		ctx_start_clock(c);
	}
	c->clock_base = clock;
	c->fuel = c->fuel_start = fuel;
}

uint64_t ctx_clock(const struct ctx *c)
{
	return c->clock_base + (uint64_t)(c->fuel_start - c->fuel);
}

/* ---- for host functions ------------------------------------------------------------------------------------------------------- */

enum outcome ctx_trap(struct ctx *c, enum trap kind, const char *fmt, ...)
{
	va_list ap;

	c->trap = (struct trap_info){ .kind = kind };
	va_start(ap, fmt);
	vsnprintf(c->trap.message, sizeof c->trap.message, fmt, ap);
	va_end(ap);
	return OUT_TRAP;
}

enum outcome ctx_exit(struct ctx *c, int status)
{
	c->exit_status = status;
	return OUT_EXIT;
}

struct instance *ctx_caller(const struct ctx *c)
{
	return c->inst;
}

struct memory *ctx_caller_memory(const struct ctx *c)
{
	return c->inst && c->inst->module->nmemories ? c->inst->memories[0] : NULL;
}

