/*
 * fd_readdir. A cookie is the kernel's own position behind an entry, so a listing continues anywhere, also after
 * entries were added or removed; nothing is kept between calls. The directory's descriptor is its own open file, and
 * its position is used under the table's lock.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

enum { DIRENT_SIZE = 24 };

/* The kernel's linux_dirent64. */
struct entry {
	uint64_t ino;
	int64_t next;
	uint16_t size;
	uint8_t type;
	char name[];
};

struct listing {
	struct wasi_call *call;
	uint32_t at, room, used;
};

/* Copy what fits; the last entry may be cut short. */
static void listing_put(struct listing *l, const void *p, size_t n)
{
	if (n > l->room - l->used)
		n = l->room - l->used;
	guest_copy_out(l->call, (uint64_t)l->at + l->used, p, n);
	l->used += (uint32_t)n;
}

static uint8_t entry_type(int dir, const struct entry *e)
{
	struct stat st;

	if (e->type != DT_UNKNOWN)
		return filetype_of(DTTOIF(e->type));
	return fstatat(dir, e->name, &st, AT_SYMLINK_NOFOLLOW) ? FILETYPE_UNKNOWN : filetype_of(st.st_mode);
}

static void put_le(uint8_t *p, uint64_t v, unsigned bytes)
{
	for (unsigned i = 0; i < bytes; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static void listing_add(struct listing *l, int dir, const struct entry *e)
{
	uint8_t head[DIRENT_SIZE] = { 0 };
	size_t n = strlen(e->name);

	put_le(head, (uint64_t)e->next, 8);
	put_le(head + 8, e->ino, 8);
	put_le(head + 16, n, 4);
	head[20] = entry_type(dir, e);
	listing_put(l, head, sizeof head);
	listing_put(l, e->name, n);
}

static uint32_t listing_fill(struct listing *l, int dir, uint64_t cookie)
{
	_Alignas(struct entry) char buf[8192];

	if (cookie > INT64_MAX || lseek(dir, (off_t)cookie, SEEK_SET) < 0)
		return WE_INVAL;
	while (l->used < l->room) {
		long n = syscall(SYS_getdents64, dir, buf, sizeof buf);

		if (n < 0)
			return wasi_errno_of(errno);
		if (n == 0)
			break;
		for (long at = 0; at < n && l->used < l->room; ) {
			const struct entry *e = (const void *)(buf + at);

			listing_add(l, dir, e);
			at += e->size;
		}
	}
	return WE_SUCCESS;
}

uint32_t wasi_fd_readdir(struct wasi_call *k)
{
	struct listing l = { k, arg32(k, 1), arg32(k, 2), 0 };
	struct wasi_fd *f;
	uint32_t e;

	if (!guest_ok(k, l.at, l.room) || !guest_ok(k, arg32(k, 4), 4))
		return WE_FAULT;
	if ((e = fd_get(k->wasi, arg32(k, 0), 0, &f)))
		return e;
	if (f->kind != 'd') {
		e = WE_NOTDIR;
	} else if (!(atomic_load(&f->base) & RIGHT(FD_READDIR))) {
		e = WE_NOTCAPABLE;
	} else {
		pthread_mutex_lock(&k->wasi->lock);
		e = listing_fill(&l, f->host, k->args[3]);
		pthread_mutex_unlock(&k->wasi->lock);
	}
	if (!e)
		guest_put(k, arg32(k, 4), l.used, 4);
	fd_put(k->wasi, f);
	return e;
}
