/* Images of byte ranges; see image.h. */
#include "engine/image.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PAGE = 4096, GROUP_PAGES = 16, GROUP = PAGE * GROUP_PAGES };

struct image_page {
	uint32_t users;
	uint8_t bytes[PAGE];
};

struct image_group {
	uint32_t users;
	struct image_page *pages[GROUP_PAGES];  /* NULL: zero */
};

static const uint8_t zeros[PAGE];

/* ---- pages and groups ------------------------------------------------------------------------ */

static void page_drop(struct image_page *p, uint64_t *account)
{
	if (!p || --p->users > 0)
		return;
	*account -= sizeof *p;
	free(p);
}

static void group_drop(struct image_group *g, uint64_t *account)
{
	if (!g || --g->users > 0)
		return;
	for (int i = 0; i < GROUP_PAGES; i++)
		page_drop(g->pages[i], account);
	*account -= sizeof *g;
	free(g);
}

static const uint8_t *page_bytes(const struct image_group *g, int i)
{
	return g && g->pages[i] ? g->pages[i]->bytes : zeros;
}

static bool page_same(const struct image_group *g, int i, const uint8_t *at, size_t n)
{
	return memcmp(page_bytes(g, i), at, n) == 0;
}

static struct image_page *page_new(const uint8_t *at, size_t n)
{
	struct image_page *p = malloc(sizeof *p);

	if (!p)
		return NULL;
	p->users = 1;
	memcpy(p->bytes, at, n);
	memset(p->bytes + n, 0, PAGE - n);
	return p;
}

/* ---- pages that were never touched ----------------------------------------------------------- */

/*
 * The kernel's table says which pages of a mapping it has given (present or swapped out); others read as zero, and
 * reading them would cost a fault and a place in the page tables for each.
 */
struct untouched {
	int fd;                         /* -1: cannot be asked, so every page counts as touched */
	uint64_t first;                 /* number of the page that words[0] is about */
	uint64_t words[512];
	size_t count;
};

static void untouched_open(struct untouched *u, bool ask)
{
	u->fd = ask && sysconf(_SC_PAGESIZE) == PAGE ? open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC) : -1;
	u->first = 0;
	u->count = 0;
}

static void untouched_close(struct untouched *u)
{
	if (u->fd >= 0)
		close(u->fd);
}

static bool untouched_page(struct untouched *u, const void *at)
{
	uint64_t page = (uint64_t)(uintptr_t)at / PAGE;

	if (u->fd < 0 || (uintptr_t)at % PAGE)
		return false;
	if (page - u->first >= u->count) {
		ssize_t n = pread(u->fd, u->words, sizeof u->words, (off_t)(page * 8));
		u->first = page;
		u->count = n > 0 ? (size_t)n / 8 : 0;
		if (!u->count)
			return false;
	}
	return u->words[page - u->first] >> 62 == 0;
}

/* ---- taking ---------------------------------------------------------------------------------- */

struct span {
	const uint8_t *at;
	size_t n;                       /* bytes of the range in this group, at most GROUP */
};

static size_t page_size(struct span s, int i)
{
	size_t from = (size_t)i * PAGE;

	return s.n <= from ? 0 : s.n - from < PAGE ? s.n - from : PAGE;
}

/* Bit i: page i is not what it was in OLD. */
static uint32_t group_changes(const struct image_group *old, struct span s, struct untouched *u)
{
	uint32_t changed = 0;

	for (int i = 0; i < GROUP_PAGES; i++) {
		size_t n = page_size(s, i);
		const uint8_t *at = s.at + (size_t)i * PAGE;
		if (n && !(!(old && old->pages[i]) && untouched_page(u, at)) && !page_same(old, i, at, n))
			changed |= 1u << i;
	}
	return changed;
}

static bool group_copy(struct image_group *g, const struct image_group *old, struct span s, uint32_t changed,
	uint64_t *account)
{
	for (int i = 0; i < GROUP_PAGES; i++) {
		const uint8_t *at = s.at + (size_t)i * PAGE;
		size_t n = page_size(s, i);
		if (!(changed >> i & 1)) {
			g->pages[i] = n && old ? old->pages[i] : NULL;
			if (g->pages[i])
				g->pages[i]->users++;
		} else if (memcmp(at, zeros, n) != 0) {
			g->pages[i] = page_new(at, n);
			if (!g->pages[i])
				return false;
			*account += sizeof *g->pages[i];
		}
	}
	return true;
}

static bool group_take(struct image_group **out, struct image_group *old, struct span s, struct untouched *u,
	uint64_t *account)
{
	uint32_t changed = group_changes(old, s, u);
	struct image_group *g = changed ? calloc(1, sizeof *g) : old;

	*out = g;
	if (!changed) {
		if (old)
			old->users++;
		return true;
	}
	if (!g)
		return false;
	g->users = 1;
	*account += sizeof *g;
	return group_copy(g, old, s, changed, account);
}

