/* Named layouts; see layouts.h. The file that users save has lines of a name and a layout as text. */
#include "tui/layouts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "engine/base/buf.h"
#include "engine/base/source.h"

struct named {
	const char *name, *help, *text[3];
};

static const struct named own[] = {
#define LAYOUT(name, help, narrow, middle, broad) { name, help, { narrow, middle, broad } },
#include "tui/layouts.def"
};
enum { OWN = sizeof own / sizeof *own, MIDDLE = 120, BROAD = 160 };

/* ---- the file ------------------------------------------------------------------------------------------ */

static bool file_path(struct buf *out)
{
	const char *config = getenv("XDG_CONFIG_HOME"), *home = getenv("HOME");

	if (config && *config)
		buf_printf(out, "%s/wrench/layouts", config);
	else if (home && *home)
		buf_printf(out, "%s/.config/wrench/layouts", home);
	return out->size > 0;
}

static struct source *file_read(void)
{
	struct err ignored = { 0 };
	struct buf path = { 0 };
	struct source *src = file_path(&path) && access(buf_str(&path), R_OK) == 0 ? source_read(buf_str(&path), &ignored) : NULL;

	buf_free(&path);
	return src;
}

/* The next "NAME TEXT" at *P; false: the end. */
static bool next_row(const char **p, struct str *name, struct str *text)
{
	while (**p) {
		size_t n = strcspn(*p, "\n"), word = strcspn(*p, " \n");
		*name = (struct str){ *p, word };
		*text = (struct str){ *p + word + (word < n), n - word - (word < n) };
		*p += n + ((*p)[n] == '\n');
		if (name->n && text->n)
			return true;
	}
	return false;
}

/* ---- looking up ------------------------------------------------------------------------------------------ */

static const char *find_saved(struct session *s, struct str name, struct buf *out)
{
	struct source *src = file_read();
	const char *p = src ? src->bytes : "", *known = NULL;
	struct str row, text;

	while (next_row(&p, &row, &text))
		if (str_eq(row, name)) {
			buf_reset(out);
			buf_put(out, text.p, text.n);
			known = arena_strndup(&s->arena, row.p, row.n);
		}
	source_free(src);
	return known;
}

const char *layouts_find(struct session *s, struct str name, int cols, struct buf *out)
{
	const struct named *found = NULL;
	const char *saved = find_saved(s, name, out);

	if (saved)
		return saved;
	for (size_t i = 0; i < OWN; i++)
		if (strncmp(own[i].name, name.p, name.n) == 0 && (!found || own[i].name[name.n] == '\0'))
			found = &own[i];
	if (!found || !name.n)
		return NULL;
	buf_puts(out, found->text[cols >= BROAD ? 2 : cols >= MIDDLE ? 1 : 0]);
	return found->name;
}

void layouts_list(struct session *s, struct buf *out)
{
	struct source *src = file_read();
	const char *p = src ? src->bytes : "";
	struct str row, text;

	for (size_t i = 0; i < OWN; i++)
		buf_printf(out, "%-12s %s\n", own[i].name, own[i].help);
	while (next_row(&p, &row, &text))
		buf_printf(out, "%-12.*s %.*s\n", STR_ARGS(row), STR_ARGS(text));
	source_free(src);
}

void layouts_names(struct buf *out)
{
	struct source *src = file_read();
	const char *p = src ? src->bytes : "";
	struct str row, text;

	for (size_t i = 0; i < OWN; i++)
		buf_printf(out, "%s\n", own[i].name);
	while (next_row(&p, &row, &text))
		buf_printf(out, "%.*s\n", STR_ARGS(row));
	source_free(src);
}

/* ---- saving ---------------------------------------------------------------------------------------------- */

static void make_folders(const char *path)
{
	char part[4096];

	for (size_t i = 1; path[i] && i < sizeof part - 1; i++)
		if (path[i] == '/') {
			memcpy(part, path, i);
			part[i] = '\0';
			mkdir(part, 0777);
		}
}

static bool write_file(const char *path, const struct buf *text, struct err *e)
{
	FILE *f = fopen(path, "w");
	bool ok = f && fwrite(buf_str(text), 1, text->size, f) == text->size;

	if (f && fclose(f) != 0)
		ok = false;
	return ok || err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
}

bool layouts_save(struct str name, struct str text, struct err *e)
{
	struct buf path = { 0 }, all = { 0 };
	struct source *src = file_read();
	const char *p = src ? src->bytes : "";
	struct str row, old;

	while (next_row(&p, &row, &old))
		if (!str_eq(row, name))
			buf_printf(&all, "%.*s %.*s\n", STR_ARGS(row), STR_ARGS(old));
	buf_printf(&all, "%.*s %.*s\n", STR_ARGS(name), STR_ARGS(text));
	source_free(src);
	bool ok = file_path(&path);
	if (!ok)
		err_set(e, E_IO, place_none(), "there is no place for layouts: HOME is not set");
	if (ok) {
		make_folders(buf_str(&path));
		ok = write_file(buf_str(&path), &all, e);
	}
	buf_free(&path);
	buf_free(&all);
	return ok;
}
