/*
 * path_*: what is named by a path below a directory. Every path goes through resolve.c; functions that change a
 * directory resolve its parent first and then act on one name in it, which the kernel does not follow when it is a link.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

/* A directory and a path of a call. */
struct target {
	struct wasi_fd *dir;
	struct place_at at;
	char path[PATH_MAX];
};

/* Remember a refusal and pass the error number on. */
static uint32_t refused(struct wasi_call *k, struct target *t, uint32_t e)
{
	if (e == WE_NOTCAPABLE)
		wasi_refuse(k->wasi, WASI_REFUSED_OUTSIDE, t->path, t->dir);
	else if (e == WE_ROFS)
		wasi_refuse(k->wasi, WASI_REFUSED_READ_ONLY, t->path, t->dir);
	return e;
}

/* Descriptor argument FD and path arguments PATH, PATH + 1. */
static uint32_t target_get(struct wasi_call *k, int fd, int path, uint64_t rights, struct target *t)
{
	uint32_t e = guest_path(k, path, t->path);

	return e ? e : fd_get_dir(k->wasi, arg32(k, fd), rights, t->path, &t->dir);
}

static void target_put(struct wasi_call *k, struct target *t)
{
	fd_put(k->wasi, t->dir);
}

/* The same for changing the directory that holds the last component; DOTS: the error when that is "." or "..". */
static uint32_t target_get_place(struct wasi_call *k, int fd, int path, uint64_t rights, uint32_t dots, bool changes,
	struct target *t)
{
	uint32_t e = target_get(k, fd, path, rights, t);

	if (e)
		return e;
	e = resolve_parent(k->wasi, t->dir->host, t->path, dots, &t->at);
	if (!e && changes && t->dir->read_only) {
		place_at_close(&t->at);
		e = WE_ROFS;
	}
	if (e) {
		refused(k, t, e);
		target_put(k, t);
	}
	return e;
}

static uint32_t target_put_place(struct wasi_call *k, struct target *t, int result)
{
	uint32_t e = result ? wasi_errno_of(errno) : WE_SUCCESS;

	place_at_close(&t->at);
	target_put(k, t);
	return e;
}

/* ---- one name -------------------------------------------------------------------------------- */

uint32_t wasi_path_create_directory(struct wasi_call *k)
{
	struct target t;
	uint32_t e = target_get_place(k, 0, 1, RIGHT(PATH_CREATE_DIRECTORY), WE_EXIST, true, &t);

	return e ? e : target_put_place(k, &t, mkdirat(t.at.dir, t.at.name, 0777));
}

uint32_t wasi_path_remove_directory(struct wasi_call *k)
{
	struct target t;
	uint32_t e = target_get_place(k, 0, 1, RIGHT(PATH_REMOVE_DIRECTORY), WE_INVAL, true, &t);

	return e ? e : target_put_place(k, &t, unlinkat(t.at.dir, t.at.name, AT_REMOVEDIR));
}

uint32_t wasi_path_unlink_file(struct wasi_call *k)
{
	struct target t;
	uint32_t e = target_get_place(k, 0, 1, RIGHT(PATH_UNLINK_FILE), WE_ISDIR, true, &t);

	return e ? e : target_put_place(k, &t, unlinkat(t.at.dir, t.at.name, 0));
}

/* A link that begins at the root would lead out of every directory, so it is not made. */
uint32_t wasi_path_symlink(struct wasi_call *k)
{
	struct target t;
	char content[PATH_MAX];
	uint32_t e = guest_path(k, 0, content);

	if (e || (e = target_get_place(k, 2, 3, RIGHT(PATH_SYMLINK), WE_EXIST, true, &t)))
		return e;
	if (content[0] != '/')
		return target_put_place(k, &t, symlinkat(content, t.at.dir, t.at.name));
	wasi_refuse(k->wasi, WASI_REFUSED_OUTSIDE, content, t.dir);
	target_put_place(k, &t, 0);
	return WE_NOTCAPABLE;
}

/* "link/" names what the link points to, which is no link: the kernel would follow it, so it is resolved here. */
static uint32_t readlink_slash(struct wasi_call *k, struct target *t)
{
	uint32_t e;
	int fd = resolve_open(k->wasi, t->dir->host, t->path, O_PATH, 0, &e);

	if (fd >= 0)
		close(fd);
	return fd >= 0 ? WE_INVAL : refused(k, t, e);
}

uint32_t wasi_path_readlink(struct wasi_call *k)
{
	uint32_t at = arg32(k, 3), room = arg32(k, 4), used_at = arg32(k, 5);
	char content[PATH_MAX];
	struct target t;
	uint32_t e;

	if (!guest_ok(k, at, room) || !guest_ok(k, used_at, 4))
		return WE_FAULT;
	if ((e = target_get_place(k, 0, 1, RIGHT(PATH_READLINK), WE_INVAL, false, &t)))
		return e;
	ssize_t n = 0;
	if (strchr(t.at.name, '/'))
		e = readlink_slash(k, &t);
	else if ((n = readlinkat(t.at.dir, t.at.name, content, sizeof content)) < 0)
		e = wasi_errno_of(errno);
	else if (content[0] == '/')
		e = refused(k, &t, WE_NOTCAPABLE);
	target_put_place(k, &t, 0);
	if (e)
		return e;
	size_t used = (size_t)n < room ? (size_t)n : room;
	guest_copy_out(k, at, content, used);
	guest_put(k, used_at, used, 4);
	return WE_SUCCESS;
}

