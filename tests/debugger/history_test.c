/*
 * History: whatever a program does, going to a step gives exactly the state that running there gives. The program below
 * stores into two memories, grows them, makes objects and exceptions, drops segments, fills tables, recurses, and
 * calls a host that writes, never answers twice alike and calls back.
 *
 * HISTORY_STEPS=N and HISTORY_GOTOS=N make the run longer: docs/verification.md has the long one.
 */
#include <stdlib.h>
#include <time.h>

#include "debugger/dbg.h"
#include "debugger/history.h"
#include "debugger/reverse.h"
#include "engine/moment.h"
#include "tests/debugger/debugged.h"
#include "tests/harness/tap.h"

static const char text[] =
	"(module $m\n"
	"  (import \"env\" \"host\" (func $host (param i32) (result i32)))\n"
	"  (type $pair (struct (field (mut i32)) (field (mut (ref null $pair)))))\n"
	"  (type $op (func (param i32) (result i32)))\n"
	"  (tag $odd (param i32))\n"
	"  (memory $m (export \"m\") 1 30) (memory $k 1 1)\n"
	"  (global $sum (mut i64) (i64.const 0)) (global $list (mut (ref null $pair)) (ref.null $pair))\n"
	"  (table $ops 2 40 funcref) (elem $inc (i32.const 0) func $add1 $add3) (elem $more func $add3)\n"
	"  (data $bytes \"0123456789abcdef\")\n"
	"  (func $add1 (type $op) (i32.add (local.get 0) (i32.const 1)))\n"
	"  (func $add3 (type $op) (i32.add (local.get 0) (i32.const 3)))\n"
	"  (func $fib (param $n i32) (result i32)\n"
	"    (if (result i32) (i32.lt_u (local.get $n) (i32.const 2)) (then (local.get $n))\n"
	"      (else (i32.add (call $fib (i32.sub (local.get $n) (i32.const 1))) (call $fib (i32.sub (local.get $n) (i32.const 2)))))))\n"
	"  (func $back (export \"back\") (param $x i32) (result i32) (local $i i32)\n"
	"    (loop $l (global.set $sum (i64.add (global.get $sum) (i64.extend_i32_u (local.get $x))))\n"
	"      (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 20))))\n"
	"    (call $host (i32.const 1)))\n"
	"  (func $catch (param $x i32) (result i32)\n"
	"    (block $h (result i32)\n"
	"      (try_table (catch $odd $h)\n"
	"        (if (i32.and (local.get $x) (i32.const 1)) (then (throw $odd (local.get $x)))))\n"
	"      (i32.const 7)))\n"
	"  (func $seldom (param $x i32) (param $i i32) (result i32)\n"
	"    (drop (memory.grow $m (i32.const 1)))\n"
	"    (drop (table.grow $ops (ref.func $add1) (i32.const 1)))\n"
	"    (if (i32.eq (local.get $i) (i32.const 4096)) (then\n"
	"      (memory.init $bytes (i32.const 100) (i32.const 2) (i32.const 9)) (data.drop $bytes)\n"
	"      (table.init $ops $more (i32.const 1) (i32.const 0) (i32.const 1)) (elem.drop $more)))\n"
	"    (table.set $ops (i32.and (local.get $x) (i32.const 1)) (ref.func $add3))\n"
	"    (memory.fill $m (i32.and (local.get $x) (i32.const 0x7fff)) (local.get $x) (i32.const 5000))\n"
	"    (call $fib (i32.const 9)))\n"
	"  (func $main (export \"main\") (param $n i32) (result i32) (local $i i32) (local $x i32)\n"
	"    (loop $l\n"
	"      (local.set $x (i32.add (i32.mul (local.get $x) (i32.const 1664525)) (i32.const 1013904223)))\n"
	"      (i32.store (i32.and (local.get $x) (i32.const 0xfffc)) (local.get $i))\n"
	"      (i32.store8 $k (i32.shr_u (local.get $x) (i32.const 16)) (local.get $i))\n"
	"      (if (i32.eqz (i32.and (local.get $i) (i32.const 63))) (then\n"
	"        (local.set $x (call_indirect $ops (type $op) (local.get $x) (i32.and (local.get $i) (i32.const 1))))\n"
	"        (global.set $list (struct.new $pair (local.get $x) (global.get $list)))))\n"
	"      (if (i32.eqz (i32.and (local.get $i) (i32.const 255))) (then\n"
	"        (local.set $x (i32.xor (local.get $x) (call $host (i32.const 0))))\n"
	"        (local.set $x (i32.add (local.get $x) (call $catch (local.get $x))))))\n"
	"      (if (i32.eqz (i32.and (local.get $i) (i32.const 0x3fff))) (then (global.set $list (ref.null $pair))))\n"
	"      (if (i32.eqz (i32.and (local.get $i) (i32.const 4095))) (then\n"
	"        (local.set $x (i32.add (local.get $x) (call $seldom (local.get $x) (local.get $i))))))\n"
	"      (local.set $i (i32.add (local.get $i) (i32.const 1)))\n"
	"      (br_if $l (i32.lt_u (local.get $i) (local.get $n))))\n"
	"    (local.get $x)))\n";

