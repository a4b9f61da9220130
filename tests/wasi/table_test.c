/* The table of functions, errors and rights; bad pointers in every argument; arguments, clocks, random, process. */
#include "tests/wasi/guest.h"

static unsigned count_args(const char *args)
{
	unsigned n = 0;

	for (const char *p = args; *p; ) {
		size_t word = strcspn(p, " ");
		bool two = word > 4 && (!strncmp(p + word - 4, ":str", 4) || !strncmp(p + word - 4, ":vec", 4));

		n += two ? 2 : 1;
		p += word + (p[word] == ' ');
	}
	return n;
}

static void test_table(struct guest *g)
{
	unsigned now = 0, old = 0, decoded = 0;

	for (unsigned i = 0; i < WASI_FUNCS; i++) {
		const struct wasi_row *row = wasi_row_at(i);
		struct func *f = guest_func(g, "wasi_snapshot_preview1", row->name);

		now += f && wasi_row_of(f) == row && f == guest_func(g, "wasi_snapshot_preview1", row->name);
		old += guest_func(g, "wasi_unstable", row->name) != NULL;
		decoded += count_args(row->args) == strcspn(row->sig, ":");
	}
	CHECK(now == 46, "all 46 functions are there, each made once: %u", now);
	CHECK(old == 45, "wasi_unstable has all but sock_accept: %u", old);
	CHECK(decoded == 46, "every row names each of its arguments: %u", decoded);
	CHECK(!guest_func(g, "wasi_snapshot_preview1", "fd_dup"), "an unknown name is not given");
	CHECK(!guest_func(g, "env", "fd_read"), "another module is not given");
	CHECK(wasi_errno_of(ENOENT) == WE_NOENT && wasi_errno_of(0) == WE_IO && wasi_errno_of(99999) == WE_IO,
		"errors of the host are mapped");
	CHECK(WE_COUNT == 77 && WE_NOTCAPABLE == 76 && WE_BADF == 8 && WE_INVAL == 28, "error numbers are preview 1's");
	CHECK(RIGHT_COUNT == 30 && RIGHT(PATH_OPEN) == 1 << 13 && RIGHT(SOCK_SHUTDOWN) == 1 << 28, "so are rights");
}

/* No argument makes a function touch what is outside of memory, or succeed at it. */
static void test_bad_pointers(struct guest *g)
{
	static const slot bad[] = { 0xffffffff, 0xfffffff8, 65536, 65535, 65534, 0x80000000 };
	unsigned wrong = 0;

	for (int no_memory = 0; no_memory < 2; no_memory++) {
		g->memory.base = no_memory ? NULL : g->bytes;
		for (unsigned i = 0; i < WASI_FUNCS; i++) {
			const char *name = wasi_row_at(i)->name;

			if (!strcmp(name, "proc_exit") || !strcmp(name, "sched_yield"))
				continue;
			for (unsigned b = 0; b < sizeof bad / sizeof *bad; b++) {
				slot args[9];

				for (int j = 0; j < 9; j++)
					args[j] = bad[b];
				wrong += guest_call(g, name, args) <= 0;
				args[0] = 3;
				if (strncmp(name, "fd_", 3) == 0 && strstr(wasi_row_at(i)->args, "ptr"))
					wrong += guest_call(g, name, args) <= 0;
			}
		}
	}
	g->memory.base = g->bytes;
	CHECK(wrong == 0, "bad pointers are refused by every function: %u were not", wrong);
}

static void test_strings(struct guest *g)
{
	EXPECT(g, WE_SUCCESS, "args_sizes_get", 0, 4);
	CHECK(guest_load(g, 0, 4) == 2 && guest_load(g, 4, 4) == 9, "two arguments of 9 bytes");
	EXPECT(g, WE_SUCCESS, "args_get", 16, 100);
	CHECK(guest_load(g, 16, 4) == 100 && guest_load(g, 20, 4) == 104 && !memcmp(g->bytes + 100, "app\0a bc", 9),
		"arguments and pointers to them");
	EXPECT(g, WE_SUCCESS, "environ_sizes_get", 0, 4);
	CHECK(guest_load(g, 0, 4) == 1 && guest_load(g, 4, 4) == 4, "one variable");
	EXPECT(g, WE_SUCCESS, "environ_get", 16, GUEST_MEMORY - 4);
	CHECK(!memcmp(g->bytes + GUEST_MEMORY - 4, "A=b", 4), "up to the last byte of memory");
	EXPECT(g, WE_FAULT, "environ_get", 16, GUEST_MEMORY - 3);
}

