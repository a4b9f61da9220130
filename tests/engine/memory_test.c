/* Linear memories: the reservation ladder, growth, limits, bulk operations at their edges. */
#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/store.h"
#include "tests/harness/tap.h"

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define SANITIZED 1
#endif
#endif
#ifndef SANITIZED
#define SANITIZED 0
#endif

enum { PAGE = 65536 };
#define GUARDED (((uint64_t)8 << 30) + PAGE)

static struct limits at_least(uint64_t min)
{
	return (struct limits){ .min = min };
}

static struct limits between(uint64_t min, uint64_t max)
{
	return (struct limits){ .min = min, .max = max, .has_max = true };
}

static struct limits shared(uint64_t min, uint64_t max)
{
	return (struct limits){ .min = min, .max = max, .has_max = true, .shared = true };
}

static struct limits wide(struct limits l)
{
	l.is64 = true;
	return l;
}

/* A store that takes the steps of the ladder that are not in FAIL. */
static struct store *store_failing(uint32_t fail)
{
	struct store *s = store_new(NULL, NULL);

	s->force_reserve_fail = fail;
	return s;
}

/* Marks both ends of every page and looks whether they are there. */
static void mark(struct memory *m, uint64_t from)
{
	for (uint64_t p = from; p < m->size; p += PAGE) {
		m->base[p] = (uint8_t)(p / PAGE + 1);
		m->base[p + PAGE - 1] = (uint8_t)(p / PAGE + 7);
	}
}

static bool marked(const struct memory *m, uint64_t size)
{
	for (uint64_t p = 0; p < size; p += PAGE)
		if (m->base[p] != (uint8_t)(p / PAGE + 1) || m->base[p + PAGE - 1] != (uint8_t)(p / PAGE + 7))
			return false;
	return true;
}

static bool zeroed(const struct memory *m, uint64_t from)
{
	for (uint64_t i = from; i < m->size; i++)
		if (m->base[i])
			return false;
	return true;
}

static void test_ladder(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, at_least(2), 16, &e);

	CHECK(m && m->mode == MEMORY_GUARDED && m->reserved == GUARDED, "a plain memory is guarded");
	CHECK(m->size == 2 * PAGE && m->pages == 2 && m->max_pages == 65536 && zeroed(m, 0), "two pages of zeros");
	CHECK(m->number == 1 && s->memories.count == 1 && s->memory_bytes == 2 * PAGE, "the store knows it");
	uint8_t *before = m->base;
	mark(m, 0);
	CHECK(memory_grow(m, 3) == 2 && m->base == before && m->size == 5 * PAGE, "growing stays in place");
	CHECK(marked(m, 2 * PAGE) && zeroed(m, 2 * PAGE), "old bytes stay, new ones are zero");
	store_free(s);

	s = store_failing(1);
	m = memory_new(s, between(1, 4), 16, &e);
	CHECK(m && m->mode == MEMORY_CHECKED && m->reserved == 4 * PAGE, "without the full step: the maximum");
	before = m->base;
	mark(m, 0);
	CHECK(memory_grow(m, 3) == 1 && m->base == before && marked(m, PAGE), "it grows in place to its maximum");
	CHECK(memory_grow(m, 1) == -1 && m->size == 4 * PAGE, "and no further");
	store_free(s);

	s = store_failing(1 | 2);
	m = memory_new(s, between(1, 100), 16, &e);
	CHECK(m && m->mode == MEMORY_CHECKED && m->reserved == PAGE, "without the maximum: the current size");
	mark(m, 0);
	bool kept = true;
	for (uint64_t pages = 1; pages < 100; pages++) {
		kept &= memory_grow(m, 1) == (int64_t)pages && marked(m, pages * PAGE) && zeroed(m, pages * PAGE);
		mark(m, pages * PAGE);
	}
	CHECK(kept && m->pages == 100 && m->reserved == 100 * PAGE, "99 growths move it and keep its bytes");
	s->force_reserve_fail = 7;
	CHECK(memory_new(s, at_least(1), 16, &e) == NULL && e.code == E_NO_MEMORY, "no step left: %s", e.message);
	CHECK(s->memory_bytes == 100 * PAGE, "what could not be made is not counted");
	store_free(s);

	s = store_failing(0);
	s->no_guard = true;
	m = memory_new(s, at_least(0), 16, &e);
	CHECK(m && m->mode == MEMORY_CHECKED && m->size == 0, "explicit bounds: an empty checked memory");
	CHECK(memory_grow(m, 1) == 0 && zeroed(m, 0) && m->size == PAGE, "it grows from nothing");
	store_free(s);
}

