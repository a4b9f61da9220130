/* Limits: fuel, time, memory, tables, stack, interrupts - in calls, in start functions, through host frames. */
#include <pthread.h>
#include <time.h>

#include "tests/api/guest.h"

static const uint64_t ms = 1000000;
static const wr_type one_i32[1] = { WR_I32 };
static const struct wr_func_type i32_to_i32 = { one_i32, one_i32, 1, 1, 0 };

static const char *const loops =
	"(module (func (export \"forever\") (loop (br 0)))"
	"  (func (export \"three\") (result i32) (i32.add (i32.const 1) (i32.const 2)))"
	"  (func $deep (export \"deep\") (call $deep)))";

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- fuel and clock -------------------------------------------------------------------------- */

static void fuel(void)
{
	struct guest g = guest_new(NULL);
	struct wr_instance *in = guest_load(&g, loops);

	CHECK(wr_store_fuel(g.store) == WR_NO_LIMIT && wr_store_clock(g.store) == 0, "at first there is no limit and no clock");
	wr_store_set_fuel(g.store, 1000);
	CHECK(guest_i32(&g, in, "three", 0, 0) == 3, "a call with fuel");
	uint64_t used = 1000 - wr_store_fuel(g.store);
	CHECK(used == 3 && wr_store_clock(g.store) == 3, "  three instructions: %llu", (unsigned long long)used);
	CHECK(guest_run(&g, in, "forever") == WR_OUT_OF_FUEL && wr_store_fuel(g.store) == 0, "a loop uses it up");
	guest_i32(&g, in, "three", 0, 0);
	CHECK(g.how == WR_OUT_OF_FUEL, "  then nothing runs");
	wr_store_set_fuel(g.store, 3);
	CHECK(guest_i32(&g, in, "three", 0, 0) == 3, "exactly as much as is needed");
	wr_store_set_fuel(g.store, 2);
	guest_i32(&g, in, "three", 0, 0);
	CHECK(g.how == WR_OUT_OF_FUEL, "  and one less");
	wr_store_set_fuel(g.store, WR_NO_LIMIT);
	CHECK(guest_i32(&g, in, "three", 0, 0) == 3 && wr_store_fuel(g.store) == WR_NO_LIMIT, "no limit again");
	guest_free(&g);
	g = guest_new(NULL);
	in = guest_load(&g, loops);
	wr_store_start_clock(g.store);
	guest_i32(&g, in, "three", 0, 0);
	CHECK(wr_store_clock(g.store) == 3, "the clock alone");
	guest_free(&g);
}

static void fuel_in_start(void)
{
	struct guest g = guest_new(NULL);

	wr_store_set_fuel(g.store, 10000);
	struct wr_instance *in = guest_try(&g, "(module (func $s (loop (br 0))) (start $s))");
	CHECK(!in && g.how == WR_OUT_OF_FUEL && g.e.error_class == WR_CLASS_LINK, "fuel in a start function: %s", g.e.message);
	guest_free(&g);
}

/* ---- time ------------------------------------------------------------------------------------ */

static void timeouts(void)
{
	struct guest g = guest_new(NULL);
	struct wr_instance *in = guest_load(&g, loops);

	wr_store_set_timeout(g.store, 50 * ms);
	int64_t start = now_ms();
	CHECK(guest_run(&g, in, "forever") == WR_TIMEOUT, "a loop ends in time");
	CHECK(now_ms() - start < 1000, "  after %lld ms", (long long)(now_ms() - start));
	CHECK(guest_i32(&g, in, "three", 0, 0) == 3, "  the next call has its own time");
	CHECK(!guest_try(&g, "(module (func $s (loop (br 0))) (start $s))") && g.how == WR_TIMEOUT, "in a start function");
	wr_store_set_timeout(g.store, 0);
	guest_free(&g);
}

struct waits {
	struct wr_instance *in;
	bool swallow;
	enum wr_outcome seen;
};

/* Waits for a minute, or calls "forever", and may say that all is well. */
static enum wr_outcome host_wait(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct waits *w = user;

	w->seen = args[0].of.i32 == 0 ? wr_store_wait(st, -1, 0, 60000 * (int64_t)ms, NULL)
		: args[0].of.i32 == 1 ? wr_call(st, wr_instance_func(w->in, "forever"), NULL, 0, NULL, 0, NULL) : WR_DONE;
	while (args[0].of.i32 == 2 && (w->seen = wr_store_check(st)) == WR_DONE)
		;
	return w->swallow ? WR_DONE : w->seen;
}

static void waits(void)
{
	struct guest g = guest_new(NULL);
	struct waits w = { 0 };
	static const char *const what[] = { "waits", "calls the guest", "computes" };

	wr_linker_define_func(g.linker, "host", "wait", &i32_to_i32, host_wait, &w, NULL);
	w.in = guest_load(&g, "(module (import \"host\" \"wait\" (func $w (param i32) (result i32)))"
		"(func (export \"forever\") (loop (br 0)))"
		"(export \"host\" (func $w))"
		"(func (export \"f\") (param i32) (result i32) (drop (call $w (local.get 0))) (loop (br 0)) (i32.const 1)))");
	wr_store_set_timeout(g.store, 30 * ms);
	for (int i = 0; i < 3; i++)
		for (int swallow = 0; swallow < 2; swallow++) {
			w.swallow = swallow;
			guest_i32(&g, w.in, "f", 1, i);
			CHECK(g.how == WR_TIMEOUT && w.seen == WR_TIMEOUT, "time is up while a host function %s%s", what[i],
				swallow ? ", though it says all is well" : "");
		}
	w.swallow = false;
	guest_i32(&g, w.in, "host", 1, 0);
	CHECK(g.how == WR_TIMEOUT, "  also when the host called it");
	guest_free(&g);
}

