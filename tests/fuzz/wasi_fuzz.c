/*
 * Bytes as a sequence of WASI calls on a granted directory full of traps: whatever is called, nothing outside of the
 * directory is opened, changed or made, memory changes only where it was announced, and every result is an error number.
 *
 *      scratch/secret          must stay as it is, and alone beside:
 *      scratch/box             granted as descriptor 3, made anew for each input
 *      scratch/box/d           granted as descriptor 4, read-only
 */
#include "tests/fuzz/fuzz.h"
#include "tests/wasi/guest.h"

#include <dirent.h>
#include <ftw.h>
#include <signal.h>
#include <sys/resource.h>

const enum fuzz_input fuzz_wants = FUZZ_BYTES;

enum { CALLS_MOST = 40, FUNCTION_ARGS = 9 };

struct bytes {
	const uint8_t *p, *end;
};

static uint8_t byte_of(struct bytes *b)
{
	return b->p < b->end ? *b->p++ : 0;
}

static uint64_t number_of(struct bytes *b)
{
	static const uint64_t some[] = { 0, 1, 2, 3, 4, 5, 8, 100, 1024, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(0x7fffffffffffffff), UINT64_MAX };
	uint8_t x = byte_of(b);

	return x < 128 ? some[x % 16] : (uint64_t)(x - 128) << (byte_of(b) % 40);
}

/* ---- paths ------------------------------------------------------------------------------------------------------------- */

static const char *const components[] = {
	"..", ".", "", "d", "f", "g", "up", "abs", "loop", "in", "out", "deep", "new", "new2", "secret", "box", "d/..", "../box",
	"\xc3\xa4", "etc", "proc", "self", "fd", "cwd", "root", "d", "f", "new", "in",
	"nnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnnn",
};

static uint32_t put_path(struct guest *g, uint32_t at, struct bytes *b)
{
	uint32_t n = 0;

	for (unsigned parts = byte_of(b) % 6; parts; parts--) {
		const char *word = components[byte_of(b) % (sizeof components / sizeof *components)];
		size_t length = strlen(word);
		if (n + length + 1 > 1000)
			break;
		memcpy(g->bytes + at + n, word, length);
		n += (uint32_t)length;
		if (parts > 1 || byte_of(b) % 4 == 0)
			g->bytes[at + n++] = byte_of(b) % 64 ? '/' : byte_of(b) % 2 ? '\xff' : '\0';
	}
	return n;
}

/* ---- the place ----------------------------------------------------------------------------------------------------------- */

struct ground {
	char top[PATH_MAX], box[2 * PATH_MAX];
	struct stat secret;
};

static void link_in(const char *box, const char *name, const char *target)
{
	char path[3 * PATH_MAX];

	path_join(path, sizeof path, box, name);
	if (symlink(target, path))
		abort();
}

static void ground_make(struct ground *p)
{
	char path[3 * PATH_MAX];

	scratch_make(p->top);
	host_write(p->top, "secret", "SECRET");
	path_join(p->box, sizeof p->box, p->top, "box");
	path_join(path, sizeof path, p->box, "d");
	if (mkdir(p->box, 0777) || mkdir(path, 0777))
		abort();
	host_write(path, "g", "in d");
	host_write(p->box, "f", "file");
	link_in(p->box, "up", "..");
	link_in(p->box, "abs", "/");
	link_in(p->box, "loop", "loop");
	link_in(p->box, "in", "d");
	link_in(p->box, "out", "../secret");
	link_in(p->box, "deep", "d/../up/box/in");
	path_join(path, sizeof path, p->top, "secret");
	if (stat(path, &p->secret))
		abort();
}

static bool same_time(struct timespec a, struct timespec b)
{
	return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

/* The secret is what it was, and nothing new lies beside it. */
static void ground_check(const struct ground *p)
{
	char path[3 * PATH_MAX], text[16] = "";
	struct stat s;

	path_join(path, sizeof path, p->top, "secret");
	if (stat(path, &s) || s.st_nlink != p->secret.st_nlink || s.st_mode != p->secret.st_mode || s.st_size != p->secret.st_size ||
	    !same_time(s.st_mtim, p->secret.st_mtim) || !same_time(s.st_ctim, p->secret.st_ctim))
		FUZZ_FAIL("the file outside was changed");
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof text - 1) != 6 || strcmp(text, "SECRET") != 0)
		FUZZ_FAIL("the file outside was written");
	close(fd);
	DIR *d = opendir(p->top);
	unsigned names = 0;
	for (struct dirent *e; d && (e = readdir(d));)
		names += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	if (d)
		closedir(d);
	if (names != 2)
		FUZZ_FAIL("%u names lie beside the granted directory", names);
}