struct world {
	struct debugged g;
	struct instance *in;
	uint32_t calls;                 /* of the host */
};

/* env.host: another number each time, written to memory, too; now and then it calls back. */
static enum outcome host(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	struct world *w = f->user;
	struct memory *m = ctx_caller_memory(c);
	struct extern_ref back;
	slot arg = w->calls * 77, kind = args[0];
	uint32_t value = ++w->calls * 2654435761u;

	mem_will_write(m, 256 + value % 512, 4);
	memcpy(m->base + 256 + value % 512, &value, 4);
	results[0] = value;
	if (kind == 0 && w->calls % 8 == 0) {
		instance_export(w->in, STR("back"), &back);
		enum outcome how = ctx_call(c, back.as.func, &arg, results);
		mem_will_write(m, 1024, 4);
		memcpy(m->base + 1024, &w->calls, 4);
		return how;
	}
	return OUT_DONE;
}

static bool resolve(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	struct world *w = user;

	out->kind = EXTERN_FUNC;
	out->as.func = func_new_host(w->g.store, m->funcs[i->index].type, host, w, "env", "host", e);
	return out->as.func != NULL;
}

static bool world_make(struct world *w, enum record_when when, struct err *e)
{
	struct store_limits limits = store_limits_default();
	enum outcome how;

	*w = (struct world){ 0 };
	limits.max_memory = 12 << 16;   /* so that growing fails after a while */
	if (!debugged_make(&w->g, text, &limits, w, e))
		return false;
	w->g.dbg->history->when = when;
	w->in = instance_new(w->g.store, w->g.ctx, w->g.module, resolve, w, &how, e);
	return w->in;
}

static void begin(struct world *w, slot n)
{
	struct extern_ref x;

	instance_export(w->in, STR("main"), &x);
	ctx_begin(w->g.ctx, x.as.func, &n);
	ctx_start_clock(w->g.ctx);
	dbg_begun(w->g.dbg, w->g.ctx->depth);
	history_begun(w->g.dbg->history, 0);
	dbg_entered(w->g.dbg);
}

static uint64_t number(const char *name, uint64_t otherwise)
{
	const char *text_of = getenv(name);

	return text_of ? strtoull(text_of, NULL, 10) : otherwise;
}

static uint64_t random_below(uint64_t *seed, uint64_t n)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return (*seed >> 20) % n;
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

struct point {
	uint64_t step, hash;
};

static int by_step(const void *a, const void *b)
{
	const struct point *x = a, *y = b;

	return x->step < y->step ? -1 : x->step > y->step;
}

/* The states at random steps, by running there with fuel and no recording. */
static bool run_forward(struct point *p, size_t n, slot iterations)
{
	struct err e = { 0 };
	struct world w;

	if (!world_make(&w, RECORD_OFF, &e))
		return false;
	begin(&w, iterations);
	for (size_t i = 0; i < n; i++) {
		uint64_t now = ctx_clock(w.g.ctx);
		if (p[i].step > now) {
			ctx_set_fuel(w.g.ctx, (int64_t)(p[i].step - now));
			if (ctx_resume(w.g.ctx, RUN_FAST) != OUT_FUEL)
				return false;
		}
		p[i].hash = moment_hash(w.g.ctx);
	}
	debugged_free(&w.g);
	return true;
}

/* Steps in calls by host functions are not visited, but the one before. */
static void random_points(struct point *p, size_t n, uint64_t steps, const struct history *h)
{
	uint64_t seed = 42;

	for (size_t i = 0; i < n; i++)
		p[i].step = recorder_outside(&h->recorder, random_below(&seed, steps));
	qsort(p, n, sizeof *p, by_step);
}

static void shuffle(struct point *p, size_t n)
{
	uint64_t seed = 7;

	for (size_t i = n; i > 1; i--) {
		size_t k = random_below(&seed, i);
		struct point t = p[i - 1];
		p[i - 1] = p[k];
		p[k] = t;
	}
}

