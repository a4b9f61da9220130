/* Threads that a guest starts: host functions in them, how they end, views of the store. */
#include <pthread.h>
#include <stdatomic.h>
#include <time.h>

#include "tests/api/guest.h"

static const char text[] = "(module $t"
	"(import \"env\" \"memory\" (memory 1 1 shared))"
	"(import \"wasi\" \"thread-spawn\" (func $spawn (param i32) (result i32)))"
	"(import \"env\" \"visit\" (func $visit (param i32) (result i32)))"
	"(func $worker (export \"wasi_thread_start\") (param i32 i32)"
	"  (drop (i32.atomic.rmw.add (i32.const 4) (call $visit (local.get 1))))"
	"  (drop (i32.atomic.rmw.add (i32.const 0) (i32.const 1)))"
	"  (drop (memory.atomic.notify (i32.const 0) (i32.const -1))))"
	"(func (export \"back\") (param i32) (result i32) (i32.mul (local.get 0) (i32.const 10)))"
	/* start N threads with the number K, wait for them, give the sum */
	"(func (export \"go\") (param $n i32) (param $k i32) (result i32) (local $i i32) (local $seen i32)"
	"  (i32.atomic.store (i32.const 0) (i32.const 0)) (i32.atomic.store (i32.const 4) (i32.const 0))"
	"  (loop $more"
	"    (if (i32.le_s (call $spawn (local.get $k)) (i32.const 0)) (then (return (i32.const -1))))"
	"    (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (local.get $n))))"
	"  (loop $wait"
	"    (if (i32.lt_u (local.tee $seen (i32.atomic.load (i32.const 0))) (local.get $n))"
	"      (then (drop (memory.atomic.wait32 (i32.const 0) (local.get $seen) (i64.const -1))) (br $wait))))"
	"  (i32.atomic.load (i32.const 4)))"
	/* start one and leave it */
	"(func (export \"leave\") (result i32) (call $spawn (i32.const 5))))";

enum { GIVE = 1, BACK, TRAP, EXIT, WAIT, THROW, LOAD };

struct host {
	struct wr_store *store;         /* of the outermost calls */
	struct wr_instance *instance;
	struct wr_tag *tag;
	struct wr_module *empty;
	atomic_uint visits, others;     /* others: with another view than that */
	bool refused;                   /* a view instantiated nothing */
};

static enum wr_outcome visit(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	struct host *h = user;
	struct wr_value seven = wr_i32(7);
	struct wr_error e;

	atomic_fetch_add(&h->visits, 1);
	if (st != h->store && wr_store_user(st) == h)
		atomic_fetch_add(&h->others, 1);
	switch (args[0].of.i32) {
	case BACK:
		return wr_call(st, wr_instance_func(h->instance, "back"), &seven, 1, results, 1, &e);
	case TRAP:
		return wr_trap(st, "visited");
	case EXIT:
		return wr_exit(st, 41);
	case WAIT:
		return wr_store_wait(st, -1, 0, -1, NULL);
	case THROW:
		return wr_throw(st, h->tag, &seven, 1);
	case LOAD:
		wr_store_free(st);
		h->refused = !wr_instance_new(st, h->empty, NULL, 0, NULL, &e) && e.error_class == WR_CLASS_USAGE;
		break;
	}
	results[0] = wr_i32(1);
	return WR_DONE;
}

static int32_t go(struct guest *g, struct wr_instance *in, int32_t n, int32_t k)
{
	struct wr_value a[2] = { wr_i32(n), wr_i32(k) }, r = wr_i32(-2);

	guest_call(g, in, "go", a, 2, &r, 1);
	return r.of.i32;
}

static struct guest begin(struct host *h, bool threads)
{
	static const wr_type one[1] = { WR_I32 };
	static const struct wr_func_type unary = { one, one, 1, 1, 0 }, payload = { one, NULL, 1, 0, 0 };
	const struct wr_limits shared = { .min = 1, .max = 1, .has_max = true, .shared = true };
	struct guest g = guest_new(NULL);
	struct wr_extern m = { .kind = WR_MEMORY };
	struct wr_wasi_config config;

