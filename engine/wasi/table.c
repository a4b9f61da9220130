/* The descriptor table: what a number means, for how long, and with which rights. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "engine/wasi/impl.h"

/* ---- describing ------------------------------------------------------------------------------ */

uint8_t filetype_of(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFBLK: return FILETYPE_BLOCK;
	case S_IFCHR: return FILETYPE_CHARACTER;
	case S_IFDIR: return FILETYPE_DIRECTORY;
	case S_IFREG: return FILETYPE_REGULAR;
	case S_IFLNK: return FILETYPE_SYMLINK;
	case S_IFSOCK: return FILETYPE_STREAM;
	default: return FILETYPE_UNKNOWN;
	}
}

static uint8_t socket_type(int host)
{
	int type = 0;
	socklen_t size = sizeof type;

	getsockopt(host, SOL_SOCKET, SO_TYPE, &type, &size);
	return type == SOCK_DGRAM ? FILETYPE_DGRAM : FILETYPE_STREAM;
}

static char kind_of(mode_t mode, int host)
{
	switch (mode & S_IFMT) {
	case S_IFBLK: case S_IFREG: return 'f';
	case S_IFDIR: return 'd';
	case S_IFSOCK: return 's';
	case S_IFCHR: return isatty(host) ? 'p' : 'c';
	default: return 'p';
	}
}

struct wasi_fd fd_describe(int host, bool owned)
{
	struct wasi_fd f = { .host = host, .owned = owned, .kind = 'p' };
	struct stat st;

	if (fstat(host, &st) == 0) {
		f.kind = kind_of(st.st_mode, host);
		f.type = f.kind == 's' ? socket_type(host) : filetype_of(st.st_mode);
	}
	f.waits = f.kind != 'f' && f.kind != 'd';
	f.base = rights_of_kind(f.kind);
	return f;
}

/* ---- the table ------------------------------------------------------------------------------- */

static void fd_close_host(const struct wasi_fd *f)
{
	if (f->owned)
		close(f->host);
}

/* Under lock. Whether the last reference went: the caller frees it outside. */
static bool fd_unref(struct wasi_fd *f)
{
	return --f->refs == 0;
}

static void fd_free(struct wasi_fd *f)
{
	fd_close_host(f);
	free(f);
}

static struct wasi_fd *fd_copy(const struct wasi_fd *proto)
{
	struct wasi_fd *f = malloc(sizeof *f);

	if (f) {
		*f = *proto;
		f->refs = 1;
	}
	return f;
}

void fd_describe_stdio(struct wasi *w)
{
	static const uint64_t not_for[3] = {
		RIGHT(FD_WRITE) | RIGHT(FD_ALLOCATE) | RIGHT(FD_FILESTAT_SET_SIZE), RIGHT(FD_READ), RIGHT(FD_READ)
	};

	w->stdio_described = true;
	for (int i = 0; i < 3; i++) {
		if (w->stdio[i] < 0 || fcntl(w->stdio[i], F_GETFD) < 0)
			continue;
		struct wasi_fd f = fd_describe(w->stdio[i], false);

		f.base &= ~not_for[i];
		w->fds.data[i] = fd_copy(&f);
	}
}

/* Under lock; NULL: not open. */
static struct wasi_fd *fd_at(struct wasi *w, uint32_t fd)
{
	if (!w->stdio_described)
		fd_describe_stdio(w);
	return fd < w->fds.count ? w->fds.data[fd] : NULL;
}

int wasi_stream_of(struct wasi *w, uint32_t fd)
{
	int stream = 0;

	pthread_mutex_lock(&w->lock);
	const struct wasi_fd *f = fd_at(w, fd);
	for (int i = 2; f && !f->owned && i > 0; i--)
		if (f->host == w->stdio[i] && (!stream || (int)fd == i))
			stream = i;
	pthread_mutex_unlock(&w->lock);
	return stream;
}