static void test_kinds(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, shared(1, 3), 16, &e);

	CHECK(m && m->shared && m->mode == MEMORY_GUARDED, "a shared memory may be guarded");
	s->force_reserve_fail = 1 | 4;
	m = memory_new(s, shared(1, 3), 16, &e);
	CHECK(m && m->reserved == 3 * PAGE, "or reserves its maximum");
	uint8_t *before = m->base;
	CHECK(memory_grow(m, 2) == 1 && m->base == before, "so that it never moves");
	s->force_reserve_fail = 1 | 2;
	CHECK(memory_new(s, shared(1, 3), 16, &e) == NULL && e.code == E_NO_MEMORY, "or is not made: %s", e.message);
	s->force_reserve_fail = 0;

	m = memory_new(s, wide(at_least(1)), 16, &e);
	CHECK(m && m->is64 && m->mode == MEMORY_CHECKED && m->max_pages == (uint64_t)1 << 48, "64-bit addresses: checked");
	CHECK(memory_grow(m, 1) == 1 && memory_grow(m, (uint64_t)1 << 47) == -1 && m->pages == 2,
		"growing beyond the address space fails");
	CHECK(memory_grow(m, UINT64_MAX) == -1 && memory_grow(m, ((uint64_t)1 << 48) - 2) == -1, "by any number");
	e = (struct err){ 0 };
	CHECK(!memory_new(s, wide(at_least((uint64_t)1 << 48)), 16, &e) && e.code == E_LIMIT, "2^64 bytes: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!memory_new(s, wide(at_least((uint64_t)1 << 40)), 16, &e) && e.code == E_NO_MEMORY, "2^56: %s", e.message);
	e = (struct err){ 0 };
	m = memory_new(s, wide(between(1, (uint64_t)1 << 48)), 16, &e);
	CHECK(m && m->reserved == PAGE, "a maximum that cannot be reserved is left aside");

	m = memory_new(s, at_least(10), 0, &e);
	CHECK(m && m->size == 10 && m->mode == MEMORY_CHECKED && m->max_pages == UINT32_MAX, "pages of one byte");
	CHECK(memory_range(m, 9, 1) && !memory_range(m, 9, 2) && memory_range(m, 10, 0), "have exact bounds");
	memset(m->base, 0xaa, 10);
	CHECK(memory_grow(m, 5000) == 10 && m->size == 5010 && m->base[9] == 0xaa && zeroed(m, 10), "and grow by bytes");
	store_free(s);
}

static void test_refused(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);

	CHECK(!memory_new(s, between(2, 1), 16, &e) && e.code == E_LIMITS, "minimum above maximum: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!memory_new(s, at_least(65537), 16, &e) && e.code == E_MEMORY_SIZE, "too many pages: %s", e.message);
	e = (struct err){ 0 };
	CHECK(!memory_new(s, (struct limits){ .shared = true }, 16, &e) && e.code == E_SHARED_MAX, "%s", e.message);
	CHECK(s->memories.count == 0 && s->memory_bytes == 0, "nothing of them stays");

	e = (struct err){ 0 };
	s->limits.max_memory = 3 * PAGE;
	struct memory *m = memory_new(s, at_least(1), 16, &e);
	CHECK(m && !memory_new(s, at_least(3), 16, &e) && e.code == E_LIMIT, "the store's limit: %s", e.message);
	CHECK(memory_grow(m, 3) == -1 && memory_grow(m, 2) == 1 && memory_grow(m, 1) == -1, "holds for growth");
	CHECK(memory_grow(m, 0) == 3 && s->memory_bytes == 3 * PAGE, "growing by nothing always works");
	store_free(s);
}

