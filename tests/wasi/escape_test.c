/*
 * Nothing leads out of a granted directory: "..", absolute paths, links planted before and during the run, directories
 * that are moved while a path is walked. Everything is tried with openat2 and with the walk that replaces it.
 *
 *      scratch/secret          "SECRET", also scratch/out/secret
 *      scratch/box             granted; holds links that point outside
 */
#include "tests/wasi/guest.h"

#include <stdatomic.h>
#include <sys/syscall.h>

static const char *const outside[] = {
	"..", "../", "../secret", "./../secret", "dir/../../secret", "/", "/etc/passwd", "//etc/passwd",
	"up", "up/", "up/secret", "to_secret", "to_root", "to_root/etc/passwd", "chain", "chain/secret", "dir/up2/secret",
	"dir/../up/secret", "up/box/file", "to_self_outside/file",
};

static void link_to(const char *box, const char *name, const char *target)
{
	char path[2 * PATH_MAX];

	path_join(path, sizeof path, box, name);
	if (symlink(target, path))
		abort();
}

static void plant(const char *top, char box[2 * PATH_MAX])
{
	char path[3 * PATH_MAX];

	path_join(box, 2 * PATH_MAX, top, "box");
	path_join(path, sizeof path, top, "out");
	if (mkdir(box, 0777) || mkdir(path, 0777))
		abort();
	host_write(top, "secret", "SECRET");
	host_write(path, "secret", "SECRET");
	path_join(path, sizeof path, box, "dir");
	if (mkdir(path, 0777))
		abort();
	host_write(box, "file", "inside");
	host_write(path, "file", "inside");
	link_to(box, "up", "..");
	link_to(box, "to_secret", "../secret");
	link_to(box, "to_root", "/");
	link_to(box, "chain", "dir/back");
	link_to(box, "dir/back", "../up");
	link_to(box, "dir/up2", "../../");
	link_to(box, "to_self_outside", "../box");
	link_to(box, "good", "dir/../dir/file");
	link_to(box, "loop", "loop");
	link_to(box, "dangling", "dir/nothing");
}

static bool refused_as(int e)
{
	return e == WE_NOTCAPABLE || e == WE_PERM;
}

/* Opening, asking and listing, following links. */
static void test_following(struct guest *g)
{
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof outside / sizeof *outside; i++) {
		const char *p = outside[i];
		unsigned was = bad;

		bad += !refused_as(-guest_open(g, 3, p, LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0));
		/* with a slash behind it nothing can be made: some kernels say so before they look */
		int made = guest_open(g, 3, p, LOOKUP_FOLLOW, OFLAG_CREAT, RIGHT(FD_WRITE), 0);
		bad += !refused_as(-made) && !(made == -WE_ISDIR && p[strlen(p) - 1] == '/');
		bad += !refused_as(-guest_open(g, 3, p, LOOKUP_FOLLOW, OFLAG_TRUNC, RIGHT(FD_WRITE), 0));
		bad += !refused_as(CALL(g, "path_filestat_get", 3, 1, PATH(g, p), 64));
		bad += !refused_as(CALL(g, "path_filestat_set_times", 3, 1, PATH(g, p), 1, 1, 5));
		bad += !refused_as(CALL(g, "path_link", 3, 1, PATH(g, p), 3, PATH2(g, "linked")));
		if (bad != was)
			tap_note("%s", p);
	}
	CHECK(bad == 0, "no path outside is followed: %u were", bad);
}

