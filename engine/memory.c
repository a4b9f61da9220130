/*
 * Linear memories.
 *
 *     base                  size                        reserved
 *      |  readable, writable | no access (reserved only)    |
 *
 * Address space is held in one of three ways, tried in this order (the reservation ladder):
 *
 *     full      8 GiB + 64 KiB: whatever a 32-bit address plus a 32-bit offset reaches faults or is inside, so accesses
 *               need no check (MEMORY_GUARDED). Only 32-bit memories of 64 KiB pages, and only with a fault handler.
 *     maximum   what the type allows: growing never moves. Shared memories have nothing after this step.
 *     size      what is needed now; growing moves the memory, with room for as much again.
 *
 * Bulk operations check both ranges before the first byte and announce what they write; nothing here ever faults.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/entity.h"
#include "engine/fault.h"
#include "engine/inputs.h"

enum ladder { STEP_FULL, STEP_MAXIMUM, STEP_SIZE };

#define GUARDED_BYTES (((uint64_t)8 << 30) + (64 << 10))

/* ---- pages ----------------------------------------------------------------------------------- */

/* Up to whole pages of the host; UINT64_MAX when there is no such number. */
static uint64_t host_round(uint64_t bytes)
{
	uint64_t page = (uint64_t)sysconf(_SC_PAGESIZE);

	return bytes > UINT64_MAX - page ? UINT64_MAX : (bytes + page - 1) & ~(page - 1);
}

static bool pages_open(uint8_t *p, uint64_t bytes)
{
	return bytes == 0 || mprotect(p, bytes, PROT_READ | PROT_WRITE) == 0;
}

