/* Linking: by name and by position, chains of instances, what is missing, WASI. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/api/guest.h"

static const wr_type one_i32[1] = { WR_I32 };
static const struct wr_func_type i32_to_i32 = { one_i32, one_i32, 1, 1, 0 };

static enum wr_outcome twice(struct wr_store *st, void *user, const struct wr_value *args, struct wr_value *results)
{
	results[0] = wr_i32(args[0].of.i32 * *(int *)user);
	return WR_DONE;
}

/* Functions, tables, memories, globals and tags across instances, and through one that only passes them on. */
static void chains(void)
{
	struct guest g = guest_new(NULL);
	int factor = 2;

	wr_linker_define_func(g.linker, "host", "twice", &i32_to_i32, twice, &factor, NULL);
	struct wr_instance *a = guest_load(&g, "(module (import \"host\" \"twice\" (func $t (param i32) (result i32)))"
		"(memory (export \"m\") 1) (table (export \"t\") 4 funcref) (global (export \"g\") (mut i32) (i32.const 5))"
		"(tag (export \"x\") (param i32)) (export \"twice\" (func $t))"
		"(func (export \"f\") (param i32) (result i32) (i32.add (call $t (local.get 0)) (i32.const 1))))");
	CHECK(wr_linker_define_instance(g.linker, "a", a, &g.e), "an instance under a name");
	struct wr_instance *b = guest_load(&g, "(module (import \"a\" \"f\" (func $f (param i32) (result i32)))"
		"(import \"a\" \"m\" (memory 1)) (import \"a\" \"t\" (table 4 funcref)) (import \"a\" \"g\" (global $g (mut i32)))"
		"(import \"a\" \"x\" (tag $x (param i32)))"
		"(func $w (result i32) (global.get $g)) (elem (i32.const 2) $w)"
		"(func (export \"go\") (param i32) (result i32) (global.set $g (local.get 0))"
		"  (i32.store8 (i32.const 9) (call $f (local.get 0))) (i32.load8_u (i32.const 9)))"
		"(func (export \"throw\") (throw $x (i32.const 6)))"
		"(export \"m\" (memory 0)) (export \"t\" (table 0)) (export \"g\" (global $g)) (export \"f\" (func $f)) (export \"x\" (tag $x)))");
	CHECK(guest_i32(&g, b, "go", 1, 10) == 21, "imports of every kind from an instance");
	wr_linker_define_instance(g.linker, "b", b, NULL);
	struct wr_instance *c = guest_load(&g, "(module (import \"b\" \"f\" (func $f (param i32) (result i32)))"
		"(import \"b\" \"m\" (memory 1)) (import \"b\" \"t\" (table 1 funcref)) (import \"b\" \"g\" (global $g (mut i32)))"
		"(import \"b\" \"x\" (tag $x (param i32))) (import \"b\" \"throw\" (func $throw))"
		"(type $w (func (result i32)))"
		"(func (export \"go\") (result i32) (i32.add (i32.load8_u (i32.const 9)) (call_indirect (type $w) (i32.const 2))))"
		"(func (export \"catch\") (result i32) (block $h (result i32) (try_table (catch $x $h) (call $throw)) (i32.const 0))))");
	CHECK(guest_i32(&g, c, "go", 0, 0) == 31, "and through an instance that passes them on");
	CHECK(guest_i32(&g, c, "catch", 0, 0) == 6, "  tags, too");
	CHECK(wr_instance_memory(a, "m") == wr_instance_memory(b, "m") && wr_instance_memory(a, "m"), "  they are the same");
	CHECK(wr_instance_export_count(b) == 7 && !wr_instance_func(b, "m") && !wr_instance_func(NULL, "go"), "exports by kind");
	guest_free(&g);
}