/* ---- interrupts ------------------------------------------------------------------------------ */

static void *interrupt_soon(void *arg)
{
	nanosleep(&(struct timespec){ .tv_nsec = 30 * 1000000 }, NULL);
	wr_store_interrupt(arg);
	return NULL;
}

static void interrupts(void)
{
	struct guest g = guest_new(NULL);
	struct wr_instance *in = guest_load(&g, loops);
	pthread_t t;

	pthread_create(&t, NULL, interrupt_soon, g.store);
	CHECK(guest_run(&g, in, "forever") == WR_INTERRUPTED, "another thread interrupts a loop");
	pthread_join(t, NULL);
	CHECK(guest_i32(&g, in, "three", 0, 0) == 3, "  the next call runs");
	wr_store_interrupt(g.store);
	CHECK(guest_run(&g, in, "forever") == WR_INTERRUPTED, "an interrupt between calls ends the next one");
	pthread_create(&t, NULL, interrupt_soon, g.store);
	CHECK(!guest_try(&g, "(module (func $s (loop (br 0))) (start $s))") && g.how == WR_INTERRUPTED, "in a start function");
	pthread_join(t, NULL);
	wr_store_interrupt(NULL);
	guest_free(&g);
}

/* ---- sizes ----------------------------------------------------------------------------------- */

static void sizes(void)
{
	struct wr_store_limits l;

	wr_store_limits_init(&l);
	CHECK(l.max_memory == WR_NO_LIMIT && l.max_stack == 8 << 20, "the defaults");
	l.max_memory = 4 * 65536;
	l.max_table_elements = 100;
	l.max_stack = 64 << 10;
	struct guest g = guest_new(&l);
	CHECK(!guest_try(&g, "(module (memory 5))") && g.how == WR_ERROR && g.e.error_class == WR_CLASS_LIMIT,
		"a memory above the limit: %s", g.e.message);
	CHECK(!guest_try(&g, "(module (table 101 funcref))") && g.e.error_class == WR_CLASS_LIMIT, "a table above it: %s", g.e.message);
	struct wr_instance *in = guest_load(&g, "(module (memory 1) (table 10 funcref)"
		"(func (export \"grow\") (param i32) (result i32) (memory.grow (local.get 0)))"
		"(func (export \"tgrow\") (param i32) (result i32) (table.grow (ref.null func) (local.get 0)))"
		"(func $deep (export \"deep\") (param i32) (result i32) (call $deep (local.get 0))))");
	CHECK(guest_i32(&g, in, "grow", 1, 4) == -1 && guest_i32(&g, in, "grow", 1, 3) == 1, "growing up to the limit");
	CHECK(wr_store_memory_bytes(g.store) == 4 * 65536, "  as it is counted");
	CHECK(guest_i32(&g, in, "tgrow", 1, 91) == -1 && guest_i32(&g, in, "tgrow", 1, 90) == 10, "tables, too");
	CHECK(wr_store_table_elements(g.store) == 100, "  as they are counted");
	CHECK(!wr_memory_new(g.store, (struct wr_limits){ .min = 1 }, 65536, &g.e) && g.e.error_class == WR_CLASS_LIMIT,
		"a memory of the host counts");
	struct wr_trap t;
	guest_i32(&g, in, "deep", 1, 0);
	CHECK(g.how == WR_TRAPPED && wr_store_trap(g.store, &t) && strcmp(t.code, "stack") == 0, "the stack has an end");
	CHECK(wr_store_frame_count(g.store) == 64, "  and the innermost frames are there");
	guest_free(&g);
}

static void heaps(void)
{
	struct wr_store_limits l;
	struct wr_trap t;

	wr_store_limits_init(&l);
	for (int i = 0; i < 2; i++) {
		l.max_heap = i ? 1 << 20 : 0;
		struct guest g = guest_new(&l);
		struct wr_instance *in = guest_load(&g, "(module (type $l (struct (field (ref null $l))))"
			"(func (export \"fill\") (local $x (ref null $l))"
			"  (loop (local.set $x (struct.new $l (local.get $x))) (br 0))))");
		guest_run(&g, in, "fill");
		CHECK(g.how == WR_TRAPPED && wr_store_trap(g.store, &t) && strcmp(t.words, "out of memory") == 0,
			"objects have an end with a heap of %llu bytes", (unsigned long long)l.max_heap);
		guest_free(&g);
	}
}

int main(void)
{
	fuel();
	fuel_in_start();
	timeouts();
	waits();
	interrupts();
	sizes();
	heaps();
	return tap_done();
}