struct seen {
	int calls;
	uint64_t at, size;
	uint8_t first;          /* byte at AT when announced */
};

static void on_access(void *user, const struct memory *m, uint64_t at, uint64_t size, bool writes)
{
	struct seen *w = user;

	if (!writes)
		return;
	*w = (struct seen){ w->calls + 1, at, size, m->base[at] };
}

static void test_bulk(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, at_least(1), 16, &e), *n = memory_new(s, at_least(2), 16, &e);
	struct seen seen = { 0 };
	struct mem_watch watch = { on_access, &seen };

	m->watch = &watch;
	CHECK(memory_range(m, 0, PAGE) && memory_range(m, PAGE, 0), "ranges up to the end");
	CHECK(!memory_range(m, PAGE, 1) && !memory_range(m, PAGE + 1, 0), "and none beyond");
	CHECK(!memory_range(m, UINT64_MAX, 2) && !memory_range(m, 2, UINT64_MAX), "also when they wrap around");

	CHECK(memory_fill(m, PAGE - 2, 7, 2) == TRAP_NONE && m->base[PAGE - 1] == 7, "fill up to the end");
	CHECK(seen.calls == 1 && seen.at == PAGE - 2 && seen.size == 2 && seen.first == 0, "announced before");
	CHECK(memory_fill(m, PAGE - 2, 8, 3) == TRAP_MEMORY_BOUNDS && m->base[PAGE - 2] == 7, "one too far: nothing");
	CHECK(memory_fill(m, PAGE, 8, 0) == TRAP_NONE && memory_fill(m, PAGE + 1, 8, 0) == TRAP_MEMORY_BOUNDS,
		"nothing at the end, and beyond");
	CHECK(seen.calls == 1, "neither is announced");

	memcpy(m->base, "abcdef", 6);
	CHECK(memory_copy(m, 2, m, 0, 4) == TRAP_NONE && !memcmp(m->base, "ababcd", 6), "copy upwards, overlapping");
	CHECK(memory_copy(m, 0, m, 1, 4) == TRAP_NONE && !memcmp(m->base, "babccd", 6), "and downwards");
	CHECK(seen.calls == 3 && seen.at == 0 && seen.size == 4, "both announced");
	CHECK(memory_copy(n, 2 * PAGE - 3, m, 0, 3) == TRAP_NONE && !memcmp(n->base + 2 * PAGE - 3, "bab", 3),
		"between memories, each with its own bounds");
	CHECK(memory_copy(m, 0, n, 2 * PAGE - 3, 4) == TRAP_MEMORY_BOUNDS && m->base[0] == 'b', "source too short");
	CHECK(memory_copy(m, PAGE - 1, n, 0, 2) == TRAP_MEMORY_BOUNDS, "target too short");
	CHECK(seen.calls == 3, "none of it touched the watched memory");
	store_free(s);
}