static void missing(void)
{
	struct guest g = guest_new(NULL);
	struct wr_trap t;
	int three = 3, four = 4;

	wr_linker_define_func(g.linker, "m", "f", &i32_to_i32, twice, &three, NULL);
	CHECK(!guest_try(&g, "(module (import \"m\" \"g\" (func)))") && g.how == WR_ERROR && g.e.error_class == WR_CLASS_LINK &&
		strcmp(g.e.code, "unknown-import") == 0, "a missing import: %s", g.e.message);
	CHECK(strstr(g.e.report, "'m' has: f") && strstr(g.e.report, "test.wat"), "  with what there is");
	CHECK(!guest_try(&g, "(module (import \"m\" \"f\" (func)))") && strcmp(g.e.code, "import-type") == 0,
		"an import of another type: %s", g.e.message);
	CHECK(!strstr(g.e.report, "--preload"), "  without advice for a command line");
	wr_linker_stub_missing(g.linker, true);
	struct wr_instance *in = guest_load(&g, "(module (import \"m\" \"h\" (func $h)) (import \"m\" \"f\" (func $f (param i32) (result i32)))"
		"(func (export \"h\") (call $h)) (func (export \"f\") (result i32) (call $f (i32.const 5))))");
	CHECK(guest_i32(&g, in, "f", 0, 0) == 15, "stubs stand in only for what is missing");
	CHECK(guest_run(&g, in, "h") == WR_TRAPPED && wr_store_trap(g.store, &t) && strcmp(t.code, "stub") == 0, "  and trap: %s", t.message);
	CHECK(!guest_try(&g, "(module (import \"m\" \"v\" (memory 1)))"), "  a memory has no stub");
	wr_linker_define_func(g.linker, "m", "f", &i32_to_i32, twice, &four, NULL);
	in = guest_load(&g, "(module (import \"m\" \"f\" (func $f (param i32) (result i32))) (func (export \"f\") (result i32) (call $f (i32.const 5))))");
	CHECK(guest_i32(&g, in, "f", 0, 0) == 20, "the later definition counts");
	guest_free(&g);
}

static void positions(void)
{
	const char *text = "(module (import \"x\" \"a\" (global $a i32)) (import \"x\" \"a\" (global $b i64))"
		"(func (export \"f\") (result i64) (i64.add (global.get $b) (i64.extend_i32_s (global.get $a)))))";
	struct guest g = guest_new(NULL), other = guest_new(NULL);
	struct wr_module *m = wr_module_load(g.engine, NULL, text, strlen(text), &g.e);
	struct wr_extern x[2] = { { .kind = WR_GLOBAL }, { .kind = WR_GLOBAL } }, y;
	struct wr_name name;
	struct wr_value r;

	x[0].of.global = wr_global_new(g.store, WR_I32, false, wr_i32(2), &g.e);
	CHECK(!wr_instance_new(g.store, m, x, 2, &g.how, &g.e) && g.e.error_class == WR_CLASS_USAGE, "a NULL import: %s", g.e.message);
	x[1].of.global = wr_global_new(other.store, WR_I64, false, wr_i64(40), &g.e);
	CHECK(!wr_instance_new(g.store, m, x, 2, &g.how, &g.e), "an import of another store: %s", g.e.message);
	x[1].of.global = wr_global_new(g.store, WR_I64, false, wr_i64(40), &g.e);
	CHECK(!wr_instance_new(g.store, m, x, 1, &g.how, &g.e) && g.e.error_class == WR_CLASS_LINK, "too few: %s", g.e.message);
	struct wr_instance *in = wr_instance_new(g.store, m, x, 2, &g.how, &g.e);
	CHECK(in && g.how == WR_DONE && guest_call(&g, in, "f", NULL, 0, &r, 1) == WR_DONE && r.of.i64 == 42,
		"imports by position, two of one name");
	CHECK(wr_instance_export_at(in, 0, &name, &y) && y.kind == WR_FUNC && name.size == 1 && *name.text == 'f', "exports by number");
	CHECK(!wr_instance_export_at(in, 1, &name, &y), "  and no more");
	CHECK(!wr_instance_new(other.store, m, x, 2, NULL, &g.e) && g.e.error_class == WR_CLASS_USAGE, "a module of another engine");
	CHECK(!wr_instance_new(NULL, m, x, 2, NULL, &g.e) && !wr_linker_instantiate(NULL, m, NULL, NULL), "NULL");
	wr_module_free(m);
	guest_free(&g);
	guest_free(&other);
}