/* ---- two names ------------------------------------------------------------------------------- */

uint32_t wasi_path_rename(struct wasi_call *k)
{
	struct target from, to;
	uint32_t e = target_get_place(k, 0, 1, RIGHT(PATH_RENAME_SOURCE), WE_BUSY, true, &from);

	if (e)
		return e;
	e = target_get_place(k, 3, 4, RIGHT(PATH_RENAME_TARGET), WE_BUSY, true, &to);
	if (!e)
		e = target_put_place(k, &to, renameat(from.at.dir, from.at.name, to.at.dir, to.at.name));
	target_put_place(k, &from, 0);
	return e;
}

/* Link the file that FD was opened on (O_PATH). */
static int link_opened(int fd, const struct place_at *to)
{
	char self[40];

	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return linkat(AT_FDCWD, self, to->dir, to->name, AT_SYMLINK_FOLLOW);
}

/* The old path is followed, by its flag or because slashes come behind it. */
static uint32_t link_followed(struct wasi_call *k, struct target *from, const struct place_at *to)
{
	uint32_t e;
	int fd = resolve_open(k->wasi, from->dir->host, from->path, O_PATH, 0, &e);

	if (fd < 0)
		return refused(k, from, e);
	e = link_opened(fd, to) ? wasi_errno_of(errno) : WE_SUCCESS;
	close(fd);
	return e;
}

uint32_t wasi_path_link(struct wasi_call *k)
{
	struct target from, to;
	uint32_t lookup = arg32(k, 1), e;

	if (lookup & ~(uint32_t)LOOKUP_FOLLOW)
		return WE_INVAL;
	if ((e = target_get_place(k, 0, 2, RIGHT(PATH_LINK_SOURCE), WE_PERM, true, &from)))
		return e;
	e = target_get_place(k, 4, 5, RIGHT(PATH_LINK_TARGET), WE_EXIST, true, &to);
	if (!e) {
		if (lookup & LOOKUP_FOLLOW || strchr(from.at.name, '/'))
			e = link_followed(k, &from, &to.at);
		else if (linkat(from.at.dir, from.at.name, to.at.dir, to.at.name, 0))
			e = wasi_errno_of(errno);
		target_put_place(k, &to, 0);
	}
	target_put_place(k, &from, 0);
	return e;
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* What a path names, as a descriptor that can only be asked. */
static int target_open(struct wasi_call *k, struct target *t, uint32_t lookup, uint32_t *e)
{
	int fd = resolve_open(k->wasi, t->dir->host, t->path, lookup & LOOKUP_FOLLOW ? O_PATH : O_PATH | O_NOFOLLOW, 0, e);

	if (fd < 0)
		refused(k, t, *e);
	return fd;
}

uint32_t wasi_path_filestat_get(struct wasi_call *k)
{
	uint32_t lookup = arg32(k, 1), at = arg32(k, 4), e;
	struct target t;
	struct stat st;

	if (lookup & ~(uint32_t)LOOKUP_FOLLOW)
		return WE_INVAL;
	if (!guest_ok(k, at, stat_size(k)))
		return WE_FAULT;
	if ((e = target_get(k, 0, 2, RIGHT(PATH_FILESTAT_GET), &t)))
		return e;
	int fd = target_open(k, &t, lookup, &e);
	if (fd >= 0) {
		if (fstat(fd, &st))
			e = wasi_errno_of(errno);
		else
			stat_put(k, at, &st);
		close(fd);
	}
	target_put(k, &t);
	return e;
}

/* Older kernels set no times through O_PATH: there by the name of the descriptor, which only follows a link itself. */
static int times_set(int fd, const struct timespec times[2])
{
	char self[40];

	if (utimensat(fd, "", times, AT_EMPTY_PATH) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOENT && errno != ENOSYS)
		return -1;
	snprintf(self, sizeof self, "/proc/self/fd/%d", fd);
	return utimensat(AT_FDCWD, self, times, 0);
}

uint32_t wasi_path_filestat_set_times(struct wasi_call *k)
{
	uint32_t lookup = arg32(k, 1), e;
	struct timespec times[2];
	struct target t;

	if (lookup & ~(uint32_t)LOOKUP_FOLLOW || !stat_times(k->args[4], k->args[5], arg32(k, 6), times))
		return WE_INVAL;
	if ((e = target_get(k, 0, 2, RIGHT(PATH_FILESTAT_SET_TIMES), &t)))
		return e;
	if (t.dir->read_only) {
		e = refused(k, &t, WE_ROFS);
	} else {
		int fd = target_open(k, &t, lookup, &e);

		if (fd >= 0) {
			e = times_set(fd, times) ? wasi_errno_of(errno) : WE_SUCCESS;
			close(fd);
		}
	}
	target_put(k, &t);
	return e;
}