static void test_init(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, at_least(1), 16, &e);
	struct data_decl data = { .start = 1, .size = 4 };
	struct module module = { .bytes = (const uint8_t *)"-data-", .size = 6, .ndatas = 1, .datas = &data };
	uint32_t sizes[1] = { 4 };
	struct instance in = { .store = s, .module = &module, .data_sizes = sizes };

	CHECK(memory_init(&in, 0, m, PAGE - 3, 1, 3) == TRAP_NONE && !memcmp(m->base + PAGE - 3, "ata", 3), "init");
	CHECK(memory_init(&in, 0, m, 0, 1, 4) == TRAP_MEMORY_BOUNDS && m->base[0] == 0, "beyond the segment");
	CHECK(memory_init(&in, 0, m, PAGE - 3, 0, 4) == TRAP_MEMORY_BOUNDS, "beyond the memory");
	CHECK(memory_init(&in, 0, m, PAGE, 4, 0) == TRAP_NONE, "nothing, at both ends");
	data_drop(&in, 0);
	CHECK(memory_init(&in, 0, m, 0, 0, 0) == TRAP_NONE && memory_init(&in, 0, m, 0, 0, 1) == TRAP_MEMORY_BOUNDS,
		"a dropped segment is empty");
	store_free(s);
}

enum { THREADS = 4, GROWTHS = 250 };

static void *grow_often(void *memory)
{
	static const uint8_t one = 1;
	struct memory *m = memory;
	intptr_t bad = 0;

	for (int i = 0; i < GROWTHS; i++) {
		int64_t old = memory_grow(m, 1);
		if (old < 0 || m->base[old * PAGE] != 0)
			bad++;
		else
			m->base[old * PAGE] = one;
	}
	return (void *)bad;
}

static void test_threads(void)
{
	struct err e = { 0 };
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, shared(0, THREADS * GROWTHS), 16, &e);
	pthread_t t[THREADS];
	intptr_t bad = 0;
	void *r;

	for (int i = 0; i < THREADS; i++)
		pthread_create(&t[i], NULL, grow_often, m);
	for (int i = 0; i < THREADS; i++) {
		pthread_join(t[i], &r);
		bad += (intptr_t)r;
	}
	CHECK(bad == 0 && m->pages == THREADS * GROWTHS && memory_grow(m, 1) == -1,
		"threads that grow a memory at once get a page each");
	store_free(s);
}

/* In a process of its own: 256 MiB more than it has now. Its exit status tells which step failed. */
static int in_little_space(void)
{
	struct err e = { 0 };
	unsigned long pages = 0;
	FILE *f = fopen("/proc/self/statm", "r");

	if (!f || fscanf(f, "%lu", &pages) != 1)
		return 77;
	fclose(f);
	struct rlimit r = { .rlim_cur = pages * (uint64_t)sysconf(_SC_PAGESIZE) + (256 << 20), .rlim_max = RLIM_INFINITY };
	if (setrlimit(RLIMIT_AS, &r) != 0 ||
	    mmap(NULL, 1 << 30, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
		return 77;              /* an emulator may not hold the limit */
	struct store *s = store_failing(0);
	struct memory *m = memory_new(s, at_least(1), 16, &e);
	if (!m || m->mode != MEMORY_CHECKED)
		return 1;
	mark(m, 0);
	if (memory_grow(m, 1000) != 1 || !marked(m, PAGE) || !zeroed(m, PAGE))
		return 2;
	if (memory_grow(m, 8000) != -1 || m->pages != 1001 || !marked(m, PAGE) || s->memory_bytes != 1001 * PAGE)
		return 3;
	if (memory_grow(m, 500) != 1001 || !marked(m, PAGE))
		return 4;
	if (memory_new(s, shared(1, 65536), 16, &e) || e.code != E_NO_MEMORY)
		return 5;
	store_free(s);
	return 0;
}

static void test_little_space(void)
{
	int status;

	if (SANITIZED) {
		CHECK(true, "little address space # SKIP sanitizers need all of it");
		return;
	}
	fflush(stdout);
	pid_t child = fork();
	if (child == 0)
		_exit(in_little_space());
	waitpid(child, &status, 0);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
		CHECK(true, "little address space # SKIP it cannot be limited here");
	else
		CHECK(status == 0, "with little address space memories are smaller, not wrong (status %x)", (unsigned)status);
}

int main(void)
{
	test_ladder();
	test_kinds();
	test_refused();
	test_bulk();
	test_init();
	test_threads();
	test_little_space();
	return tap_done();
}