static void failing_starts(void)
{
	struct guest g = guest_new(NULL);
	struct wr_trap t;
	struct wr_instance *a = guest_load(&g, "(module (table (export \"t\") 2 funcref) (type $f (func (result i32)))"
		"(func (export \"f\") (result i32) (call_indirect (type $f) (i32.const 0))))");

	wr_linker_define_instance(g.linker, "a", a, NULL);
	CHECK(!guest_try(&g, "(module (memory 1) (data (i32.const 65535) \"ab\"))") && g.how == WR_TRAPPED &&
		strcmp(g.e.code, "start-failed") == 0, "a data segment that does not fit: %s", g.e.message);
	CHECK(!guest_try(&g, "(module (import \"a\" \"t\" (table 2 funcref)) (func $f (result i32) (i32.const 8)) (elem (i32.const 0) $f)"
		"(func $s unreachable) (start $s))") && g.how == WR_TRAPPED && wr_store_trap(g.store, &t) &&
		strcmp(t.code, "unreachable") == 0, "a start function that traps: %s", g.e.message);
	CHECK(wr_store_frame_count(g.store) == 1, "  with its frame");
	CHECK(guest_i32(&g, a, "f", 0, 0) == 8, "  what it wrote into a table stays callable");
	guest_free(&g);
}

/* ---- WASI ------------------------------------------------------------------------------------ */

/* Prints the first argument and environment, copies a file from the preopened directory, exits with 5. */
static const char *const program =
	"(module"
	" (import \"wasi_snapshot_preview1\" \"args_get\" (func $args (param i32 i32) (result i32)))"
	" (import \"wasi_snapshot_preview1\" \"environ_get\" (func $env (param i32 i32) (result i32)))"
	" (import \"wasi_snapshot_preview1\" \"fd_write\" (func $write (param i32 i32 i32 i32) (result i32)))"
	" (import \"wasi_snapshot_preview1\" \"fd_read\" (func $read (param i32 i32 i32 i32) (result i32)))"
	" (import \"wasi_snapshot_preview1\" \"path_open\" (func $open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))"
	" (import \"wasi_snapshot_preview1\" \"proc_exit\" (func $exit (param i32)))"
	" (memory (export \"memory\") 1) (data (i32.const 0) \"in.txt\")"
	" (func $put (param $at i32) (param $n i32)"
	"  (i32.store (i32.const 16) (local.get $at)) (i32.store (i32.const 20) (local.get $n))"
	"  (drop (call $write (i32.const 1) (i32.const 16) (i32.const 1) (i32.const 24))))"
	" (func (export \"_start\")"
	"  (drop (call $args (i32.const 100) (i32.const 200))) (call $put (i32.load (i32.const 104)) (i32.const 3))"
	"  (drop (call $env (i32.const 100) (i32.const 300))) (call $put (i32.load (i32.const 100)) (i32.const 3))"
	"  (if (call $open (i32.const 3) (i32.const 0) (i32.const 0) (i32.const 6) (i32.const 0) (i64.const 2) (i64.const 0)"
	"    (i32.const 0) (i32.const 28)) (then (call $exit (i32.const 9))))"
	"  (i32.store (i32.const 16) (i32.const 400)) (i32.store (i32.const 20) (i32.const 50))"
	"  (drop (call $read (i32.load (i32.const 28)) (i32.const 16) (i32.const 1) (i32.const 24)))"
	"  (call $put (i32.const 400) (i32.load (i32.const 24)))"
	"  (call $exit (i32.const 5))))";

