/* wrench wast: run the specification scripts of files and folders, in the order of their names. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"
#include "repl/command/cli.h"
#include "repl/command/render.h"
#include "repl/command/wast_run.h"

typedef VEC(char *) path_list;

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), k = strlen(end);

	return n > k && strcmp(s + n - k, end) == 0;
}

/* A file, or the .wast files below a folder. */
static bool collect(const char *path, bool named, path_list *out, struct arena *a, struct err *e)
{
	struct stat st;
	DIR *d;

	if (stat(path, &st) < 0)
		return err_set(e, E_IO, place_none(), "%s: %m", path);
	if (!S_ISDIR(st.st_mode)) {
		char *copy = arena_strndup(a, path, strlen(path));
		return !named && !ends_with(path, ".wast") ? true : copy && vec_push(out, copy) ? true : err_oom(e);
	}
	if (!(d = opendir(path)))
		return err_set(e, E_IO, place_none(), "%s: %m", path);
	bool ok = true;
	for (struct dirent *x = readdir(d); x && ok; x = readdir(d)) {
		if (x->d_name[0] == '.')
			continue;
		char *below = arena_printf(a, "%s/%s", path, x->d_name);
		ok = below ? collect(below, false, out, a, e) : err_oom(e);
	}
	closedir(d);
	return ok;
}

/* ";;! multi_memory = false" at the head of a script. */
static void apply_headers(const struct source *script, struct features *f)
{
	struct str name, value;
	char text[64], bad[64];

	for (size_t i = 0; wast_header(script, i, &name, &value); i++) {
		snprintf(text, sizeof text, "%s%.*s", str_is(value, "false") ? "-" : "", STR_ARGS(name));
		for (char *p = text; *p; p++)
			*p = *p == '_' ? '-' : *p;
		features_parse(f, text, bad, sizeof bad);       /* names that we do not know switch nothing */
	}
}

static void run_file(const char *path, const struct cli *c, struct session *s, struct wast_counts *counts)
{
	struct wast_options o = { .features = s->features, .no_guard = s->no_guard, .no_fuse = c->no_fuse,
		.gc_stress = c->gc_stress, .verify_ir = c->verify_ir };
	struct err e = { 0 };
	struct source *script = source_read(path, &e);

	if (script) {
		apply_headers(script, &o.features);
		wast_run(script, &o, &s->out, counts, &e);
		source_free(script);
	}
	if (e.code) {
		render_error(s, &e);
		counts->failed++;
	}
}

int cli_wast(struct cli *c)
{
	struct wast_counts counts = { 0 };
	path_list files = { 0 };
	struct err e = { 0 };
	struct session s;
	char line[64];

	if (!cli_session(c, &s, &e))
		return cli_fail(&s, &e);
	if (!c->nargs)
		err_set(&e, E_USAGE, place_none(), "wast needs FILE|DIR…: specification scripts");
	for (uint32_t i = 0; i < c->nargs && !e.code; i++) {
		size_t first = files.count;
		collect(c->args[i], true, &files, &s.arena, &e);
		if (files.count > first)
			qsort(files.data + first, files.count - first, sizeof *files.data, by_name);
	}
	for (size_t i = 0; i < files.count && !e.code; i++)
		run_file(files.data[i], c, &s, &counts);
	vec_free(&files);
	if (e.code)
		return cli_fail(&s, &e);
	snprintf(line, sizeof line, "%llu passed, %llu failed\n", (unsigned long long)counts.passed,
		(unsigned long long)counts.failed);
	output_puts(&s.out, line);
	return cli_end(&s, counts.failed ? STATUS_FAILED : STATUS_OK);
}