static void test_clocks_random_process(struct guest *g)
{
	for (slot id = 0; id < 4; id++) {
		EXPECT(g, WE_SUCCESS, "clock_res_get", id, 8);
		CHECK(guest_load(g, 8, 8) > 0, "a resolution");
		EXPECT(g, WE_SUCCESS, "clock_time_get", id, 0, 8);
	}
	EXPECT(g, WE_INVAL, "clock_time_get", 4, 0, 8);
	EXPECT(g, WE_SUCCESS, "random_get", 0, GUEST_MEMORY);
	unsigned zeros = 0;
	for (int i = 0; i < GUEST_MEMORY; i++)
		zeros += !g->bytes[i];
	CHECK(zeros < 1000, "random bytes");
	EXPECT(g, WE_SUCCESS, "random_get", GUEST_MEMORY, 0);
	EXPECT(g, WE_SUCCESS, "sched_yield", 0);
	CHECK(CALL(g, "proc_exit", 33) == -1 && g->out == OUT_EXIT && g->ctx.exit_status == 33, "proc_exit ends");
	CHECK(CALL(g, "proc_raise", 6) == -1 && g->out == OUT_EXIT && g->ctx.exit_status == 134, "SIGABRT ends with 134");
	EXPECT(g, WE_SUCCESS, "proc_raise", 16);
	EXPECT(g, WE_INVAL, "proc_raise", 31);
	EXPECT(g, WE_SUCCESS, "proc_raise", 18);
	CHECK(g->asked_to_stop, "SIGSTOP interrupts");
}

static void test_deny(void)
{
	const char *args[] = { "app" }, *env[] = { "A=b" };
	struct wasi_preopen here = { ".", "/", false };
	struct guest *g = guest_new((struct wasi_config){ .args = args, .nargs = 1, .env = env, .nenv = 1,
		.preopens = &here, .npreopens = 1, .stdio = { 0, 1, 2 }, .deny = WASI_DENY_ALL });
	struct wasi_refusal r;
	struct buf b = { 0 };

	EXPECT(g, WE_SUCCESS, "args_sizes_get", 0, 4);
	CHECK(guest_load(g, 0, 4) == 0, "no arguments");
	EXPECT(g, WE_SUCCESS, "environ_sizes_get", 0, 4);
	CHECK(guest_load(g, 0, 4) == 0, "no environment");
	CHECK(!wasi_refused(g->wasi, &r), "nothing was refused so far");
	EXPECT(g, WE_ACCES, "clock_time_get", 0, 0, 8);
	EXPECT(g, WE_ACCES, "random_get", 0, 8);
	EXPECT(g, WE_BADF, "fd_write", 1, guest_iov(g, 0, 1), 1, 8);
	EXPECT(g, WE_BADF, "fd_prestat_get", 3, 8);
	CHECK(wasi_refused(g->wasi, &r) && r.kind == WASI_REFUSED_DENIED && !strcmp(r.what, "clock"), "the first refusal");
	wasi_refusal_print(&r, "app.wasm", &b);
	CHECK(!strcmp(buf_str(&b), "note: the guest was refused: clock (denied)\n"), "its note");
	CHECK(wasi_deny_bits(STR("random")) == WASI_DENY_RANDOM && !wasi_deny_bits(STR("rand")), "words of --deny");
	buf_reset(&b);
	wasi_deny_words(&b);
	CHECK(strstr(buf_str(&b), "args env stdin"), "%s", buf_str(&b));
	buf_free(&b);
	guest_free(g);
}

int main(void)
{
	const char *args[] = { "app", "a bc" }, *env[] = { "A=b" };
	struct wasi_preopen here = { ".", ".", true };
	struct guest *g = guest_new((struct wasi_config){ .args = args, .nargs = 2, .env = env, .nenv = 1,
		.preopens = &here, .npreopens = 1, NO_STDIO });

	test_table(g);
	test_bad_pointers(g);
	test_strings(g);
	test_clocks_random_process(g);
	guest_free(g);
	test_deny();
	return tap_done();
}
