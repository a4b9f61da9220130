/* Executable memory; see mcode.h. */
#include "jit/mcode.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include "engine/base/err.h"
#include "engine/base/vec.h"

enum { ALIGN_FILE = 32, PAGE = 4096, SMALLEST = 1 << 20 };

struct span {
	uint32_t at, size;
};

struct mcode {
	pthread_mutex_t lock;
	uint8_t *base;
	uint32_t size, top;             /* bytes reserved; everything from top on is free */
	uint32_t align;
	int fd;                         /* the file behind it; -1: pages of their own */
	uint64_t used;
	VEC(struct span) holes;         /* below top, sorted, never side by side */
};

/* ---- reservations ---------------------------------------------------------------------------- */

static bool file_may_have(uint32_t size)
{
	struct rlimit l;

	return getrlimit(RLIMIT_FSIZE, &l) == 0 && (l.rlim_cur == RLIM_INFINITY || l.rlim_cur >= size);
}

static bool reserve_file(struct mcode *m, uint32_t size)
{
	/* a longer file would raise SIGXFSZ */
	if (!file_may_have(size) || (m->fd = memfd_create("wrench-code", MFD_CLOEXEC)) < 0)
		return false;
	if (ftruncate(m->fd, size) == 0) {
		void *p = mmap(NULL, size, PROT_READ | PROT_EXEC, MAP_SHARED | MAP_NORESERVE, m->fd, 0);
		m->base = p == MAP_FAILED ? NULL : p;
	}
	m->align = ALIGN_FILE;
	if (!m->base) {
		close(m->fd);
		m->fd = -1;
	}
	return m->base != NULL;
}

/* Whether pages may become executable is tried on one. */
static bool reserve_pages(struct mcode *m, uint32_t size)
{
	void *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	m->align = PAGE;
	if (p == MAP_FAILED)
		return false;
	if (mprotect(p, PAGE, PROT_READ | PROT_WRITE) != 0 || mprotect(p, PAGE, PROT_READ | PROT_EXEC) != 0) {
		munmap(p, size);
		return false;
	}
	m->base = p;
	return true;
}

static bool reserve(struct mcode *m, uint32_t limit, enum mcode_how from)
{
	for (m->size = limit; m->size >= SMALLEST; m->size /= 4)
		if ((from == MCODE_FILE && reserve_file(m, m->size)) || (from <= MCODE_PAGES && reserve_pages(m, m->size)))
			return true;
	return false;
}

struct mcode *mcode_new(uint32_t limit, enum mcode_how from, struct err *e)
{
	struct mcode *m = calloc(1, sizeof *m);

	if (!m) {
		err_oom(e);
		return NULL;
	}
	m->fd = -1;
	if (!reserve(m, limit, from)) {
		free(m);
		err_set(e, E_NO_MEMORY, place_none(), "executable memory is denied: functions are interpreted");
		return NULL;
	}
	pthread_mutex_init(&m->lock, NULL);
	return m;
}

void mcode_free(struct mcode *m)
{
	if (!m)
		return;
	munmap(m->base, m->size);
	if (m->fd >= 0)
		close(m->fd);
	vec_free(&m->holes);
	pthread_mutex_destroy(&m->lock);
	free(m);
}

/* ---- who has what ----------------------------------------------------------------------------- */

static uint32_t rounded(const struct mcode *m, uint32_t size)
{
	return (size + m->align - 1) & ~(m->align - 1);
}

static bool take_hole(struct mcode *m, uint32_t size, uint32_t *at)
{
	for (size_t i = 0; i < m->holes.count; i++) {
		struct span *h = &m->holes.data[i];
		if (h->size < size)
			continue;
		*at = h->at;
		h->at += size;
		h->size -= size;
		if (!h->size)
			memmove(h, h + 1, (--m->holes.count - i) * sizeof *h);
		return true;
	}
	return false;
}

