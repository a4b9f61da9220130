/* The options of `set`; see option.h. */
#include "repl/command/option.h"

#include <stdlib.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"

const struct option_info option_info[] = {
#define OPTION(field, name, kind, preset, choices, help) \
	{ name, OPTION_##kind, offsetof(struct options, field), preset, choices, help },
#include "repl/command/options.def"
};
const size_t option_count = sizeof option_info / sizeof *option_info;

static int *field_of(struct options *o, const struct option_info *i)
{
	return (int *)(void *)((char *)o + i->field);
}

void options_init(struct options *o)
{
	for (size_t i = 0; i < option_count; i++)
		*field_of(o, &option_info[i]) = option_info[i].preset;
}

const struct option_info *option_find(struct str name, struct err *e)
{
	const struct option_info *found = NULL, *near = NULL;
	size_t matches = 0, best = 3;

	for (size_t i = 0; i < option_count; i++) {
		struct str n = str_of(option_info[i].name);
		if (str_eq(n, name))
			return &option_info[i];
		if (n.n > name.n && memcmp(n.p, name.p, name.n) == 0) {
			found = &option_info[i];
			matches++;
		}
		size_t d = str_distance(n, name, best);
		if (d < best) {
			best = d;
			near = &option_info[i];
		}
	}
	if (matches == 1)
		return found;
	if (matches > 1)
		err_set(e, E_AMBIGUOUS, place_none(), "option '%.*s' is ambiguous; 'show' lists all", STR_ARGS(name));
	else if (near)
		err_set(e, E_UNKNOWN_NAME, place_none(), "no option '%.*s'; did you mean '%s'?", STR_ARGS(name), near->name);
	else
		err_set(e, E_UNKNOWN_NAME, place_none(), "no option '%.*s'; 'show' lists all", STR_ARGS(name));
	return NULL;
}

/* The word at *P of a space-separated list, moving *P behind it. */
static struct str next_word(const char **p)
{
	while (**p == ' ')
		(*p)++;
	struct str w = { *p, strcspn(*p, " ") };
	*p += w.n;
	return w;
}

static bool set_choice(int *field, const struct option_info *i, struct str value, struct err *e)
{
	const char *p = i->choices;
	int n = 0;

	for (struct str w = next_word(&p); w.n; w = next_word(&p), n++)
		if (str_eq(w, value)) {
			*field = n;
			return true;
		}
	return err_set(e, E_USAGE, place_none(), "%s is one of: %s; not '%.*s'", i->name, i->choices, STR_ARGS(value));
}

static bool set_bool(int *field, const struct option_info *i, struct str value, struct err *e)
{
	bool on = str_is(value, "on") || str_is(value, "1") || str_is(value, "yes") || value.n == 0;
	bool off = str_is(value, "off") || str_is(value, "0") || str_is(value, "no");

	if (!on && !off)
		return err_set(e, E_USAGE, place_none(), "%s is on or off; not '%.*s'", i->name, STR_ARGS(value));
	*field = on;
	return true;
}

static bool set_number(int *field, const struct option_info *i, struct str value, struct err *e)
{
	char *end;
	long v = strtol(value.p, &end, 0);

	if (value.n == 0 || end != value.p + value.n || v < 0 || v > INT32_MAX)
		return err_set(e, E_USAGE, place_none(), "%s is a number from 0 to %d; not '%.*s'", i->name, INT32_MAX,
			STR_ARGS(value));
	*field = (int)v;
	return true;
}

bool option_set(struct options *o, const struct option_info *i, struct str value, struct err *e)
{
	switch (i->kind) {
	case OPTION_BOOL:
		return set_bool(field_of(o, i), i, value, e);
	case OPTION_NUMBER:
		return set_number(field_of(o, i), i, value, e);
	case OPTION_CHOICE:
		return set_choice(field_of(o, i), i, value, e);
	}
	return false;
}

void option_print(const struct options *o, const struct option_info *i, struct buf *out)
{
	int v = *(const int *)(const void *)((const char *)o + i->field);
	const char *p = i->choices;
	struct str w = { 0 };

	switch (i->kind) {
	case OPTION_BOOL:
		buf_puts(out, v ? "on" : "off");
		return;
	case OPTION_NUMBER:
		buf_printf(out, "%d", v);
		return;
	case OPTION_CHOICE:
		for (int n = 0; n <= v; n++)
			w = next_word(&p);
		buf_put(out, w.p, w.n);
		return;
	}
}