static void test_random_gotos(void)
{
	uint64_t steps = number("HISTORY_STEPS", 1000000), n = number("HISTORY_GOTOS", 200), wrong = 0;
	struct point *p = calloc(n, sizeof *p);
	double worst = 0, worst_back = 0;
	struct err e = { 0 };
	struct world w;

	if (!CHECK(p && world_make(&w, RECORD_ON, &e), "a program that does everything"))
		return;
	struct history *h = w.g.dbg->history;
	slot iterations = UINT32_MAX;
	begin(&w, iterations);
	enum outcome how;
	CHECK(reverse_goto(w.g.dbg, steps, &how, &e) && how == OUT_STOP && ctx_clock(w.g.ctx) == steps, "%llu steps were run",
		(unsigned long long)steps);
	uint64_t end_hash = moment_hash(w.g.ctx);
	uint32_t calls = w.calls;
	random_points(p, n, steps, h);
	CHECK(run_forward(p, n, iterations), "the same, without recording");
	shuffle(p, n);
	for (uint64_t i = 0; i < n; i++) {
		double start = seconds();
		if (!reverse_goto(w.g.dbg, p[i].step, &how, &e)) {
			tap_note("goto %llu: %s", (unsigned long long)p[i].step, e.message);
			err_clear(&e);
		}
		double took = seconds() - start;
		worst = took > worst ? took : worst;
		if (ctx_clock(w.g.ctx) != p[i].step || moment_hash(w.g.ctx) != p[i].hash)
			wrong++;
		if (p[i].step < 10)
			continue;
		start = seconds();
		reverse_step(w.g.dbg, GRAIN_WASM, false, 1, &e);
		took = seconds() - start;
		worst_back = took > worst_back ? took : worst_back;
	}
	CHECK(wrong == 0, "%llu random gotos give the state of forward execution", (unsigned long long)n);
	CHECK(worst < 1.0, "the slowest took %.0f ms", worst * 1000);
	CHECK(worst_back < 0.5, "the slowest step back took %.1f ms", worst_back * 1000);
	CHECK(w.calls == calls, "the host was not called meanwhile");
	CHECK(reverse_goto(w.g.dbg, steps, &how, &e) && moment_hash(w.g.ctx) == end_hash && !h->past, "and back to the live end");
	CHECK(h->recorder.tape.bytes.size < 64u << 20, "%zu bytes of log, %llu of snapshots, %zu snapshots", h->recorder.tape.bytes.size,
		(unsigned long long)h->bytes, h->marks.count);
	history_stop(h);
	CHECK(h->bytes == 0, "nothing is left of the snapshots");
	debugged_free(&w.g);
	free(p);
}

/* A recording in which any byte was changed, or that is cut off anywhere, is an error with a place and nothing worse. */
static void test_damage(void)
{
	struct replay_head head = { .module = 5, .call = "main(3)", .steps = 9, .outcome = OUT_EXIT, .status = 3 };
	struct recorder r = { 0 }, again = { 0 };
	struct tape_write writes[] = { { 1, 64, 4, (const uint8_t *)"abcd" }, { 1, 70000, 1, (const uint8_t *)"x" } };
	slot slots[] = { 0, UINT64_MAX, 1u << 31 };
	struct buf b = { 0 };
	struct err e = { 0 };
	unsigned missed = 0;

	struct recorder_func f = { NULL, strdup("env"), strdup("host") };
	vec_push(&r.funcs, f);
	tape_write_entry(&r.tape, &r.place, &(struct tape_entry){ .kind = TAPE_CALL, .clock = 7, .nslots = 3, .slots = slots,
		.nwrites = 2, .writes = writes });
	tape_write_entry(&r.tape, &r.place, &(struct tape_entry){ .kind = TAPE_REFUSED, .number = 2 });
	tape_write_entry(&r.tape, &r.place, &(struct tape_entry){ .kind = TAPE_CALL_IN, .instance = 1, .func = 3, .nslots = 1,
		.slots = slots + 1 });
	tape_write_entry(&r.tape, &r.place, &(struct tape_entry){ .kind = TAPE_CALL, .clock = 500, .outcome = OUT_TRAP,
		.number = TRAP_HOST, .message = STR("broken") });
	bool written = replay_write(&r, &head, &b, &e);
	CHECK(written && replay_read(&again, &head, b.data, b.size, &e) && again.tape.entries == 4,
		"a recording of %zu bytes is read again", b.size);
	for (size_t i = 0; i < b.size; i++)
		for (int bit = 0; bit < 8; bit++) {
			b.data[i] ^= (char)(1 << bit);
			err_clear(&e);
			missed += replay_read(&again, &head, b.data, b.size, &e) || e.code != E_RECORDING;
			b.data[i] ^= (char)(1 << bit);
		}
	for (size_t n = 0; n < b.size; n++) {
		err_clear(&e);
		missed += replay_read(&again, &head, b.data, n, &e) || e.code != E_RECORDING;
	}
	CHECK(missed == 0, "each changed bit and each missing end is an error");
	recorder_free(&again);
	recorder_free(&r);
	buf_free(&b);
}

int main(void)
{
	test_damage();
	test_random_gotos();
	return tap_done();
}
