/* Tiers: code memory, compiled code entered and left, switched off under live frames, refused. */
#include <unistd.h>

#include "engine/entity.h"
#include "engine/fault.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "tests/engine/guest.h"

static const char guest[] =
	"(module (import \"h\" \"h\" (func $h)) (memory 1)"
	"  (func (export \"sum\") (param $n i32) (result i32) (local $s i32)"
	"    (loop $l (local.set $s (i32.add (local.get $s) (local.get $n)))"
	"      (br_if $l (local.tee $n (i32.sub (local.get $n) (i32.const 1))))) (local.get $s))"
	"  (func $leaf (export \"leaf\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 3)))"
	"  (func (export \"twice\") (param i32) (result i32) (call $leaf (call $leaf (local.get 0))))"
	"  (func $inner (call $h))"
	"  (func (export \"outer\") (result i32) (call $inner) (i32.const 7))"
	"  (func (export \"once\") (param i32) (result i32) (local.set 0 (i32.add (local.get 0) (i32.const 1)))"
	"    (loop (result i32) (i32.mul (local.get 0) (i32.const 10))))"
	"  (func (export \"load\") (param i32) (result i32) (i32.load (local.get 0)))"
	"  (func $deep (export \"deep\") (param i32) (result i32)"
	"    (if (result i32) (local.get 0) (then (i32.add (call $deep (i32.sub (local.get 0) (i32.const 1))) (i32.const 1)))"
	"      (else (i32.const 0)))))";

/* ---- a world with a compiler ----------------------------------------------------------------- */

struct tiered {
	struct world w;
	struct jit *jit;
	struct instance *in;
	struct tier_watch watch;
	unsigned compiled, refused;
	void (*host)(struct tiered *t); /* what the import does; NULL: nothing */
};

static enum outcome call_host(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct tiered *t = f->user;

	(void)c, (void)args, (void)results;
	if (t->host)
		t->host(t);
	return OUT_DONE;
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct tiered *t = user;

	(void)i;
	*out = (struct extern_ref){ EXTERN_FUNC, { .func = func_new_host(t->w.st, m->funcs[0].type, call_host, t, "h", "h", e) } };
	return out->as.func != NULL;
}

static void count_compiled(void *user, struct ctx *c, struct func *f, const struct native_code *n, const struct err *e)
{
	struct tiered *t = user;

	(void)c, (void)f, (void)e;
	t->compiled += n != NULL;
	t->refused += n == NULL;
}

static void ignore_module(void *user, struct store *s, const struct module *m)
{
	(void)user, (void)s, (void)m;
}

static void tiered_begin(struct tiered *t, enum tier tier, enum mcode_how how)
{
	*t = (struct tiered){ .w = world_new(), .jit = jit_new(UINT32_MAX, how) };
	t->w.resolve = resolve;
	t->w.user = t;
	jit_install(t->jit, t->w.st);
	t->watch = (struct tier_watch){ .compiled = count_compiled, .module = ignore_module, .user = t };
	t->w.st->tiers->watch = &t->watch;
	tiers_set(t->w.st, tier);
	t->in = world_load(&t->w, guest);
}

static void tiered_end(struct tiered *t)
{
	world_free(&t->w);
	jit_free(t->jit);
}

/* The first result, or the outcome plus a million. */
static uint64_t call(struct tiered *t, const char *name, slot arg)
{
	slot result = 0;
	enum outcome o = world_call(&t->w, t->in, name, &arg, &result);

	return o == OUT_DONE ? result : 1000000 + o;
}

static bool runs_compiled(const struct tiered *t, const char *name)
{
	return tiers_native(world_func(t->in, name), false) != NULL;
}

static struct body *body_of(const struct tiered *t, const char *name)
{
	const struct func *f = world_func(t->in, name);
	struct err e = { 0 };

	return code_body(t->in->module, f->index, BODY_FAST, (enum memory_mode)t->in->code_mode, true, &e);
}

/* The cell that returns. */
static uint32_t last_cell(const struct body *b)
{
	uint32_t last = 0;

	for (uint32_t at = 0; at < b->size && code_op(b, at) != R_UNREACHED; at += code_cell_size(b, at))
		last = at;
	return last;
}

/* ---- memory ---------------------------------------------------------------------------------- */

/* No mapping of the process is writable and executable. */
static bool none_writable_and_executable(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[512];
	bool none = true;

	while (maps && fgets(line, sizeof line, maps))
		none = none && !strstr(line, " rwx");
	if (maps)
		fclose(maps);
	return none;
}