static void put_file(const char *dir, const char *text)
{
	char path[300];

	snprintf(path, sizeof path, "%s/in.txt", dir);
	FILE *f = fopen(path, "w");
	if (!f)
		return;
	fputs(text, f);
	fclose(f);
}

static void wasi(void)
{
	const char *const args[] = { "prog", "one" }, *const env[] = { "A=1" };
	char dir[] = "/tmp/wrench-api-XXXXXX", got[100] = "";
	struct guest g = guest_new(NULL);
	struct wr_wasi_config c;
	struct wr_preopen here = { NULL, "/", true };
	int out[2];

	here.host = mkdtemp(dir);
	if (!CHECK(here.host && pipe(out) == 0, "a directory and a pipe"))
		return;
	put_file(dir, "from a file");
	wr_wasi_config_init(&c);
	CHECK(c.in == -1 && c.out == -1 && c.err == -1 && !c.nargs, "at first nothing is granted");
	c.args = args, c.nargs = 2, c.env = env, c.nenv = 1, c.preopens = &here, c.npreopens = 1, c.out = out[1];
	CHECK(wr_linker_define_wasi(g.linker, &c, &g.e), "WASI is defined");
	struct wr_instance *in = guest_load(&g, program);
	CHECK(guest_run(&g, in, "_start") == WR_EXITED && wr_store_exit_status(g.store) == 5, "a program exits");
	CHECK(read(out[0], got, sizeof got - 1) == 17 && strcmp(got, "oneA=1from a file") == 0, "  and has written: %s", got);
	CHECK(wr_linker_define_wasi(g.linker, NULL, &g.e), "WASI that grants nothing");
	in = guest_load(&g, program);
	CHECK(guest_run(&g, in, "_start") == WR_EXITED && wr_store_exit_status(g.store) == 9, "  opens no file");
	c.deny = "clock,ramdom";
	CHECK(!wr_linker_define_wasi(g.linker, &c, &g.e) && g.e.error_class == WR_CLASS_NAME, "%s", g.e.message);
	c.deny = "clock,random";
	here.host = "/nowhere/at/all";
	CHECK(!wr_linker_define_wasi(g.linker, &c, &g.e) && g.e.error_class == WR_CLASS_IO, "%s", g.e.message);
	here.host = NULL;
	CHECK(!wr_linker_define_wasi(g.linker, &c, &g.e) && g.e.error_class == WR_CLASS_USAGE, "%s", g.e.message);
	snprintf(got, sizeof got, "%s/in.txt", dir);
	unlink(got);
	rmdir(dir);
	close(out[0]);
	close(out[1]);
	guest_free(&g);
}

/* A wait in WASI ends at the deadline. */
static void wasi_waits(void)
{
	struct guest g = guest_new(NULL);
	struct wr_wasi_config c;
	int in[2];

	if (!CHECK(pipe(in) == 0, "a pipe"))
		return;
	wr_wasi_config_init(&c);
	c.in = in[0];
	wr_linker_define_wasi(g.linker, &c, NULL);
	struct wr_instance *i = guest_load(&g, "(module (import \"wasi_snapshot_preview1\" \"fd_read\" (func $r (param i32 i32 i32 i32) (result i32)))"
		"(memory (export \"memory\") 1) (func (export \"f\") (result i32)"
		"(i32.store (i32.const 4) (i32.const 8)) (call $r (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 16))))");
	wr_store_set_timeout(g.store, 30000000);
	guest_i32(&g, i, "f", 0, 0);
	CHECK(g.how == WR_TIMEOUT, "reading from an empty pipe ends at the deadline");
	close(in[0]);
	close(in[1]);
	guest_free(&g);
}

int main(void)
{
	chains();
	missing();
	positions();
	failing_starts();
	wasi();
	wasi_waits();
	return tap_done();
}