	wr_wasi_config_init(&config);
	config.threads = threads;
	m.of.memory = wr_memory_new(g.store, shared, 65536, &g.e);
	wr_linker_define(g.linker, "env", "memory", m, &g.e);
	wr_linker_define_func(g.linker, "env", "visit", &unary, visit, h, &g.e);
	wr_linker_define_wasi(g.linker, &config, &g.e);
	*h = (struct host){ .store = g.store, .instance = guest_load(&g, text), .tag = wr_tag_new(g.store, &payload, &g.e) };
	h->empty = wr_module_load(g.engine, NULL, "(module)", 8, &g.e);
	wr_store_set_user(g.store, h);
	return g;
}

static void *interrupt_soon(void *store)
{
	const struct timespec t = { 0, 50000000 };

	nanosleep(&t, NULL);
	wr_store_interrupt(store);
	return NULL;
}

static void ends(struct guest *g, struct host *h)
{
	struct wr_frame f;
	struct wr_trap t;
	struct wr_value v;
	char b[300];

	go(g, h->instance, 3, TRAP);
	CHECK(g->how == WR_TRAPPED && wr_store_trap(g->store, &t) && strcmp(t.message, "visited") == 0, "a trap in a thread is the call's: %s", t.message);
	CHECK(wr_store_frame(g->store, 0, &f) && f.host && wr_store_frame(g->store, 1, &f) && strcmp(f.name, "$worker") == 0, "  with its frames: %s", f.name);
	wr_store_describe(g->store, g->how, b, sizeof b);
	CHECK(strstr(b, "visited") && strstr(b, "$worker"), "  as text");
	go(g, h->instance, 2, EXIT);
	CHECK(g->how == WR_EXITED && wr_store_exit_status(g->store) == 41, "an exit, too");
	go(g, h->instance, 2, THROW);
	CHECK(g->how == WR_EXCEPTION && wr_store_exception(g->store) == h->tag && wr_store_exception_value(g->store, 0, &v) &&
		v.of.i32 == 7, "an exception, too");
	CHECK(go(g, h->instance, 4, GIVE) == 4 && g->how == WR_DONE, "afterwards all is well");
	CHECK(guest_i32(g, h->instance, "leave", 0, 0) > 0 && g->how == WR_DONE, "a call that leaves a thread waiting ends it");
	wr_store_set_timeout(g->store, 50000000);
	go(g, h->instance, 2, WAIT);
	CHECK(g->how == WR_TIMEOUT, "a deadline ends all");
	wr_store_set_timeout(g->store, 0);
	pthread_t other;
	pthread_create(&other, NULL, interrupt_soon, g->store);
	go(g, h->instance, 2, WAIT);
	pthread_join(other, NULL);
	CHECK(g->how == WR_INTERRUPTED, "an interrupt, too");
	CHECK(go(g, h->instance, 4, GIVE) == 4 && g->how == WR_DONE, "  once");
}

int main(void)
{
	struct host h;
	struct guest g = begin(&h, true);

	CHECK(h.instance, "a module that starts threads: %s", g.e.message);
	CHECK(go(&g, h.instance, 8, GIVE) == 8 && g.how == WR_DONE, "eight threads call a host function");
	CHECK(atomic_load(&h.visits) == 8 && atomic_load(&h.others) == 8, "  each with a store of its own");
	CHECK(go(&g, h.instance, 4, BACK) == 280, "it calls back in");
	CHECK(go(&g, h.instance, 1, LOAD) == 1 && h.refused, "a view frees and instantiates nothing");
	ends(&g, &h);
	wr_module_free(h.empty);
	guest_free(&g);
	g = begin(&h, false);
	CHECK(go(&g, h.instance, 1, GIVE) == -1, "without being granted there are none");
	wr_module_free(h.empty);
	guest_free(&g);
	return tap_done();
}