static void memory_of(enum mcode_how how, const char *what)
{
	struct err e = { 0 };
	struct mcode *m = mcode_new(4 << 20, how, &e);
	uint8_t bytes[1000];

	if (!CHECK(m != NULL, "%s: code memory", what))
		return;
	memset(bytes, 0x5a, sizeof bytes);
	const uint8_t *a = mcode_place(m, bytes, 1000, &e), *b = mcode_place(m, bytes, 10, &e);
	CHECK(a && b && a != b && memcmp(a, bytes, 1000) == 0 && memcmp(b, bytes, 10) == 0, "%s: the bytes are there", what);
	CHECK(none_writable_and_executable(), "%s: nothing is writable and executable", what);
	mcode_release(m, a, 1000);
	mcode_release(m, b, 10);
	CHECK(mcode_used(m) == 0, "%s: given back", what);
	CHECK(mcode_place(m, bytes, 1000, &e) == a, "%s: and used again", what);
	unsigned n = 0;
	while (mcode_place(m, bytes, 1000, &e))
		n++;
	CHECK(n > 500 && e.code == E_LIMIT, "%s: full after %u more", what, n);
	mcode_free(m);
}

static void denied(void)
{
	struct err e = { 0 };
	struct tiered t;

	CHECK(!mcode_new(4 << 20, MCODE_DENIED, &e) && e.code == E_NO_MEMORY, "denied memory is an error");
	tiered_begin(&t, TIER_BASELINE, MCODE_DENIED);
	CHECK(call(&t, "twice", 5) == 45 && call(&t, "sum", 10) == 55, "without executable memory functions are interpreted");
	CHECK(t.compiled == 0 && t.refused == 1 && t.w.st->tiers->denied, "which is tried once");
	tiered_end(&t);
}

/* Ranges of code come in any order and go again; fault_landing() finds what is there. */
static void faults(void)
{
	static const struct native_fault rows[] = { { 4, 40 }, { 8, 48 } };
	static const unsigned order[] = { 3, 4, 9, 0, 7, 1, 8, 2, 6, 5 };
	const char *base = (const char *)(uintptr_t)0x700000000000;
	unsigned right = 0;

	for (unsigned i = 0; i < 10; i++)
		fault_add_code(base + 64 * order[i], 64, rows, 2);
	for (unsigned i = 0; i < 10; i++) {
		uint64_t at = (uint64_t)(uintptr_t)base + 64 * i;
		right += fault_landing(at + 4) == at + 40 && fault_landing(at + 8) == at + 48 && !fault_landing(at + 5) && !fault_landing(at);
	}
	CHECK(right == 10, "accesses are found in %u of 10 ranges", right);
	fault_remove_code(base + 64 * 4);
	CHECK(!fault_landing((uint64_t)(uintptr_t)base + 64 * 4 + 4), "not in one that is gone");
	fault_add_code(base + 64 * 4, 32, rows, 1);
	CHECK(fault_landing((uint64_t)(uintptr_t)base + 64 * 4 + 4) && !fault_landing((uint64_t)(uintptr_t)base + 64 * 4 + 8),
		"in the one that came to its place");
	for (unsigned i = 0; i < 10; i++)
		fault_remove_code(base + 64 * i);
	CHECK(!fault_landing((uint64_t)(uintptr_t)base + 4), "none is left");
}

/* ---- running --------------------------------------------------------------------------------- */

static void results(enum tier tier, const char *what)
{
	struct tiered t;

	tiered_begin(&t, tier, MCODE_FILE);
	CHECK(call(&t, "sum", 100000) == 705082704, "%s: a loop", what);
	CHECK(runs_compiled(&t, "sum"), "%s: it was compiled in its first call", what);
	CHECK(call(&t, "twice", 5) == 45 && call(&t, "outer", 0) == 7, "%s: calls", what);
	CHECK(call(&t, "deep", 20000) == 20000, "%s: recursion", what);
	CHECK(call(&t, "load", 70000) == 1000000 + OUT_TRAP && t.w.c->trap.kind == TRAP_MEMORY_BOUNDS, "%s: a trap", what);
	CHECK(call(&t, "deep", 10000000) == 1000000 + OUT_TRAP && t.w.c->trap.kind == TRAP_STACK, "%s: out of stack", what);
	CHECK(call(&t, "deep", 100) == 100, "%s: and on", what);
	CHECK(none_writable_and_executable(), "%s: nothing is writable and executable", what);
	tiered_end(&t);
}

static void threshold(void)
{
	struct tiered t;

	tiered_begin(&t, TIER_AUTO, MCODE_FILE);
	t.w.st->tiers->threshold = 5;
	for (slot i = 0; i < 4; i++)
		call(&t, "leaf", i);
	CHECK(!runs_compiled(&t, "leaf"), "four calls are not enough");
	call(&t, "leaf", 1);
	CHECK(runs_compiled(&t, "leaf") && t.compiled == 1, "five are");
	CHECK(tiers_native(world_func(t.in, "leaf"), false)->calls == 5, "they were counted");
	tiers_set(t.w.st, TIER_INTERP);
	CHECK(!runs_compiled(&t, "leaf") && call(&t, "leaf", 2) == 6, "interpreted again");
	tiers_set_func(t.w.st, t.in->module, world_func(t.in, "leaf")->index, TIER_BASELINE);
	CHECK(runs_compiled(&t, "leaf") && call(&t, "twice", 2) == 18 && t.compiled == 1, "compiled code is kept");
	tiered_end(&t);
}

