/* Finding source files; see sources.h. */
#include "debugger/sources.h"

#include <sys/stat.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"

static void forget(struct sources *s)
{
	for (size_t i = 0; i < s->known.count; i++) {
		free(s->known.data[i].path);
		source_free(s->known.data[i].source);
	}
	vec_clear(&s->known);
}

void sources_drop_folders(struct sources *s)
{
	while (s->folders.count)
		free(vec_pop(&s->folders));
	forget(s);
}

void sources_free(struct sources *s)
{
	sources_drop_folders(s);
	for (size_t i = 0; i < s->rules.count; i++) {
		free(s->rules.data[i].from);
		free(s->rules.data[i].to);
	}
	vec_free(&s->rules);
	vec_free(&s->folders);
	vec_free(&s->known);
}

static void drop_rule(struct sources *s, const char *from)
{
	for (size_t i = 0; i < s->rules.count; i++)
		if (strcmp(s->rules.data[i].from, from) == 0) {
			free(s->rules.data[i].from);
			free(s->rules.data[i].to);
			memmove(&s->rules.data[i], &s->rules.data[i + 1], (--s->rules.count - i) * sizeof *s->rules.data);
			return;
		}
}

bool sources_substitute(struct sources *s, struct str from, struct str to)
{
	struct substitution rule = { strndup(from.p, from.n), strndup(to.p, to.n) };

	if (rule.from)
		drop_rule(s, rule.from);
	if (!rule.from || !rule.to || !vec_push(&s->rules, rule)) {
		free(rule.from);
		free(rule.to);
		return false;
	}
	forget(s);
	return true;
}

bool sources_add_folder(struct sources *s, struct str folder)
{
	char *copy = strndup(folder.p, folder.n);

	if (!copy || !vec_push(&s->folders, copy)) {
		free(copy);
		return false;
	}
	forget(s);
	return true;
}

/* ---- looking --------------------------------------------------------------------------------- */

static struct source *read_if_file(const struct buf *path)
{
	struct err e = { 0 };
	struct stat st;

	if (path->failed || stat(buf_str(path), &st) || !S_ISREG(st.st_mode))
		return NULL;
	return source_read(buf_str(path), &e);
}

/* The path with its beginning replaced by the first rule that fits: whole parts only. */
static void substituted(const struct sources *s, struct str path, struct buf *out)
{
	for (size_t i = 0; i < s->rules.count; i++) {
		struct str from = str_of(s->rules.data[i].from);
		bool whole = from.n && from.p[from.n - 1] == '/';
		if (path.n < from.n || memcmp(path.p, from.p, from.n) != 0 ||
				!(whole || path.n == from.n || path.p[from.n] == '/'))
			continue;
		buf_puts(out, s->rules.data[i].to);
		if (whole && out->size && out->data[out->size - 1] != '/')
			buf_putc(out, '/');
		buf_put(out, path.p + from.n, path.n - from.n);
		return;
	}
	buf_put(out, path.p, path.n);
}

/* FOLDER/a/b/c.c, FOLDER/b/c.c, FOLDER/c.c */
static struct source *in_folder(const char *folder, struct str path)
{
	struct source *found = NULL;
	struct buf name = { 0 };

	while (!found && path.n) {
		const char *slash = memchr(path.p, '/', path.n);
		buf_reset(&name);
		buf_printf(&name, "%s/", folder);
		buf_put(&name, path.p, path.n);
		found = read_if_file(&name);
		path = slash ? (struct str){ slash + 1, path.n - (size_t)(slash + 1 - path.p) } : (struct str){ NULL, 0 };
	}
	buf_free(&name);
	return found;
}

static struct source *look(const struct sources *s, struct str path)
{
	struct source *found;
	struct buf name = { 0 };

	substituted(s, path, &name);
	found = read_if_file(&name);
	for (size_t i = s->folders.count; !found && i-- > 0;)
		found = in_folder(s->folders.data[i], str_of_buf(&name));
	if (!found)
		found = in_folder(".", str_of_buf(&name));
	buf_free(&name);
	return found;
}

const struct source *sources_find(struct sources *s, struct str path)
{
	struct source_known one = { NULL, NULL };

	for (size_t i = 0; i < s->known.count; i++)
		if (str_is(path, s->known.data[i].path))
			return s->known.data[i].source;
	one.path = strndup(path.p, path.n);
	if (one.path)
		one.source = look(s, path);
	if (!one.path || !vec_push(&s->known, one)) {
		free(one.path);
		source_free(one.source);
		return NULL;
	}
	return one.source;
}

bool sources_line(struct sources *s, struct str path, uint32_t line, struct str *out)
{
	const struct source *file = path.n ? sources_find(s, path) : NULL;
	struct source_line at;

	if (!file || !source_line_number((struct source *)(uintptr_t)file, line, &at))
		return false;
	*out = (struct str){ file->bytes + at.start, at.length };
	while (out->n && (out->p[out->n - 1] == ' ' || out->p[out->n - 1] == '\t' || out->p[out->n - 1] == '\r'))
		out->n--;
	return true;
}
