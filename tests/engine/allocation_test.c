/*
 * Memory that runs out. Loading, instantiating, calling and freeing a set of modules, interpreted and compiled, is done again
 * and again, each time with one more allocation that succeeds before one fails: whichever it is, the outcome is an error or a
 * trap, or a function is interpreted instead of compiled; nothing crashes, and everything is given back. The linker replaces
 * malloc and its kin with those below (see the Makefile).
 */
#include <fcntl.h>
#include <glob.h>
#include <sys/mman.h>

#include "engine/names.h"
#include "engine/stack.h"
#include "engine/tier.h"
#include "jit/jit.h"
#include "tests/engine/guest.h"

void *__real_malloc(size_t n);
void *__real_calloc(size_t n, size_t size);
void *__real_realloc(void *p, size_t n);
void __real_free(void *p);
void *__real_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __real_munmap(void *p, size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_realloc(void *p, size_t n);
void __wrap_free(void *p);
char *__wrap_strdup(const char *s);
void *__wrap_mmap(void *p, size_t n, int prot, int flags, int fd, off_t at);
int __wrap_munmap(void *p, size_t n);
int __real_memfd_create(const char *name, unsigned flags);
int __wrap_memfd_create(const char *name, unsigned flags);
ssize_t __real_pwrite(int fd, const void *p, size_t n, off_t at);
ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at);

enum { SITES = 4096 };

static struct {
	long left;              /* allocations that succeed; < 0: all */
	bool once;              /* only one fails, not all from there on */
	bool failed;
	long live, maps;        /* allocations and mappings not given back */
	void *sites[SITES];     /* places that were made to fail */
	unsigned nsites;
} memory = { .left = -1 };

static void note_site(void *at)
{
	for (unsigned i = 0; i < memory.nsites; i++)
		if (memory.sites[i] == at)
			return;
	if (memory.nsites < SITES)
		memory.sites[memory.nsites++] = at;
}

static bool fails(void *at)
{
	if (memory.left < 0)
		return false;
	if (memory.left > 0) {
		memory.left--;
		return false;
	}
	if (memory.once)
		memory.left = -1;
	memory.failed = true;
	note_site(at);
	return true;
}

void *__wrap_malloc(size_t n)
{
	void *p = fails(__builtin_return_address(0)) ? NULL : __real_malloc(n);

	memory.live += p != NULL;
	return p;
}

void *__wrap_calloc(size_t n, size_t size)
{
	void *p = fails(__builtin_return_address(0)) ? NULL : __real_calloc(n, size);

	memory.live += p != NULL;
	return p;
}

void *__wrap_realloc(void *old, size_t n)
{
	void *p = fails(__builtin_return_address(0)) ? NULL : __real_realloc(old, n);

	memory.live += p != NULL && old == NULL;
	return p;
}

char *__wrap_strdup(const char *s)
{
	size_t n = strlen(s) + 1;
	char *p = fails(__builtin_return_address(0)) ? NULL : __real_malloc(n);

	memory.live += p != NULL;
	return p ? memcpy(p, s, n) : NULL;
}

void __wrap_free(void *p)
{
	memory.live -= p != NULL;
	__real_free(p);
}

void *__wrap_mmap(void *at, size_t n, int prot, int flags, int fd, off_t offset)
{
	void *p = fails(__builtin_return_address(0)) ? MAP_FAILED : __real_mmap(at, n, prot, flags, fd, offset);

	memory.maps += p != MAP_FAILED;
	return p;
}

int __wrap_munmap(void *p, size_t n)
{
	memory.maps--;
	return __real_munmap(p, n);
}

/* A file of memory, and pages in it. */
int __wrap_memfd_create(const char *name, unsigned flags)
{
	return fails(__builtin_return_address(0)) ? -1 : __real_memfd_create(name, flags);
}

ssize_t __wrap_pwrite(int fd, const void *p, size_t n, off_t at)
{
	return fails(__builtin_return_address(0)) ? -1 : __real_pwrite(fd, p, n, at);
}

/* ---- what is done -------------------------------------------------------------------------------------- */

static enum outcome give_nothing(struct ctx *c, struct func *f, const slot *args, slot *results)
{
	(void)c, (void)args;
	memset(results, 0, f->type->result_slots * sizeof(slot));
	return OUT_DONE;
}

static bool resolve_any(void *user, const struct module *m, const struct import *i, struct extern_ref *out, struct err *e)
{
	out->kind = i->kind;
	if (i->kind != EXTERN_FUNC)
		return err_set(e, E_UNKNOWN_IMPORT, place_none(), "only functions");
	out->as.func = func_new_host(user, m->funcs[i->index].type, give_nothing, NULL, "env", "f", e);
	return out->as.func != NULL;
}

static void call_all(struct ctx *c, const struct instance *in)
{
	static slot args[64], results[64];
	struct arena a = { 0 };
	struct value *values;
	struct frame f;
	struct err e = { 0 };
	uint32_t n;

	for (uint32_t i = 0; i < in->module->nexports; i++) {
		if (in->module->exports[i].kind != EXTERN_FUNC)
			continue;
		struct func *fn = in->funcs[in->module->exports[i].index];
		memset(args, 0, sizeof args);
		ctx_set_fuel(c, 300);
		ctx_call(c, fn, args, results);
		enum outcome o = ctx_begin(c, fn, args);
		for (int k = 0; o == OUT_STOP && k < 4; k++)
			o = ctx_resume(c, k == 3 ? RUN_STEP_REGIR : RUN_STEP_WASM);
		if (c->depth && frame_at(c, 0, &f))
			frame_stack(c, &f, &values, &n, &a, &e);
		while (c->depth)
			ctx_abandon(c);
	}
	arena_free(&a);
}

