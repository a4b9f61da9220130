/*
 * Paths that cannot leave a directory.
 *
 * Where the kernel has openat2(2), RESOLVE_BENEATH does it in one atomic step. Elsewhere the path is walked here, one
 * component at a time, always through descriptors and never through a symbolic link:
 *
 *      "a/../l/x"    dirs: [granted]  a -> push   .. -> pop   l is a link to "b/c" -> the rest becomes "b/c/x"
 *
 * ".." pops a directory that was opened on the way down, so moving directories about while a walk is under way leads
 * nowhere else; above the first one is a refusal. Absolute paths and absolute links are refused.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

enum { WALK_DEPTH = 512, WALK_LINKS = 40, OPENAT2_TRIES = 64 };

/* ---- openat2 --------------------------------------------------------------------------------- */

static int openat2_beneath(int dir, const char *path, int flags, mode_t mode)
{
	struct open_how how = { .flags = (uint64_t)(unsigned)flags, .mode = flags & O_CREAT ? mode : 0,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS };
	long fd;
	int tries = 0;

	/* EAGAIN: something was renamed meanwhile and the kernel could not tell whether ".." escaped */
	do
		fd = syscall(SYS_openat2, dir, path, &how, sizeof how);
	while (fd < 0 && (errno == EINTR || (errno == EAGAIN && ++tries < OPENAT2_TRIES)));
	return (int)fd;
}

/* Whether it works here: old kernels lack it, some sandboxes refuse it. */
static bool openat2_works(struct wasi *w, int dir)
{
	int known = atomic_load(&w->openat2);

	if (!known) {
		int fd = openat2_beneath(dir, ".", O_PATH | O_CLOEXEC, 0);

		known = fd >= 0 ? 1 : -1;
		if (fd >= 0)
			close(fd);
		atomic_store(&w->openat2, known);
	}
	return known > 0;
}

/* ---- walking --------------------------------------------------------------------------------- */

struct walk {
	int dirs[WALK_DEPTH];           /* dirs[0] is the granted one */
	int depth;                      /* index of the current directory */
	int links;                      /* symbolic links followed */
	char rest[2 * PATH_MAX];        /* what is still to be walked */
};

/* Put a link's TARGET before the rest that begins at REST. */
static uint32_t walk_splice(struct walk *k, const char *target, size_t n, const char *rest)
{
	char joined[2 * PATH_MAX];
	size_t left = strlen(rest);

	if (++k->links > WALK_LINKS)
		return WE_LOOP;
	if (n > 0 && target[0] == '/')
		return WE_NOTCAPABLE;
	if (n + left + 1 >= sizeof joined)
		return WE_NAMETOOLONG;
	memcpy(joined, target, n);
	memcpy(joined + n, rest, left + 1);
	memcpy(k->rest, joined, n + left + 1);
	return WE_SUCCESS;
}

static uint32_t walk_link(struct walk *k, int fd, const char *name, const char *rest)
{
	char target[PATH_MAX];
	ssize_t n = readlinkat(fd, name, target, sizeof target);

	if (n < 0)
		return wasi_errno_of(errno);
	return walk_splice(k, target, (size_t)n, rest);
}

