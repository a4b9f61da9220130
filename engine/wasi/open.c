/*
 * path_open. Files are opened without waiting (O_NONBLOCK), so that a named pipe cannot stop the engine; whether a read
 * waits is decided by the guest's own flag (io.c). Access follows from the rights asked for.
 */
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

struct request {
	uint32_t lookup, oflags, fdflags;
	uint64_t base, inheriting;
	bool read_only;
};

static uint64_t request_needs(const struct request *r)
{
	return RIGHT(PATH_OPEN) | (r->oflags & OFLAG_CREAT ? RIGHT(PATH_CREATE_FILE) : 0)
		| (r->oflags & OFLAG_TRUNC ? RIGHT(PATH_FILESTAT_SET_SIZE) : 0);
}

/* What the directory must hand on: writing through to the disk is a use of the right to synchronise. */
static uint64_t request_inherits(const struct request *r)
{
	return r->base | r->inheriting | (r->fdflags & FDFLAG_DSYNC ? RIGHT(FD_DATASYNC) : 0)
		| (r->fdflags & (FDFLAG_SYNC | FDFLAG_RSYNC) ? RIGHT(FD_SYNC) : 0);
}

static int request_flags(const struct request *r, bool write)
{
	bool read = r->base & (RIGHT(FD_READ) | RIGHT(FD_READDIR));
	int flags = O_NONBLOCK | O_NOCTTY | (write ? read ? O_RDWR : O_WRONLY : O_RDONLY);

	if (!(r->lookup & LOOKUP_FOLLOW))
		flags |= O_NOFOLLOW;
	if (r->oflags & OFLAG_CREAT)
		flags |= O_CREAT;
	if (r->oflags & OFLAG_DIRECTORY)
		flags |= O_DIRECTORY;
	if (r->oflags & OFLAG_EXCL)
		flags |= O_EXCL;
	if (r->oflags & OFLAG_TRUNC)
		flags |= O_TRUNC;
	if (r->fdflags & FDFLAG_APPEND)
		flags |= O_APPEND;
	return flags;
}

/* A file that may not be written, or has no writer to wait for, is opened for reading where writing was no must. */
static bool readable_only(uint32_t e)
{
	return e == WE_ACCES || e == WE_ISDIR || e == WE_ROFS || e == WE_TXTBSY || e == WE_PERM || e == WE_NXIO;
}

static int request_open(struct wasi *w, const struct wasi_fd *dir, const char *path, const struct request *r, uint32_t *e)
{
	bool must = r->base & RIGHT(FD_WRITE), file = !(r->oflags & OFLAG_DIRECTORY);
	bool may = file && !r->read_only && r->base & (RIGHT(FD_ALLOCATE) | RIGHT(FD_FILESTAT_SET_SIZE));

	int fd = resolve_open(w, dir->host, path, request_flags(r, must || may), 0666, e);
	if (fd < 0 && may && !must && readable_only(*e))
		fd = resolve_open(w, dir->host, path, request_flags(r, false), 0666, e);
	return fd;
}

/* Below a read-only directory what exists opens for reading; nothing is written, cut or made. */
static int request_open_read_only(struct wasi *w, const struct wasi_fd *dir, const char *path, struct request *r,
	uint32_t *e)
{
	bool creates = r->oflags & OFLAG_CREAT, exclusive = r->oflags & OFLAG_EXCL;
	bool writes = r->oflags & OFLAG_TRUNC || r->base & RIGHT(FD_WRITE);

	r->oflags &= ~(uint32_t)(OFLAG_CREAT | OFLAG_EXCL | OFLAG_TRUNC);
	r->base &= ~(RIGHT(FD_WRITE) | RIGHT(FD_ALLOCATE) | RIGHT(FD_FILESTAT_SET_SIZE));
	int fd = request_open(w, dir, path, r, e);
	if (fd < 0 && creates && *e == WE_NOENT)
		*e = WE_ROFS;
	if (fd >= 0 && (writes || (creates && exclusive))) {
		close(fd);
		fd = -1;
		*e = creates && exclusive ? WE_EXIST : WE_ROFS;
	}
	return fd;
}

static uint32_t request_add(struct wasi *w, const struct wasi_fd *dir, const struct request *r, int host, uint32_t *fd)
{
	struct wasi_fd f = fd_describe(host, true);

	f.base &= r->base;
	f.inheriting = f.kind == 'd' ? r->inheriting : 0;
	f.flags = (uint16_t)r->fdflags;
	f.read_only = dir->read_only;
	f.granted_from = NULL;
	return fd_add(w, f, fd);
}

static uint32_t request_check(const struct request *r)
{
	bool both = r->oflags & OFLAG_DIRECTORY && r->oflags & OFLAG_CREAT;

	return both || r->oflags & ~(uint32_t)OFLAG_ALL || r->fdflags & ~(uint32_t)FDFLAG_ALL
		|| r->lookup & ~(uint32_t)LOOKUP_FOLLOW ? WE_INVAL : WE_SUCCESS;
}

uint32_t wasi_path_open(struct wasi_call *k)
{
	/* rights that this version does not know are not given */
	struct request r = { arg32(k, 1), arg32(k, 4), arg32(k, 7), k->args[5] & RIGHT_ALL, k->args[6] & RIGHT_ALL, false };
	uint32_t out = arg32(k, 8), fd, e = request_check(&r);
	char path[PATH_MAX];
	struct wasi_fd *dir;

	if (e || (e = guest_path(k, 2, path)))
		return e;
	if (!guest_ok(k, out, 4))
		return WE_FAULT;
	if ((e = fd_get_dir(k->wasi, arg32(k, 0), request_needs(&r), path, &dir)))
		return e;
	if (request_inherits(&r) & ~atomic_load(&dir->inheriting)) {
		fd_put(k->wasi, dir);
		return WE_NOTCAPABLE;
	}
	r.read_only = dir->read_only;
	int host = r.read_only ? request_open_read_only(k->wasi, dir, path, &r, &e)
		: request_open(k->wasi, dir, path, &r, &e);
	if (host >= 0)
		e = request_add(k->wasi, dir, &r, host, &fd);
	else if (e == WE_NOTCAPABLE || e == WE_ROFS)
		wasi_refuse(k->wasi, e == WE_ROFS ? WASI_REFUSED_READ_ONLY : WASI_REFUSED_OUTSIDE, path, dir);
	fd_put(k->wasi, dir);
	if (!e)
		guest_put(k, out, fd, 4);
	return e;
}