/* A loop without a branch back has no place of its own to come in at, and what lies before it is not done again. */
static void loop_once(void)
{
	struct tiered t;
	slot arg = 4, result = 0;

	tiered_begin(&t, TIER_INTERP, MCODE_FILE);
	enum outcome o = ctx_begin(t.w.c, world_func(t.in, "once"), &arg);
	tiers_set(t.w.st, TIER_BASELINE);
	while (o == OUT_STOP)
		o = ctx_resume(t.w.c, RUN_FAST);
	ctx_results(t.w.c, &result);
	CHECK(o == OUT_DONE && result == 50, "a loop that never goes round, reached by a frame that is interpreted: %d",
		(int)result);
	tiered_end(&t);
}

/* ---- off under live frames ------------------------------------------------------------------- */

static unsigned breaks;

static bool at_break(void *user, struct ctx *c, struct func *f, uint32_t offset)
{
	(void)user, (void)c, (void)f, (void)offset;
	breaks++;
	return false;
}

static void put_break(struct tiered *t)
{
	struct body *b = body_of(t, "outer");
	struct err e = { 0 };

	code_patch(b, last_cell(b), &e);
}

/* A host function puts a break cell into the caller of its caller, both of them compiled and waiting. */
static void break_below_host(void)
{
	struct dbg_hooks hooks = { .at_break = at_break };
	struct tiered t;

	tiered_begin(&t, TIER_BASELINE, MCODE_FILE);
	t.w.c->hooks = &hooks;
	CHECK(call(&t, "outer", 0) == 7 && breaks == 0 && runs_compiled(&t, "outer"), "it runs compiled");
	t.host = put_break;
	CHECK(call(&t, "outer", 0) == 7 && breaks == 1, "a break cell that came meanwhile is reached");
	t.host = NULL;
	CHECK(!runs_compiled(&t, "outer") && call(&t, "outer", 0) == 7 && breaks == 2, "and the next time");
	code_unpatch(body_of(&t, "outer"), last_cell(body_of(&t, "outer")));
	CHECK(runs_compiled(&t, "outer") && call(&t, "outer", 0) == 7 && breaks == 2, "without it compiled code runs again");
	tiered_end(&t);
}

static void lower_all(struct tiered *t)
{
	tier_lower_frames(t->w.c, NULL);
}

static void calls_in(struct tiered *t)
{
	void (*host)(struct tiered *t) = t->host;
	slot arg = 4, result = 0;

	t->host = put_break;
	world_call(&t->w, t->in, "outer", &arg, &result);
	t->host = host;
}

static void frames_change(void)
{
	struct dbg_hooks hooks = { .at_break = at_break };
	struct tiered t;

	breaks = 0;
	tiered_begin(&t, TIER_BASELINE, MCODE_FILE);
	t.w.c->hooks = &hooks;
	t.host = lower_all;
	CHECK(call(&t, "outer", 0) == 7, "frames below the host go on interpreted");
	t.host = calls_in;
	CHECK(call(&t, "outer", 0) == 7 && breaks == 2, "a break cell put in a call within is reached in both");
	tiered_end(&t);
}

/* ---- a compiler that does not want to --------------------------------------------------------- */

static bool refuse(void *user, struct body *b, struct native_output *out, struct err *e)
{
	unsigned *asked = user;

	(void)b;
	(*asked)++;
	out->cells = calloc(1, sizeof *out->cells);     /* half filled in */
	return err_set(e, E_UNSUPPORTED, place_none(), "not this one");
}

static void refused(void)
{
	unsigned asked = 0;
	const struct tier_compiler compiler = { .compile = refuse, .user = &asked };
	struct world w = world_new();
	slot arg = 5, result = 0;

	tiers_init(w.st, &compiler);
	tiers_set(w.st, TIER_BASELINE);
	struct instance *in = world_load(&w, "(module (func (export \"f\") (param i32) (result i32) (loop $l"
		"  (br_if $l (local.tee 0 (i32.sub (local.get 0) (i32.const 1))))) (i32.const 3)))");
	CHECK(world_call(&w, in, "f", &arg, &result) == OUT_DONE && result == 3, "what a compiler refuses is interpreted");
	world_call(&w, in, "f", &arg, &result);
	CHECK(asked == 1, "it is asked once: %u", asked);
	world_free(&w);
}

int main(void)
{
	memory_of(MCODE_FILE, "a file");
	memory_of(MCODE_PAGES, "pages");
	denied();
	faults();
	results(TIER_BASELINE, "baseline");
	results(TIER_AUTO, "auto");
	threshold();
	loop_once();
	break_below_host();
	frames_change();
	refused();
	return tap_done();
}
