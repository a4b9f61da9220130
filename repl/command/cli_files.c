/* Files and folders of the command line; see cli.h. */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "repl/command/cli.h"

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* ENDS: ".wast .wat", separated by blanks. */
static bool ends_with(const char *s, const char *ends)
{
	const char *dot = strrchr(s, '.');
	size_t n = dot ? strlen(dot) : 0;

	for (const char *p = ends; n && *p; p += strcspn(p, " "), p += strspn(p, " "))
		if (strcspn(p, " ") == n && strncmp(p, dot, n) == 0)
			return true;
	return false;
}

static bool collect(const char *path, bool named, const char *ends, cli_paths *out, struct arena *a, struct err *e)
{
	struct stat st;
	DIR *d;

	if (stat(path, &st) < 0)
		return err_set(e, E_IO, place_none(), "%s: %m", path);
	if (!S_ISDIR(st.st_mode)) {
		char *copy = arena_strndup(a, path, strlen(path));
		return !named && !ends_with(path, ends) ? true : copy && vec_push(out, copy) ? true : err_oom(e);
	}
	if (!(d = opendir(path)))
		return err_set(e, E_IO, place_none(), "%s: %m", path);
	bool ok = true;
	for (struct dirent *x = readdir(d); x && ok; x = readdir(d)) {
		if (x->d_name[0] == '.')
			continue;
		char *below = arena_printf(a, "%s/%s", path, x->d_name);
		ok = below ? collect(below, false, ends, out, a, e) : err_oom(e);
	}
	closedir(d);
	return ok;
}

bool cli_collect(const char *path, const char *ends, cli_paths *out, struct arena *a, struct err *e)
{
	size_t first = out->count;
	bool ok = collect(path, true, ends, out, a, e);

	if (out->count > first)
		qsort(out->data + first, out->count - first, sizeof *out->data, by_name);
	return ok;
}

bool cli_is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}