/* Into NAME, a directory or a link to one. */
static uint32_t walk_down(struct walk *k, const char *name, const char *rest)
{
	struct stat st;
	int fd = openat(k->dirs[k->depth], name, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (fd < 0)
		return wasi_errno_of(errno);
	uint32_t e = fstat(fd, &st) ? wasi_errno_of(errno) : WE_SUCCESS;
	if (!e && S_ISDIR(st.st_mode) && k->depth + 1 < WALK_DEPTH) {
		k->dirs[++k->depth] = fd;
		memmove(k->rest, rest, strlen(rest) + 1);
		return WE_SUCCESS;
	}
	if (!e && S_ISDIR(st.st_mode))
		e = WE_NAMETOOLONG;
	else if (!e && S_ISLNK(st.st_mode))
		e = walk_link(k, fd, "", rest);
	else if (!e)
		e = WE_NOTDIR;
	close(fd);
	return e;
}

/* The last component: open it, or follow it when it is a link; *FD < 0 with success: walk on. */
static uint32_t walk_last(struct walk *k, const char *name, int flags, mode_t mode, int *fd)
{
	int dir = k->dirs[k->depth];
	struct stat st;

	*fd = openat(dir, name, flags | O_NOFOLLOW, mode);
	int why = errno;
	if (flags & O_NOFOLLOW)
		return *fd < 0 ? wasi_errno_of(why) : WE_SUCCESS;
	if (*fd >= 0) {
		/* O_PATH opens a link itself */
		if (!(flags & O_PATH) || fstat(*fd, &st) || !S_ISLNK(st.st_mode))
			return WE_SUCCESS;
		close(*fd);
		*fd = -1;
	} else if (why != ELOOP && why != ENOTDIR) {
		return wasi_errno_of(why);
	}
	uint32_t e = walk_link(k, dir, name, "");
	return e == WE_INVAL ? wasi_errno_of(why) : e;
}

static uint32_t walk_step(struct walk *k, int flags, mode_t mode, int *fd)
{
	char name[NAME_MAX + 1];
	const char *p = k->rest + strspn(k->rest, "/");
	size_t n = strcspn(p, "/");
	const char *rest = p + n;

	if (n > NAME_MAX)
		return WE_NAMETOOLONG;
	memcpy(name, p, n);
	name[n] = '\0';
	if (!n) {
		*fd = openat(k->dirs[k->depth], ".", flags & ~O_NOFOLLOW, mode);
		return *fd < 0 ? wasi_errno_of(errno) : WE_SUCCESS;
	}
	if (!strcmp(name, "..")) {
		if (!k->depth)
			return WE_NOTCAPABLE;
		close(k->dirs[k->depth--]);
	}
	if (!strcmp(name, ".") || !strcmp(name, "..")) {
		memmove(k->rest, rest, strlen(rest) + 1);
		return WE_SUCCESS;
	}
	return *rest ? walk_down(k, name, rest) : walk_last(k, name, flags, mode, fd);
}

static int walk_open(int dir, const char *path, int flags, mode_t mode, uint32_t *e)
{
	struct walk k = { .dirs = { dir } };
	int fd = -1;

	memcpy(k.rest, path, strlen(path) + 1);
	do
		*e = walk_step(&k, flags, mode, &fd);
	while (!*e && fd < 0);
	while (k.depth > 0)
		close(k.dirs[k.depth--]);
	return fd;
}

/* ---- both ------------------------------------------------------------------------------------ */

int resolve_open(struct wasi *w, int dir, const char *path, int flags, mode_t mode, uint32_t *e)
{
	int fd;

	*e = WE_NOENT;
	if (!path[0])
		return -1;
	*e = WE_NOTCAPABLE;
	if (path[0] == '/')
		return -1;
	if (!openat2_works(w, dir))
		return walk_open(dir, path, flags | O_CLOEXEC, mode, e);
	fd = openat2_beneath(dir, path, flags | O_CLOEXEC, mode);
	*e = fd >= 0 ? WE_SUCCESS : errno == EXDEV ? WE_NOTCAPABLE : wasi_errno_of(errno);
	return fd;
}

static bool is_dots(const char *p, size_t n)
{
	return (n == 1 && p[0] == '.') || (n == 2 && p[0] == '.' && p[1] == '.');
}

uint32_t resolve_parent(struct wasi *w, int dir, const char *path, uint32_t dots, struct place_at *out)
{
	size_t end = strlen(path);
	bool slash = end > 1 && path[end - 1] == '/';
	char parent[PATH_MAX];
	uint32_t e;

	if (!path[0])
		return WE_NOENT;
	if (path[0] == '/')
		return WE_NOTCAPABLE;
	while (path[end - 1] == '/')
		end--;
	size_t start = end;
	while (start > 0 && path[start - 1] != '/')
		start--;
	if (is_dots(path + start, end - start)) {
		int fd = resolve_open(w, dir, path, O_PATH | O_DIRECTORY, 0, &e);

		if (fd >= 0)
			close(fd);
		return fd >= 0 ? dots : e;
	}
	if (end - start > NAME_MAX)
		return WE_NAMETOOLONG;
	snprintf(out->name, sizeof out->name, "%.*s%s", (int)(end - start), path + start, slash ? "/" : "");
	out->dir = dir;
	out->own = start > 0;
	if (!out->own)
		return WE_SUCCESS;
	memcpy(parent, path, start);
	parent[start] = '\0';
	out->dir = resolve_open(w, dir, parent, O_PATH | O_DIRECTORY, 0, &e);
	return e;
}

void place_at_close(struct place_at *p)
{
	if (p->own && p->dir >= 0)
		close(p->dir);
}
