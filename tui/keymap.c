/* Looking up keys; see keymap.h. */
#include "tui/keymap.h"

#include "engine/base/err.h"
#include "repl/command/args.h"
#include "repl/command/binding.h"

struct row {
	enum keymap map;
	const char *keys, *command;
};

static const struct row rows[] = {
#define KEY(map, keys, command) { MAP_##map, keys, command },
#include "tui/keymap.def"
};
enum { ROWS = sizeof rows / sizeof *rows };

const char *const keymap_names[MAP_COUNT] = {
	[MAP_GLOBAL] = "Everywhere", [MAP_VIEW] = "In every pane", [MAP_CODE] = "In code panes", [MAP_MEMORY] = "In *memory*",
	[MAP_LESSON] = "In *lesson*", [MAP_TUTORIAL] = "In *tutorial*",
	[MAP_LIST] = "In lists and state", [MAP_INPUT] = "Where lines are typed", [MAP_MINI] = "In the line at the bottom",
};

/* ---- which maps, which rows ----------------------------------------------------------------------------- */

static enum keymap map_of(const struct view_ops *ops)
{
	static const struct { const char *view; enum keymap map; } own[] = {
		{ "*memory*", MAP_MEMORY }, { "*lesson*", MAP_LESSON }, { "*tutorial*", MAP_TUTORIAL },
	};

	for (size_t i = 0; i < sizeof own / sizeof *own; i++)
		if (strcmp(own[i].view, ops->name) == 0)
			return own[i].map;
	return ops->kind == VIEW_CODE ? MAP_CODE : MAP_LIST;
}

/* Maps that hold now, the first one first. */
static size_t maps_here(const struct tui *t, enum keymap out[4])
{
	const struct view *v = t->layout.selected->view;
	size_t n = 0;

	if (t->mini) {
		out[n++] = MAP_MINI;
		return n;
	}
	if (v->ops->kind == VIEW_INPUT) {
		out[n++] = MAP_INPUT;
	} else {
		out[n++] = map_of(v->ops);
		out[n++] = MAP_VIEW;
	}
	out[n++] = MAP_GLOBAL;
	return n;
}

/* Whether the command of a row is in this program: its words begin with a name of the registry. */
static bool exists(const struct session *s, const char *text)
{
	struct str rest = str_of(text), first = line_word(&rest);
	struct str both = first;
	struct str second = line_word(&rest);

	if (command_named(s, first))
		return true;
	if (second.n)
		both.n = (size_t)(second.p + second.n - first.p);
	return second.n && command_named(s, both);
}

/* A pane that only some builds have. */
static bool shows_missing_view(struct tui *t, const char *text)
{
	static const char show[] = "show-buffer ";

	return strncmp(text, show, sizeof show - 1) == 0 && !view_named(t, str_of(text + sizeof show - 1));
}

static bool usable(struct tui *t, const struct row *r)
{
	return exists(t->s, r->command) && !shows_missing_view(t, r->command);
}

/* "<f1> k" is "C-h k". */
static struct str canonical(struct str keys, struct buf *scratch)
{
	if (!str_starts(keys, "<f1>"))
		return keys;
	buf_printf(scratch, "C-h%.*s", (int)(keys.n - 4), keys.p + 4);
	return str_of_buf(scratch);
}

static bool begins(struct str whole, struct str keys)
{
	return whole.n > keys.n && memcmp(whole.p, keys.p, keys.n) == 0 && whole.p[keys.n] == ' ';
}

/* ---- looking up ------------------------------------------------------------------------------------------ */

static const char *find_own(struct tui *t, struct str keys)
{
	enum keymap maps[4];
	size_t n = maps_here(t, maps);

	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ROWS; k++)
			if (rows[k].map == maps[i] && str_is(keys, rows[k].keys) && usable(t, &rows[k]))
				return rows[k].command;
	return NULL;
}

const char *keymap_find(struct tui *t, struct str keys)
{
	struct buf scratch = { 0 };
	const char *bound = t->mini ? NULL : binding_get(t->s, keys);

	if (!bound)
		bound = find_own(t, canonical(keys, &scratch));
	buf_free(&scratch);
	return bound;
}

bool keymap_is_prefix(struct tui *t, struct str keys)
{
	struct buf scratch = { 0 };
	struct str same = canonical(keys, &scratch);
	enum keymap maps[4];
	size_t n = maps_here(t, maps);
	bool found = false;

	for (size_t i = 0; !t->mini && i < t->s->bindings.count; i++)
		found = found || begins(str_of(t->s->bindings.data[i].key), keys);
	for (size_t k = 0; k < ROWS && !found; k++)
		for (size_t i = 0; i < n && !found; i++)
			found = rows[k].map == maps[i] && begins(str_of(rows[k].keys), same) && usable(t, &rows[k]);
	buf_free(&scratch);
	return found;
}

/* ---- lists ----------------------------------------------------------------------------------------------- */

static bool has_keys(const key_rows *list, struct str keys)
{
	for (size_t i = 0; i < list->count; i++)
		if (str_eq(list->data[i].keys, keys))
			return true;
	return false;
}

void keymap_rows(struct tui *t, key_rows *out)
{
	enum keymap maps[4];
	size_t n = maps_here(t, maps);

	for (size_t i = 0; i < t->s->bindings.count; i++) {
		struct key_row r = { str_of(t->s->bindings.data[i].key), t->s->bindings.data[i].command, MAP_GLOBAL };
		vec_push(out, r);
	}
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < ROWS; k++) {
			struct key_row r = { str_of(rows[k].keys), rows[k].command, rows[k].map };
			if (rows[k].map == maps[i] && !has_keys(out, r.keys) && usable(t, &rows[k]))
				vec_push(out, r);
		}
}

void keymap_where(struct tui *t, struct str name, struct buf *out)
{
	key_rows list = { 0 };

	keymap_rows(t, &list);
	for (size_t i = 0; i < list.count; i++) {
		struct str text = str_of(list.data[i].command);
		bool it = text.n >= name.n && memcmp(text.p, name.p, name.n) == 0 &&
			(text.n == name.n || (text.p[name.n] == ' ' && text.p[name.n + 1] == '{'));
		if (it)
			buf_printf(out, "%s%.*s", out->size ? ", " : "", STR_ARGS(list.data[i].keys));
	}
	vec_free(&list);
}
