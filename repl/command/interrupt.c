/*
 * C-c; see interrupt.h. The file-scope variables here are what a signal handler can reach. Outside
 * of guest calls SIGINT keeps the disposition that the front end chose.
 */
#include "repl/command/interrupt.h"

#include <signal.h>
#include <stddef.h>

#include "engine/base/progress.h"
#include "engine/ctx.h"

static struct ctx *volatile running;
static volatile sig_atomic_t seen;
static struct sigaction outside;
static struct progress *volatile work;
static pthread_mutex_t shown = PTHREAD_MUTEX_INITIALIZER;       /* `running` is looked into: it must not go meanwhile */
static unsigned users;          /* of our handler */
static unsigned scripts;

static void on_sigint(int sig)
{
	struct ctx *c = running;

	seen = 1;
	if (work)
		work->cancel = true;
	if (c)
		ctx_interrupt(c, LEAVE_INTERRUPT);
}

/* From another thread: SIGURG does nothing when the guest has just ended. */
static void on_sigurg(int sig)
{
	struct ctx *c = running;

	if (c)
		ctx_interrupt(c, LEAVE_INTERRUPT);
}

void interrupt_listen(void)
{
	struct sigaction act = { .sa_handler = on_sigurg, .sa_flags = SA_ONSTACK | SA_RESTART };

	sigemptyset(&act.sa_mask);
	sigaction(SIGURG, &act, NULL);
}

void interrupt_running(pthread_t thread)
{
	if (running)
		pthread_kill(thread, SIGURG);
}

static void handler_take(void)
{
	struct sigaction act = { .sa_handler = on_sigint, .sa_flags = SA_ONSTACK };

	if (users++ > 0)
		return;
	seen = 0;
	sigemptyset(&act.sa_mask);
	sigaction(SIGINT, &act, &outside);
}

static void handler_leave(void)
{
	if (--users == 0)
		sigaction(SIGINT, &outside, NULL);
}

struct ctx *interrupt_enter(struct ctx *c)
{
	struct ctx *before = running;

	pthread_mutex_lock(&shown);
	running = c;
	pthread_mutex_unlock(&shown);
	handler_take();
	if (seen)                       /* it came before there was anything to interrupt */
		ctx_interrupt(c, LEAVE_INTERRUPT);
	return before;
}

void interrupt_leave(struct ctx *before)
{
	pthread_mutex_lock(&shown);
	running = before;
	pthread_mutex_unlock(&shown);
	if (!before && !scripts)        /* the run was what it meant */
		seen = 0;
	handler_leave();
}

uint64_t interrupt_steps(void)
{
	pthread_mutex_lock(&shown);
	uint64_t steps = running && running->counting ? ctx_clock(running) : 0;
	pthread_mutex_unlock(&shown);
	return steps;
}

void interrupt_work_enter(struct progress *p)
{
	p->cancel = false;
	work = p;
	handler_take();
}

void interrupt_work_leave(void)
{
	work = NULL;
	handler_leave();
}

void interrupt_script_enter(void)
{
	scripts++;
	handler_take();
}

void interrupt_script_leave(void)
{
	scripts--;
	handler_leave();
}

bool interrupt_seen(void)
{
	return seen;
}

void interrupt_prompt_enter(void)
{
	handler_take();
}

void interrupt_prompt_leave(void)
{
	handler_leave();
}

void interrupt_forget(void)
{
	seen = 0;
}