static void fd_refused_stdio(struct wasi *w, uint32_t fd)
{
	static const struct { uint32_t bit; const char *word; } stream[3] = {
		{ WASI_DENY_STDIN, "stdin" }, { WASI_DENY_STDOUT, "stdout" }, { WASI_DENY_STDERR, "stderr" }
	};

	if (fd < 3 && w->deny & stream[fd].bit)
		wasi_refuse(w, WASI_REFUSED_DENIED, stream[fd].word, NULL);
}

uint32_t fd_get(struct wasi *w, uint32_t fd, uint64_t base, struct wasi_fd **out)
{
	pthread_mutex_lock(&w->lock);
	struct wasi_fd *f = fd_at(w, fd);
	uint32_t e = !f ? WE_BADF : base & ~atomic_load(&f->base) ? WE_NOTCAPABLE : WE_SUCCESS;
	if (!e) {
		f->refs++;
		*out = f;
	}
	pthread_mutex_unlock(&w->lock);
	if (e == WE_BADF)
		fd_refused_stdio(w, fd);
	return e;
}

void fd_put(struct wasi *w, struct wasi_fd *f)
{
	pthread_mutex_lock(&w->lock);
	bool last = fd_unref(f);
	pthread_mutex_unlock(&w->lock);
	if (last)
		fd_free(f);
}

uint32_t fd_get_dir(struct wasi *w, uint32_t fd, uint64_t base, const char *path, struct wasi_fd **out)
{
	uint32_t e = fd_get(w, fd, 0, out);

	if (e == WE_BADF && fd > 2 && !w->npreopens)
		wasi_refuse(w, WASI_REFUSED_NO_DIRECTORY, path, NULL);
	if (e)
		return e;
	if ((*out)->kind != 'd')
		e = WE_NOTDIR;
	else if (base & ~atomic_load(&(*out)->base))
		e = WE_NOTCAPABLE;
	if (e)
		fd_put(w, *out);
	return e;
}

uint32_t fd_add(struct wasi *w, struct wasi_fd proto, uint32_t *fd)
{
	struct wasi_fd *f = fd_copy(&proto);
	uint32_t i = 3;

	pthread_mutex_lock(&w->lock);
	while (i < w->fds.count && w->fds.data[i])
		i++;
	bool ok = f && (i < w->fds.count || vec_push(&w->fds, NULL));
	if (ok)
		w->fds.data[i] = f;
	pthread_mutex_unlock(&w->lock);
	if (!ok) {
		fd_close_host(&proto);
		free(f);
		return WE_NOMEM;
	}
	*fd = i;
	return WE_SUCCESS;
}

uint32_t wasi_fd_close(struct wasi_call *k)
{
	struct wasi *w = k->wasi;
	uint32_t fd = arg32(k, 0);

	pthread_mutex_lock(&w->lock);
	struct wasi_fd *f = fd_at(w, fd);
	bool last = f && fd_unref(f);
	if (f)
		w->fds.data[fd] = NULL;
	pthread_mutex_unlock(&w->lock);
	if (last)
		fd_free(f);
	return f ? WE_SUCCESS : WE_BADF;
}

uint32_t wasi_fd_renumber(struct wasi_call *k)
{
	struct wasi *w = k->wasi;
	uint32_t from = arg32(k, 0), to = arg32(k, 1);

	pthread_mutex_lock(&w->lock);
	struct wasi_fd *f = fd_at(w, from), *old = fd_at(w, to);
	bool ok = f && old, last = ok && from != to && fd_unref(old);
	if (ok && from != to) {
		w->fds.data[to] = f;
		w->fds.data[from] = NULL;
	}
	pthread_mutex_unlock(&w->lock);
	if (last)
		fd_free(old);
	return ok ? WE_SUCCESS : WE_BADF;
}

void fd_table_free(struct wasi *w)
{
	for (size_t i = 0; i < w->fds.count; i++)
		if (w->fds.data[i])
			fd_free(w->fds.data[i]);
	vec_free(&w->fds);
}