/* Changing names: the last component is not followed, so only what lies behind a link outside is tried. */
static void test_changing(struct guest *g)
{
	static const char *const names[] = {
		"../x", "/tmp/x", "up/x", "up/secret", "chain/x", "to_root/tmp/x", "dir/../../x", "dir/up2/secret", "up/out", "..",
		"up/box/dir",
	};
	unsigned bad = 0;

	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const char *p = names[i];
		unsigned was = bad;

		bad += !refused_as(CALL(g, "path_create_directory", 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_unlink_file", 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_remove_directory", 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_rename", 3, PATH(g, p), 3, PATH2(g, "got")));
		bad += !refused_as(CALL(g, "path_rename", 3, PATH2(g, "file"), 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_link", 3, 0, PATH(g, p), 3, PATH2(g, "got")));
		bad += !refused_as(CALL(g, "path_link", 3, 0, PATH2(g, "file"), 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_symlink", PATH2(g, "file"), 3, PATH(g, p)));
		bad += !refused_as(CALL(g, "path_readlink", 3, PATH(g, p), 9000, 100, 8));
		if (bad != was)
			tap_note("%s", p);
	}
	CHECK(bad == 0, "no name outside is changed: %u were", bad);
	EXPECT(g, WE_NOTCAPABLE, "path_symlink", PATH2(g, "/etc/passwd"), 3, PATH(g, "evil"));
	EXPECT(g, WE_NOTCAPABLE, "path_readlink", 3, PATH(g, "to_root"), 9000, 100, 8);
	EXPECT(g, WE_NOTCAPABLE, "path_readlink", 3, PATH(g, "to_secret/"), 9000, 100, 8);
	EXPECT(g, WE_NOTCAPABLE, "path_link", 3, 0, PATH(g, "to_secret/"), 3, PATH2(g, "got"));
}

/* What the guest may do inside, links included. */
static void test_inside(struct guest *g)
{
	CHECK(guest_open(g, 3, "good", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0) > 3, "a link that stays inside");
	CHECK(guest_open(g, 3, "dir/../dir/./file", 0, 0, RIGHT(FD_READ), 0) > 3, "\"..\" that stays inside");
	CHECK(guest_open(g, 3, "good", 0, 0, RIGHT(FD_READ), 0) == -WE_LOOP, "a link, not followed");
	CHECK(guest_open(g, 3, "loop", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0) == -WE_LOOP, "a link to itself");
	CHECK(guest_open(g, 3, "loop/x", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0) == -WE_LOOP, "behind a link to itself");
	CHECK(guest_open(g, 3, "dangling", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0) == -WE_NOENT, "a dangling link");
	CHECK(guest_open(g, 3, "file/", 0, 0, RIGHT(FD_READ), 0) == -WE_NOTDIR, "a file is no directory");
	CHECK(guest_open(g, 3, "file/x", 0, 0, RIGHT(FD_READ), 0) == -WE_NOTDIR, "nor holds anything");
	CHECK(guest_open(g, 3, "", 0, 0, RIGHT(FD_READ), 0) == -WE_NOENT, "no path");
	CHECK(guest_open(g, 3, "a\xff", 0, 0, RIGHT(FD_READ), 0) == -WE_ILSEQ, "not UTF-8");
	EXPECT(g, WE_ILSEQ, "path_unlink_file", 3, 1024, 1 + guest_text(g, 1024, "file") + (g->bytes[1028] = 0));
	EXPECT(g, WE_NAMETOOLONG, "path_unlink_file", 3, 1024, 5000);
	CHECK(guest_open(g, 3, "dangling", LOOKUP_FOLLOW, OFLAG_CREAT, RIGHT(FD_WRITE), 0) > 3, "made through a link");
	EXPECT(g, WE_SUCCESS, "path_unlink_file", 3, PATH(g, "dir/nothing"));
	CHECK(guest_open(g, 3, "new", 0, OFLAG_CREAT | OFLAG_EXCL, RIGHT(FD_WRITE), 0) > 3, "made");
	CHECK(guest_open(g, 3, "new", 0, OFLAG_CREAT | OFLAG_EXCL, RIGHT(FD_WRITE), 0) == -WE_EXIST, "not made twice");
	EXPECT(g, WE_SUCCESS, "path_symlink", PATH2(g, "dir/file"), 3, PATH(g, "mine"));
	EXPECT(g, WE_SUCCESS, "path_readlink", 3, PATH(g, "mine"), 9000, 3, 8);
	CHECK(guest_load(g, 8, 4) == 3 && !memcmp(g->bytes + 9000, "dir", 3), "what fits of a link's target");
	EXPECT(g, WE_SUCCESS, "path_filestat_get", 3, 0, PATH(g, "mine"), 64);
	CHECK(guest_load(g, 80, 1) == FILETYPE_SYMLINK && guest_load(g, 96, 8) == 8, "a link itself");
	EXPECT(g, WE_SUCCESS, "path_filestat_get", 3, 1, PATH(g, "mine"), 64);
	CHECK(guest_load(g, 80, 1) == FILETYPE_REGULAR, "what it points to");
	EXPECT(g, WE_SUCCESS, "path_link", 3, 1, PATH(g, "mine"), 3, PATH2(g, "hard"));
	EXPECT(g, WE_SUCCESS, "path_filestat_set_times", 3, 0, PATH(g, "mine"), 5, 7, 5);
	EXPECT(g, WE_SUCCESS, "path_filestat_get", 3, 0, PATH(g, "mine"), 64);
	CHECK(guest_load(g, 104, 8) == 5 && guest_load(g, 112, 8) == 7, "a link's own times");
	EXPECT(g, WE_SUCCESS, "path_rename", 3, PATH(g, "hard"), 3, PATH2(g, "dir/hard"));
	EXPECT(g, WE_SUCCESS, "path_unlink_file", 3, PATH(g, "dir/hard"));
	EXPECT(g, WE_SUCCESS, "path_unlink_file", 3, PATH(g, "mine"));
	EXPECT(g, WE_SUCCESS, "path_unlink_file", 3, PATH(g, "new"));
	EXPECT(g, WE_SUCCESS, "path_create_directory", 3, PATH(g, "d/"));
	EXPECT(g, WE_ISDIR, "path_unlink_file", 3, PATH(g, "d"));
	EXPECT(g, WE_NOTDIR, "path_remove_directory", 3, PATH(g, "file"));
	EXPECT(g, WE_NOTEMPTY, "path_remove_directory", 3, PATH(g, "dir"));
	EXPECT(g, WE_INVAL, "path_remove_directory", 3, PATH(g, "d/."));
	EXPECT(g, WE_SUCCESS, "path_remove_directory", 3, PATH(g, "d/"));
	for (slot fd = 4; fd < 20; fd++)
		CALL(g, "fd_close", fd);
}

/* ---- races ----------------------------------------------------------------------------------- */

struct swapping {
	const char *box;
	atomic_bool stop;
};

static void rename_exchange(const char *box, const char *a, const char *b)
{
	char from[2 * PATH_MAX], to[2 * PATH_MAX];

	path_join(from, sizeof from, box, a);
	path_join(to, sizeof to, box, b);
	syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 2u);
}

/* "race" is now a directory, now a link to the outside; "dir/deep" is now inside, now above. */
static void *swap(void *arg)
{
	struct swapping *s = arg;

	while (!atomic_load(&s->stop)) {
		rename_exchange(s->box, "race", "trap");
		rename_exchange(s->box, "a/b/c", "../out");
	}
	return NULL;
}

static bool reads_secret(struct guest *g, int fd)
{
	bool secret = fd > 0 && CALL(g, "fd_read", (slot)fd, guest_iov(g, 200, 6), 1, 8) == 0
		&& !memcmp(g->bytes + 200, "SECRET", 6);

	if (fd > 0)
		CALL(g, "fd_close", (slot)fd);
	memset(g->bytes + 200, 0, 6);
	return secret;
}

static bool exists(const char *box, const char *name)
{
	char path[2 * PATH_MAX];

	path_join(path, sizeof path, box, name);
	return access(path, F_OK) == 0;
}

static void test_races(struct guest *g, const char *box)
{
	static const char *const folders[] = { "race", "a", "a/b", "a/b/c" };
	struct swapping s = { box, false };
	char path[3 * PATH_MAX];
	unsigned leaks = 0, opened = 0, tries = 3000;
	pthread_t t;

	for (size_t i = 0; i < 4; i++) {
		path_join(path, sizeof path, box, folders[i]);
		mkdir(path, 0777);
	}
	host_write(box, "race/secret", "inside");
	link_to(box, "trap", "../out");
	pthread_create(&t, NULL, swap, &s);
	for (unsigned i = 0; i < tries; i++) {
		int fd = guest_open(g, 3, "race/secret", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0);

		opened += fd > 0;
		leaks += reads_secret(g, fd);
		leaks += reads_secret(g, guest_open(g, 3, "a/b/c/../../../../secret", LOOKUP_FOLLOW, 0, RIGHT(FD_READ), 0));
		if (CALL(g, "path_create_directory", 3, PATH(g, "race/made")) == 0)
			CALL(g, "path_remove_directory", 3, PATH(g, "race/made"));
	}
	atomic_store(&s.stop, true);
	pthread_join(t, NULL);
	leaks += exists(box, "../out/made") + exists(box, "a/b/c/made");
	CHECK(leaks == 0, "%u tries while links are swapped: %u leaks, opened %u times", tries, leaks, opened);
}

/* ---- read-only, and what the notes say ------------------------------------------------------- */

static void check_note(struct guest *g, const char *expected)
{
	struct wasi_refusal r;
	struct buf b = { 0 };

	if (wasi_refused(g->wasi, &r))
		wasi_refusal_print(&r, "app.wasm", &b);
	CHECK(!strcmp(buf_str(&b), expected), "note: %s", buf_str(&b));
	buf_free(&b);
}

static void test_read_only(const char *box)
{
	struct wasi_preopen p = { box, "/", true };
	struct guest *g = guest_new((struct wasi_config){ .preopens = &p, .npreopens = 1, NO_STDIO });
	char note[3 * PATH_MAX];

	CHECK(guest_open(g, 3, "file", 0, 0, RIGHT(FD_READ), 0) == 4, "reading");
	CHECK(guest_open(g, 3, "file", 0, OFLAG_CREAT, RIGHT(FD_READ), 0) == 5, "what is there need not be made");
	check_note(g, "");
	CHECK(guest_open(g, 3, "out.txt", 0, OFLAG_CREAT, RIGHT(FD_WRITE), 0) == -WE_ROFS, "not made");
	CHECK(guest_open(g, 3, "file", 0, 0, RIGHT(FD_WRITE), 0) == -WE_ROFS, "not written");
	CHECK(guest_open(g, 3, "file", 0, OFLAG_TRUNC, RIGHT(FD_READ), 0) == -WE_ROFS, "not cut");
	EXPECT(g, WE_SUCCESS, "path_open", 3, 0, PATH(g, "dir"), OFLAG_DIRECTORY, rights_of_kind('d'), RIGHT_ALL, 0, 16);
	CHECK(guest_open(g, 6, "file", 0, 0, RIGHT(FD_WRITE), 0) == -WE_ROFS, "below it neither");
	EXPECT(g, WE_ROFS, "path_create_directory", 6, PATH(g, "x"));
	EXPECT(g, WE_ROFS, "path_unlink_file", 3, PATH(g, "file"));
	EXPECT(g, WE_ROFS, "path_rename", 3, PATH(g, "file"), 3, PATH2(g, "y"));
	EXPECT(g, WE_ROFS, "path_link", 3, 0, PATH(g, "file"), 3, PATH2(g, "y"));
	EXPECT(g, WE_ROFS, "path_symlink", PATH2(g, "file"), 3, PATH(g, "y"));
	EXPECT(g, WE_ROFS, "path_filestat_set_times", 3, 0, PATH(g, "file"), 1, 1, 5);
	EXPECT(g, WE_NOTCAPABLE, "fd_filestat_set_times", 4, 1, 1, 5);
	snprintf(note, sizeof note, "note: the guest was refused \"out.txt\" (its directory is granted read-only);"
		" to allow: wrench run --dir %s::/ app.wasm\n", box);
	check_note(g, note);
	guest_free(g);
}

static void test_notes(void)
{
	struct guest *g = guest_new((struct wasi_config){ NO_STDIO });

	EXPECT(g, WE_BADF, "fd_prestat_get", 3, 8);
	check_note(g, "note: the guest asked for directories and none is granted; to allow: wrench run --dir . app.wasm\n");
	EXPECT(g, WE_BADF, "path_filestat_get", 3, 1, PATH(g, "data.txt"), 64);
	check_note(g, "note: the guest was refused \"data.txt\" (no directory is granted);"
		" to allow: wrench run --dir . app.wasm\n");
	guest_free(g);
	g = guest_new((struct wasi_config){ NO_STDIO });
	EXPECT(g, WE_BADF, "path_filestat_get", 3, 1, PATH(g, "/etc/passwd"), 64);
	check_note(g, "note: the guest was refused \"/etc/passwd\" (no directory is granted);"
		" to allow: wrench run --dir /etc app.wasm\n");
	guest_free(g);
	CHECK(!guest_new((struct wasi_config){ .preopens = &(struct wasi_preopen){ "/no/such", "/", false },
		.npreopens = 1, NO_STDIO }), "a directory that does not exist cannot be granted");
}

static void test_mode(bool no_openat2)
{
	char top[PATH_MAX], box[2 * PATH_MAX];

	scratch_make(top);
	plant(top, box);
	struct wasi_preopen p = { box, "/", false };
	struct guest *g = guest_new((struct wasi_config){ .preopens = &p, .npreopens = 1, NO_STDIO,
		.no_openat2 = no_openat2 });
	tap_note("openat2: %s", no_openat2 ? "not used" : "used where the kernel has it");
	test_following(g);
	test_changing(g);
	check_note(g, "note: the guest was refused \"..\" (it leads out of the directories that are granted)\n");
	test_inside(g);
	test_races(g, box);
	guest_free(g);
	test_read_only(box);
	scratch_remove(top);
}

int main(void)
{
	test_mode(false);
	test_mode(true);
	test_notes();
	return tap_done();
}