/* Every descriptor that the guest has leads into the granted directory. */
static void fds_check(const struct guest *g, const struct ground *p)
{
	size_t n = strlen(p->box);

	for (size_t i = 0; i < g->wasi->fds.count; i++) {
		const struct wasi_fd *f = g->wasi->fds.data[i];
		char link[64], path[PATH_MAX];
		if (!f || f->host < 0)
			continue;
		snprintf(link, sizeof link, "/proc/self/fd/%d", f->host);
		ssize_t got = readlink(link, path, sizeof path - 1);
		if (got < 0)
			continue;
		path[got] = '\0';
		if (strncmp(path, p->box, n) != 0 || (path[n] != '/' && path[n] != '\0' && path[n] != ' '))
			FUZZ_FAIL("descriptor %zu leads to %s", i, path);
	}
}

/* ---- calls ------------------------------------------------------------------------------------------------------------------ */

struct row {
	const char *name, *sig, *args;
};

/* What may wait, ends the program or needs a socket is for other tests. */
static const struct row rows[] = {
#define WASI(name, sig, since0, deny, args, help) { #name, sig, args },
#include "engine/wasi/wasi.def"
};

static bool left_out(const struct row *r)
{
	return strncmp(r->name, "proc_", 5) == 0 || strncmp(r->name, "sock_", 5) == 0 || strcmp(r->name, "poll_oneoff") == 0 ||
		strcmp(r->name, "fd_allocate") == 0 || strcmp(r->name, "fd_filestat_set_size") == 0;
}

/* Mostly one that is open. */
static slot some_fd(struct bytes *b)
{
	uint8_t x = byte_of(b);

	return x % 16 == 0 ? number_of(b) & 0xffffffff : x % 16 < 8 ? 3 : x % 16 < 10 ? 4 : 5u + x / 16 % 4;
}

/* Flags are mostly few, other numbers mostly small. */
static slot some_number(struct bytes *b, bool flags, bool wide)
{
	uint8_t x = byte_of(b);

	if (x % 16 == 0)
		return number_of(b) & (wide ? UINT64_MAX : 0xffffffff);
	return flags ? x / 16 & (x % 16 < 12 ? 1 : 15) : x;
}

static void call_one(struct guest *g, struct bytes *b)
{
	const struct row *r = &rows[byte_of(b) % (sizeof rows / sizeof *rows)];
	slot args[FUNCTION_ARGS] = { 0 };
	uint32_t path_at = 2048;
	unsigned n = 0;

	if (left_out(r))
		return;
	for (const char *word = r->args; *word;) {
		size_t length = strcspn(word, " ");
		const char *kind = memchr(word, ':', length);
		size_t of_kind = kind ? length - (size_t)(kind - word) : 0;
		if (of_kind == 4 && memcmp(kind, ":str", 4) == 0) {
			args[n] = path_at;
			args[n + 1] = put_path(g, path_at, b);
			path_at += 1024;
			n += 2;
		} else if (of_kind == 4 && memcmp(kind, ":vec", 4) == 0) {
			args[n] = guest_iov(g, 8192, byte_of(b));
			args[n + 1] = byte_of(b) % 8 ? 1 : number_of(b) & 0xffffffff;
			n += 2;
		} else if (of_kind == 3 && memcmp(kind, ":fd", 3) == 0) {
			args[n++] = some_fd(b);
		} else if (of_kind == 4 && memcmp(kind, ":ptr", 4) == 0) {
			args[n++] = byte_of(b) % 16 ? 16384 + 16u * byte_of(b) : number_of(b) & 0xffffffff;
		} else {
			args[n] = some_number(b, of_kind == 6, r->sig[n] == 'I');
			n++;
		}
		word += length + (word[length] == ' ');
	}
	/* rights that do not stand in the way */
	if (strcmp(r->name, "path_open") == 0 && byte_of(b) % 8)
		args[5] = args[6] = UINT64_C(0x1fffffff);
	int error = guest_call(g, r->name, args);
	if (error < 0 || error >= WE_COUNT)
		FUZZ_FAIL("%s gave %d", r->name, error);
	if (g->silent_write)
		FUZZ_FAIL("%s wrote memory without saying so", r->name);
}

static int remove_one(const char *path, const struct stat *s, int kind, struct FTW *at)
{
	return remove(path);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct rlimit most = { 1 << 20, 1 << 20 };
	struct bytes b = { data, data + size };
	char path[3 * PATH_MAX];
	struct ground p;

	signal(SIGXFSZ, SIG_IGN);
	setrlimit(RLIMIT_FSIZE, &most);         /* files may not fill the disk */
	ground_make(&p);
	path_join(path, sizeof path, p.box, "d");
	struct wasi_preopen dirs[] = { { .host = p.box, .guest = "/" }, { .host = path, .guest = "/d", .read_only = true } };
	struct guest *g = guest_new((struct wasi_config){ NO_STDIO, .preopens = dirs, .npreopens = 2,
		.no_openat2 = byte_of(&b) & 1 });
	if (!g)
		abort();
	for (unsigned i = 0; i < CALLS_MOST && b.p < b.end; i++)
		call_one(g, &b);
	fds_check(g, &p);
	ground_check(&p);
	for (int old = 0; old < 2; old++)
		for (int i = 0; i < WASI_FUNCS; i++)
			free(g->wasi->entries[old][i].func);
	wasi_free(g->wasi);
	free(g);
	nftw(p.top, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	return 0;
}