/* What could not be compiled is interpreted, and somebody is told why. */
struct compiled {
	struct jit *jit;
	struct tier_watch watch;
	unsigned made, refused, silent;
};

static void note_compiled(void *user, struct ctx *c, struct func *f, const struct native_code *n, const struct err *e)
{
	struct compiled *k = user;

	(void)c, (void)f;
	k->made += n != NULL;
	k->refused += n == NULL;
	k->silent += n == NULL && !*e->message;
}

static void ignore_module(void *user, struct store *s, const struct module *m)
{
	(void)user, (void)s, (void)m;
}

static bool compile_in(struct store *st, struct compiled *k)
{
	k->jit = jit_new(UINT32_MAX, MCODE_FILE);
	k->watch = (struct tier_watch){ .compiled = note_compiled, .module = ignore_module, .user = k };
	if (!k->jit || !jit_install(k->jit, st))
		return false;
	st->tiers->watch = &k->watch;
	st->tiers->threshold = 2;
	return tiers_set(st, memory.once ? TIER_AUTO : TIER_BASELINE);
}

/* True: it went to its end without an error. K: compiled, and what of it; NULL: interpreted. */
static bool everything(const char *wat, size_t size, struct compiled *k)
{
	struct features f = features_all();
	struct err e = { 0 };
	struct engine *en = engine_new();
	struct store_limits limits = { .max_memory = 1 << 24, .max_table_elements = 1000, .max_stack = 64 << 10, .max_heap = 1 << 20 };
	struct source *s = en ? source_copy("test.wat", wat, size, &e) : NULL;
	struct module *m = s ? wat_load_take(en, s, &f, &e) : NULL;
	struct store *st = m ? store_new(en, &limits) : NULL;
	struct ctx *c = st && (!k || compile_in(st, k)) ? ctx_new(st, &e) : NULL;
	enum outcome how = OUT_DONE;
	struct instance *in = c ? instance_new(st, c, m, resolve_any, st, &how, &e) : NULL;
	struct buf text = { 0 };

	if (m) {
		name_of(m, NAME_FUNC, 0);
		err_print(&e, NULL, &text);
	}
	if (in)
		call_all(c, in);
	bool ok = in && !text.failed;
	buf_free(&text);
	ctx_free(c);
	store_free(st);
	module_free(m);
	engine_free(en);
	if (k)
		jit_free(k->jit);
	return ok;
}

/* Everything, with one allocation less than before each time. The number of attempts in TRIED, of those that left something. */
static unsigned in_turn(const struct source *s, bool once, struct compiled *sum, unsigned *tried)
{
	unsigned leaks = 0;

	for (long n = 0;; n++) {
		long live = memory.live, maps = memory.maps;
		struct compiled k = { 0 };
		memory.left = n;
		memory.once = once;
		memory.failed = false;
		everything(s->bytes, s->size, sum ? &k : NULL);
		memory.left = -1;
		++*tried;
		if ((memory.live != live || memory.maps != maps) && leaks++ < 3)
			tap_note("after %ld allocations: %ld and %ld mappings are not given back", n, memory.live - live, memory.maps - maps);
		if (sum) {
			sum->made += k.made;
			sum->refused += k.refused;
			sum->silent += k.silent;
		}
		if (!memory.failed || n > 20000)
			return leaks;
	}
}

static void one(const char *path)
{
	struct err e = { 0 };
	struct source *s = source_read(path, &e);
	const char *name = strrchr(path, '/') + 1;
	struct compiled warm = { 0 }, sum = { 0 };
	unsigned tried = 0, leaks;

	everything(s->bytes, s->size, &warm);           /* what is made once for the process */
	leaks = in_turn(s, false, NULL, &tried) + in_turn(s, true, NULL, &tried);
	CHECK(leaks == 0, "%s: %u times one allocation less", name, tried);
	tried = 0;
	leaks = in_turn(s, false, &sum, &tried) + in_turn(s, true, &sum, &tried);
	CHECK(leaks == 0, "%s, compiled: %u times one allocation less", name, tried);
	CHECK(sum.silent == 0 && (!warm.made || sum.refused), "%s: what could not be compiled was told of, %u times", name, sum.refused);
	source_free(s);
}

/* Places in the linked program that allocate, by its machine code; 0: there is no objdump. */
static unsigned sites_of(const char *program)
{
	char command[1024];
	unsigned n = 0;

	snprintf(command, sizeof command, "objdump -d --no-show-raw-insn '%s' 2>/dev/null | "
		"grep -c -E '<__wrap_(malloc|calloc|realloc|strdup|mmap|memfd_create|pwrite)>$'", program);
	FILE *f = popen(command, "r");
	if (!f || fscanf(f, "%u", &n) != 1)
		n = 0;
	if (f)
		pclose(f);
	return n;
}

int main(int argc, char **argv)
{
	glob_t files;

	if (!CHECK(glob("tests/fuzz/corpus/*.wat", 0, NULL, &files) == 0, "the corpus is there"))
		return tap_done();
	for (size_t i = 0; i < files.gl_pathc; i++)
		one(files.gl_pathv[i]);
	globfree(&files);
	unsigned total = sites_of(argv[0]);
	CHECK(memory.nsites > 50 && (!total || memory.nsites <= total), "%u of %u places that allocate were made to fail",
		memory.nsites, total);
	return tap_done();
}