/* Upwards as long as there is room: ranges of code are then found in order (engine/fault.c). */
static bool take(struct mcode *m, uint32_t size, uint32_t *at)
{
	if (size > m->size - m->top)
		return take_hole(m, size, at);
	*at = m->top;
	m->top += size;
	return true;
}

/* Without memory to note the hole it stays unused. */
static void add_hole(struct mcode *m, struct span s)
{
	size_t i = 0;

	while (i < m->holes.count && m->holes.data[i].at < s.at)
		i++;
	struct span *before = i ? &m->holes.data[i - 1] : NULL, *after = i < m->holes.count ? &m->holes.data[i] : NULL;
	if (before && before->at + before->size == s.at) {
		before->size += s.size;
		if (after && before->at + before->size == after->at) {
			before->size += after->size;
			memmove(after, after + 1, (--m->holes.count - i) * sizeof *after);
		}
	} else if (after && s.at + s.size == after->at) {
		after->at = s.at;
		after->size += s.size;
	} else if (vec_push(&m->holes, s)) {
		memmove(&m->holes.data[i + 1], &m->holes.data[i], (m->holes.count - 1 - i) * sizeof s);
		m->holes.data[i] = s;
	}
}

static void give(struct mcode *m, struct span s)
{
	m->used -= s.size;
	add_hole(m, s);
	if (m->holes.count && vec_last(&m->holes).at + vec_last(&m->holes).size == m->top)
		m->top = vec_pop(&m->holes).at;
}

/* ---- bytes ------------------------------------------------------------------------------------ */

static bool write_file(const struct mcode *m, uint32_t at, const uint8_t *code, uint32_t size)
{
	while (size) {
		ssize_t n = pwrite(m->fd, code, size, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		code += n;
		at += (uint32_t)n;
		size -= (uint32_t)n;
	}
	return true;
}

static bool write_pages(const struct mcode *m, uint32_t at, const uint8_t *code, uint32_t size)
{
	if (mprotect(m->base + at, rounded(m, size), PROT_READ | PROT_WRITE) != 0)
		return false;
	memcpy(m->base + at, code, size);
	return mprotect(m->base + at, rounded(m, size), PROT_READ | PROT_EXEC) == 0;
}

const uint8_t *mcode_place(struct mcode *m, const uint8_t *code, uint32_t size, struct err *e)
{
	uint32_t at = 0, whole = rounded(m, size);

	pthread_mutex_lock(&m->lock);
	bool room = take(m, whole, &at);
	if (room)
		m->used += whole;
	pthread_mutex_unlock(&m->lock);
	if (!room) {
		err_set(e, E_LIMIT, place_none(), "no room for more code: %u MiB are in use", m->size >> 20);
		return NULL;
	}
	if (!(m->fd >= 0 ? write_file(m, at, code, size) : write_pages(m, at, code, size))) {
		mcode_release(m, m->base + at, size);
		err_set(e, E_NO_MEMORY, place_none(), "no memory for %u bytes of code", size);
		return NULL;
	}
	__builtin___clear_cache((char *)m->base + at, (char *)m->base + at + size);
	return m->base + at;
}

/* Whole pages go back to the system. */
static void discard(const struct mcode *m, struct span s)
{
	uint32_t first = (s.at + PAGE - 1) & ~(uint32_t)(PAGE - 1), end = (s.at + s.size) & ~(uint32_t)(PAGE - 1);

	if (first >= end)
		return;
	if (m->fd >= 0)
		fallocate(m->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, first, end - first);
	else if (mprotect(m->base + first, end - first, PROT_NONE) == 0)
		madvise(m->base + first, end - first, MADV_DONTNEED);
}

void mcode_release(struct mcode *m, const uint8_t *code, uint32_t size)
{
	struct span s = { (uint32_t)(code - m->base), rounded(m, size) };

	discard(m, s);
	pthread_mutex_lock(&m->lock);
	give(m, s);
	pthread_mutex_unlock(&m->lock);
}

uint64_t mcode_used(const struct mcode *m)
{
	return m->used;
}
