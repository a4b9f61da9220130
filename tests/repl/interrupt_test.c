/* C-c is never lost between a line that was read and what it begins: repl/command/interrupt.h. */
#include <signal.h>

#include "engine/base/err.h"
#include "engine/ctx.h"
#include "engine/store.h"
#include "engine/types.h"
#include "repl/command/interrupt.h"
#include "tests/harness/tap.h"

static void test_scripts(void)
{
	interrupt_prompt_enter();
	raise(SIGINT);
	interrupt_script_enter();
	CHECK(interrupt_seen(), "a script sees what came before it began");
	interrupt_script_leave();
	interrupt_forget();
	interrupt_script_enter();
	CHECK(!interrupt_seen(), "not what came before its line was read");
	raise(SIGINT);
	interrupt_script_enter();
	CHECK(interrupt_seen(), "nor is it lost where a script calls another");
	interrupt_script_leave();
	interrupt_script_leave();
	interrupt_forget();
	interrupt_prompt_leave();
}

static void test_guest(struct ctx *c)
{
	interrupt_prompt_enter();
	raise(SIGINT);
	struct ctx *before = interrupt_enter(c);
	CHECK(atomic_load(&c->leave) & LEAVE_INTERRUPT, "a guest is interrupted by what came before it ran");
	interrupt_leave(before);
	CHECK(!interrupt_seen(), "and that is all that it meant");
	atomic_store(&c->leave, 0);
	before = interrupt_enter(c);
	CHECK(!atomic_load(&c->leave), "the next run goes on");
	interrupt_leave(before);
	interrupt_prompt_leave();
}

static void test_batch(void)
{
	struct sigaction before, now;

	/* who starts tests in the background may have it ignored */
	sigaction(SIGINT, NULL, &before);
	interrupt_script_enter();
	raise(SIGINT);
	interrupt_script_leave();
	sigaction(SIGINT, NULL, &now);
	CHECK(now.sa_handler == before.sa_handler, "without a prompt C-c between commands is what it was before");
	interrupt_script_enter();
	CHECK(!interrupt_seen(), "and scripts begin anew");
	interrupt_script_leave();
}

int main(void)
{
	struct err e = { 0 };
	struct engine *engine = engine_new();
	struct store *s = engine ? store_new(engine, NULL) : NULL;
	struct ctx *c = s ? ctx_new(s, &e) : NULL;

	if (!CHECK(c, "a context"))
		return tap_done();
	test_scripts();
	test_guest(c);
	test_batch();
	ctx_free(c);
	store_free(s);
	engine_free(engine);
	return tap_done();
}