/* RESERVED bytes of address space, the first SIZE of them accessible and zero; NULL: not to be had. */
static uint8_t *pages_map(uint64_t reserved, uint64_t size)
{
	if (reserved > PTRDIFF_MAX)
		return NULL;
	void *p = mmap(NULL, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (p == MAP_FAILED)
		return NULL;
	if (!pages_open(p, host_round(size))) {
		munmap(p, reserved);
		return NULL;
	}
	return p;
}

static bool pages_to_bytes(const struct memory *m, uint64_t pages, uint64_t *bytes)
{
	*bytes = pages << m->page_log2;
	return *bytes >> m->page_log2 == pages;
}

/* ---- the ladder ------------------------------------------------------------------------------ */

static bool step_fails(const struct memory *m, enum ladder step)
{
	return m->store->force_reserve_fail >> step & 1;
}

static bool map_step(struct memory *m, enum ladder step, uint64_t reserved, uint64_t size)
{
	if (step_fails(m, step))
		return false;
	uint8_t *base = reserved ? pages_map(reserved, size) : NULL;
	if (reserved && !base)
		return false;
	m->base = base;
	m->reserved = reserved;
	return true;
}

static bool may_be_guarded(const struct memory *m)
{
	struct err ignored;

	err_clear(&ignored);
	return !m->is64 && m->page_log2 == 16 && !m->store->no_guard && fault_init(&ignored);
}

static bool memory_map(struct memory *m, uint64_t size)
{
	uint64_t max;

	m->mode = MEMORY_GUARDED;
	if (may_be_guarded(m) && map_step(m, STEP_FULL, GUARDED_BYTES, size))
		return true;
	m->mode = MEMORY_CHECKED;
	if (m->has_max && pages_to_bytes(m, m->max_pages, &max) && map_step(m, STEP_MAXIMUM, host_round(max), size))
		return true;
	return !m->shared && map_step(m, STEP_SIZE, host_round(size), size);
}

/* ---- making ---------------------------------------------------------------------------------- */

/* The most pages that an address type has names for; memory.size gives their number, so a count must fit it too. */
static uint64_t most_pages(bool is64, unsigned page_log2)
{
	uint64_t addresses = is64 ? UINT64_MAX : UINT32_MAX;

	return page_log2 ? (addresses >> page_log2) + 1 : addresses;
}

static bool limits_valid(struct limits l, unsigned page_log2, struct err *e)
{
	uint64_t most = most_pages(l.is64, page_log2);

	if (l.min > most || (l.has_max && l.max > most))
		return err_set(e, E_MEMORY_SIZE, place_none(), "a memory of more than %llu pages",
			(unsigned long long)most);
	if (l.has_max && l.min > l.max)
		return err_set(e, E_LIMITS, place_none(), "a memory of at least %llu and at most %llu pages",
			(unsigned long long)l.min, (unsigned long long)l.max);
	if (l.shared && !l.has_max)
		return err_set(e, E_SHARED_MAX, place_none(), "a shared memory without a maximum");
	return true;
}

static bool too_much(const struct memory *m, struct err *e)
{
	uint64_t used = atomic_load(&m->store->memory_bytes);

	err_set(e, E_LIMIT, place_none(), "a memory of %llu page%s of %u byte%s is above the limit of %llu bytes for all "
		"memories", (unsigned long long)m->pages, m->pages == 1 ? "" : "s", 1u << m->page_log2,
		m->page_log2 ? "s" : "", (unsigned long long)m->store->limits.max_memory);
	if (used)
		err_evidence(e, "%llu bytes are in use", (unsigned long long)used);
	return false;
}

static bool memory_allocate(struct memory *m, struct err *e)
{
	struct store *s = m->store;
	uint64_t size;

	if (!pages_to_bytes(m, m->pages, &size) || !account_charge(&s->memory_bytes, size, s->limits.max_memory))
		return too_much(m, e);
	if (!memory_map(m, size)) {
		account_return(&s->memory_bytes, size);
		return err_set(e, E_NO_MEMORY, place_none(), "no address space for a %smemory of %llu bytes",
			m->shared ? "shared " : "", (unsigned long long)(m->shared ? m->max_pages << m->page_log2 : size));
	}
	atomic_store(&m->size, size);
	return true;
}

struct memory *memory_new(struct store *s, struct limits l, unsigned page_log2, struct err *e)
{
	if (!limits_valid(l, page_log2, e))
		return NULL;
	struct memory *m = store_alloc(s, 1, sizeof *m);
	if (!m)
		return err_oom(e), NULL;
	m->store = s;
	m->pages = l.min;
	m->max_pages = l.has_max ? l.max : most_pages(l.is64, page_log2);
	m->has_max = l.has_max;
	m->is64 = l.is64;
	m->shared = l.shared;
	m->page_log2 = (uint8_t)page_log2;
	if (!memory_allocate(m, e))
		return NULL;
	if (!store_add(s, memories, m)) {
		account_return(&s->memory_bytes, m->size);
		memory_release(m);
		return err_oom(e), NULL;
	}
	return m;
}

void memory_release(struct memory *m)
{
	if (m->base)
		munmap(m->base, m->reserved);
	m->base = NULL;
	m->reserved = 0;
	atomic_store(&m->size, 0);
}

/* ---- growing --------------------------------------------------------------------------------- */

/* Room for SIZE bytes elsewhere, and as much again where the type and the address space allow it. */
static bool memory_move(struct memory *m, uint64_t size)
{
	uint64_t max, exact = host_round(size), room = exact > PTRDIFF_MAX ? exact : exact * 2;

	if (m->shared || step_fails(m, STEP_SIZE))
		return false;
	if (pages_to_bytes(m, m->max_pages, &max) && room > host_round(max))
		room = host_round(max);
	uint8_t *base = pages_map(room, size);
	if (!base && room > exact)
		base = pages_map(room = exact, size);
	if (!base)
		return false;
	if (m->base) {
		memcpy(base, m->base, m->size);
		munmap(m->base, m->reserved);
	}
	m->base = base;
	m->reserved = room;
	return true;
}

static bool memory_extend(struct memory *m, uint64_t size)
{
	uint64_t open = host_round(m->size), want = host_round(size);

	if (want > m->reserved)
		return memory_move(m, size);
	return pages_open(m->base + open, want - open);
}

static int64_t grow_locked(struct memory *m, uint64_t delta)
{
	struct store *s = m->store;
	uint64_t old = m->pages, size, more;

	if (delta > m->max_pages - old || !pages_to_bytes(m, old + delta, &size))
		return -1;
	more = size - m->size;
	if (!account_charge(&s->memory_bytes, more, s->limits.max_memory))
		return -1;
	if (more && !memory_extend(m, size)) {
		account_return(&s->memory_bytes, more);
		return -1;
	}
	m->pages = old + delta;
	atomic_store(&m->size, size);
	return (int64_t)old;
}

int64_t memory_grow(struct memory *m, uint64_t delta_pages)
{
	pthread_mutex_lock(&m->store->lock);
	int64_t old = grow_locked(m, delta_pages);
	pthread_mutex_unlock(&m->store->lock);
	return old;
}

bool memory_set_pages(struct memory *m, uint64_t pages)
{
	uint64_t old = m->size, size, open = host_round(old), want;

	if (!pages_to_bytes(m, pages, &size))
		return false;
	want = host_round(size);
	if (size > old) {
		account_charge(&m->store->memory_bytes, size - old, UINT64_MAX);
		if (!memory_extend(m, size))
			return account_return(&m->store->memory_bytes, size - old), false;
	} else {
		if (open > want && mmap(m->base + want, open - want, PROT_NONE,
				MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) == MAP_FAILED)
			return false;
		if (want > size && size < old)
			memset(m->base + size, 0, (old < want ? old : want) - size);
		account_return(&m->store->memory_bytes, old - size);
	}
	m->pages = pages;
	atomic_store(&m->size, size);
	return true;
}

/* ---- access by the host ---------------------------------------------------------------------- */

bool memory_range(const struct memory *m, uint64_t at, uint64_t size)
{
	uint64_t bytes = atomic_load(&m->size);

	return size <= bytes && at <= bytes - size;
}

static void mem_tell(const struct memory *m, uint64_t at, uint64_t size, bool writes)
{
	const struct mem_watch *w = atomic_load_explicit(&m->watch, memory_order_acquire);

	if (w)
		w->will_access(w->user, m, at, size, writes);
}

void mem_will_write(struct memory *m, uint64_t at, uint64_t size)
{
	if (!size)
		return;
	mem_tell(m, at, size, true);
	if (m->store->inputs)
		m->store->inputs->will_write(m->store->inputs->user, m, at, size);
}

void mem_will_read(const struct memory *m, uint64_t at, uint64_t size)
{
	if (size)
		mem_tell(m, at, size, false);
}

enum trap memory_fill(struct memory *m, uint64_t at, uint8_t byte, uint64_t size)
{
	if (!memory_range(m, at, size))
		return TRAP_MEMORY_BOUNDS;
	mem_will_write(m, at, size);
	if (size)
		memset(m->base + at, byte, size);
	return TRAP_NONE;
}

enum trap memory_copy(struct memory *dst, uint64_t to, struct memory *src, uint64_t from, uint64_t size)
{
	if (!memory_range(dst, to, size) || !memory_range(src, from, size))
		return TRAP_MEMORY_BOUNDS;
	mem_will_write(dst, to, size);
	if (size)
		memmove(dst->base + to, src->base + from, size);
	return TRAP_NONE;
}

enum trap memory_init(struct instance *in, uint32_t data, struct memory *m, uint64_t to, uint64_t from, uint64_t size)
{
	uint32_t have = in->data_sizes[data];

	if (size > have || from > have - size || !memory_range(m, to, size))
		return TRAP_MEMORY_BOUNDS;
	mem_will_write(m, to, size);
	if (size)
		memcpy(m->base + to, in->module->bytes + in->module->datas[data].start + from, size);
	return TRAP_NONE;
}

void data_drop(struct instance *in, uint32_t data)
{
	in->data_sizes[data] = 0;
}