static struct span span_of(const void *base, uint64_t size, uint32_t group)
{
	uint64_t from = (uint64_t)group * GROUP;

	return (struct span){ (const uint8_t *)base + from, size - from < GROUP ? (size_t)(size - from) : GROUP };
}

bool image_take(struct image *out, const struct image *before, const void *base, uint64_t size, uint64_t *account)
{
	struct untouched u;
	bool ok = true;

	*out = (struct image){ .size = size, .ngroups = (uint32_t)((size + GROUP - 1) / GROUP),
		.account = account };
	out->groups = calloc(out->ngroups ? out->ngroups : 1, sizeof *out->groups);
	if (!out->groups)
		return false;
	*account += out->ngroups * sizeof *out->groups;
	untouched_open(&u, size >= GROUP);
	for (uint32_t i = 0; ok && i < out->ngroups; i++) {
		struct image_group *old = before && i < before->ngroups ? before->groups[i] : NULL;
		ok = group_take(&out->groups[i], old, span_of(base, size, i), &u, account);
	}
	untouched_close(&u);
	if (!ok)
		image_free(out);
	return ok;
}

/* ---- putting back ---------------------------------------------------------------------------- */

static void group_restore(const struct image_group *g, struct span s, struct untouched *u)
{
	for (int i = 0; i < GROUP_PAGES; i++) {
		size_t n = page_size(s, i);
		const uint8_t *at = s.at + (size_t)i * PAGE;
		bool zero = !g || !g->pages[i];
		if (n && !(zero && untouched_page(u, at)) && !page_same(g, i, at, n))
			memcpy((uint8_t *)(uintptr_t)at, page_bytes(g, i), n);
	}
}

void image_restore(const struct image *m, void *base)
{
	struct untouched u;

	untouched_open(&u, m->size >= GROUP);
	for (uint32_t i = 0; i < m->ngroups; i++)
		group_restore(m->groups[i], span_of(base, m->size, i), &u);
	untouched_close(&u);
}

void image_free(struct image *m)
{
	for (uint32_t i = 0; m->groups && i < m->ngroups; i++)
		group_drop(m->groups[i], m->account);
	if (m->groups)
		*m->account -= m->ngroups * sizeof *m->groups;
	free(m->groups);
	*m = (struct image){ 0 };
}

/* ---- hashing --------------------------------------------------------------------------------- */

static uint64_t mix(uint64_t h, uint64_t v)
{
	unsigned __int128 x = (unsigned __int128)(h ^ v ^ 0x9e3779b97f4a7c15u) * 0xd6e8feb86659fd93u;

	return (uint64_t)x ^ (uint64_t)(x >> 64) ^ v << 1;
}

uint64_t image_hash(uint64_t h, const void *base, uint64_t size)
{
	const uint8_t *p = base;
	uint64_t lanes[4] = { h, h + 1, h + 2, h + 3 }, v;
	uint64_t left = size;

	for (; left >= 32; left -= 32)
		for (int i = 0; i < 4; i++, p += 8) {
			memcpy(&v, p, 8);
			lanes[i] = mix(lanes[i], v);
		}
	for (; left; left--)
		lanes[0] = mix(lanes[0], *p++);
	return mix(mix(mix(mix(size, lanes[0]), lanes[1]), lanes[2]), lanes[3]);
}

enum { ASK = 1 << 20 };                 /* smaller ranges are read sooner than the kernel's table */

uint64_t image_digest(uint64_t h, const void *base, uint64_t size)
{
	const uint8_t *p = base;
	struct untouched u;

	h = mix(h, size);
	untouched_open(&u, size >= ASK);
	for (uint64_t at = 0; at < size; at += PAGE) {
		size_t n = size - at < PAGE ? (size_t)(size - at) : PAGE;
		if (!untouched_page(&u, p + at) && memcmp(p + at, zeros, n) != 0)
			h += mix(at, image_hash(at, p + at, n));
	}
	untouched_close(&u);
	return h;
}

uint64_t image_difference(const void *a, const void *b, uint64_t size, uint64_t from)
{
	const uint8_t *x = a, *y = b;
	struct untouched ux, uy;
	uint64_t at = from;

	untouched_open(&ux, size >= ASK);
	untouched_open(&uy, size >= ASK);
	while (at < size) {
		size_t n = PAGE - at % PAGE < size - at ? PAGE - (size_t)(at % PAGE) : (size_t)(size - at);
		const uint8_t *page_x = x + at - at % PAGE, *page_y = y + at - at % PAGE;
		if (!(untouched_page(&ux, page_x) && untouched_page(&uy, page_y)) && memcmp(x + at, y + at, n) != 0)
			break;
		at += n;
	}
	while (at < size && x[at] == y[at])
		at++;
	untouched_close(&ux);
	untouched_close(&uy);
	return at;
}
