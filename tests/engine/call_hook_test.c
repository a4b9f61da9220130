/* Functions tell of their calls and returns where a hook asks for it: in every body, of every form, and nobody else. */
#include "engine/regir/call_hook.h"

#include <string.h>

#include "engine/probe.h"
#include "engine/regir/code.h"
#include "tests/engine/guest.h"

/* Every fast form that ends a frame has a handler that tells; calls in tail position begin another. */
static void check_forms(void)
{
	unsigned forms = 0;

	for (unsigned op = OP_COUNT; op < R_COUNT; op++) {
		const char *text = regir_info((enum regir)op).text;
		if (strncmp(text, "return", 6) != 0 || strncmp(text, "return_call", 11) == 0)
			continue;
		forms++;
		CHECK(interp_hooked((enum regir)op) != NULL, "%s tells", text);
	}
	CHECK(forms >= 4, "there are forms of return");
	CHECK(interp_hooked(R_ENTER) != NULL, "enter tells");
	CHECK(interp_hooked(R_I32_ADD) == NULL, "i32.add does not");
}

struct told {
	unsigned enters, leaves, depth, deepest;
	uint64_t arguments, results;
	const char *only;               /* a function's index; NULL: all */
};

static bool wants(void *user, const struct module *m, uint32_t func)
{
	const struct told *t = user;

	return !t->only || func == (uint32_t)(t->only[0] - '0');
}

static void enter(void *user, struct ctx *c, struct func *f, slot *fp)
{
	struct told *t = user;

	t->enters++;
	t->depth++;
	if (t->depth > t->deepest)
		t->deepest = t->depth;
	t->arguments += f->type->param_slots ? fp[0] : 0;
}

static void leave(void *user, struct ctx *c, struct func *f, slot *fp, const slot *results)
{
	struct told *t = user;

	t->leaves++;
	t->depth--;
	t->results += f->type->result_slots ? results[0] : 0;
}

static void caught(void *user, struct ctx *c, slot *fp)
{
}

static bool pass(void *user, struct ctx *c, const struct probe_at *at)
{
	return false;
}

static const char text[] =
	"(module"
	"  (func $fac (export \"fac\") (param i64) (result i64)"
	"    (if (result i64) (i64.eqz (local.get 0)) (then (i64.const 1))"
	"      (else (i64.mul (local.get 0) (call $fac (i64.sub (local.get 0) (i64.const 1)))))))"
	"  (func $sum (export \"sum\") (param i32) (result i32)"
	"    (i32.add (call $twice (local.get 0)) (call $none (local.get 0)) (call $pair) (i32.add)))"
	"  (func $twice (param i32) (result i32) (i32.mul (local.get 0) (i32.const 2)))"
	"  (func $none (param i32))"
	"  (func $pair (result i32 i32) (i32.const 3) (i32.const 4)))";

static bool returns(struct world *w, struct instance *in, const char *name, slot arg, slot want)
{
	slot r[2] = { 0 };

	return world_call(w, in, name, &arg, r) == OUT_DONE && r[0] == want;
}

/* COUNTING: in charged bodies; PLAIN: in plain ones, where functions tell whether they are wanted or not. */
static void check_calls(bool counting, bool plain)
{
	struct told t = { 0 };
	struct call_hook h = { .user = &t, .wants = wants, .enter = enter, .leave = leave, .caught = caught };
	struct probe p = { .user = &t, .before = pass };
	struct world w;
	struct instance *in = world_of(&w, text);

	if (counting)
		ctx_start_clock(w.c);
	probe_want(&p, OP_NOP);
	if (plain)
		store_add_probe(w.st, &p);
	CHECK(returns(&w, in, "fac", 5, 120) && t.enters == 0, "without a hook nobody tells");
	store_add_call_hook(w.st, &h);
	CHECK(call_hook_apply(in->module, &h), "functions are hooked");
	CHECK(returns(&w, in, "fac", 5, 120), "the result is the same");
	CHECK(t.enters == 6 && t.leaves == 6 && t.deepest == 6, "six calls, six returns");
	CHECK(t.arguments == 15 && t.results == 120 + 24 + 6 + 2 + 1 + 1, "with arguments and results");
	t = (struct told){ 0 };
	CHECK(returns(&w, in, "sum", 5, 17), "returns of none, one, two slots");
	CHECK(t.enters == 4 && t.leaves == 4 && t.results == 17 + 10 + 3, "all of them tell");
	t = (struct told){ .only = "2" };
	call_hook_apply(in->module, &h);
	if (!plain)
		CHECK(returns(&w, in, "sum", 5, 17) && t.enters == 1 && t.leaves == 1, "only the function wanted");
	CHECK(bodies_verify(in->module), "hooked bodies verify");
	store_remove_call_hook(w.st, &h);
	call_hook_apply(in->module, w.st->call_hooks);
	t = (struct told){ 0 };
	CHECK(returns(&w, in, "fac", 5, 120) && t.enters == 0, "and nobody afterwards");
	if (plain)
		store_remove_probe(w.st, &p);
	world_free(&w);
}

int main(void)
{
	check_forms();
	check_calls(false, false);
	check_calls(true, false);
	check_calls(false, true);
	return tap_done();
}
