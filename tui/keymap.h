/*
 * Keys: sequences of key names bound to command text. One table, keymap.def; before it come the bindings of the session
 * (init.lua, scripts). What is looked at depends on the selected window. A row whose command does not exist in this
 * program is not there: not as a key, not in help.
 */
#ifndef TUI_KEYMAP_H
#define TUI_KEYMAP_H

#include "tui/tui.h"

enum keymap {
	MAP_GLOBAL,             /* everywhere */
	MAP_VIEW,               /* windows without input */
	MAP_CODE,               /* code panes */
	MAP_MEMORY,             /* *memory* */
	MAP_LESSON,             /* *lesson* */
	MAP_TUTORIAL,           /* *tutorial* */
	MAP_LIST,               /* windows that are neither of those: lists and state */
	MAP_INPUT,              /* *repl*, *guest* */
	MAP_MINI,               /* the line at the bottom, while it asks */
	MAP_COUNT
};

/* The command text of a sequence; NULL: none, or only the beginning of some. */
const char *keymap_find(struct tui *t, struct str keys);
/* Whether longer sequences begin with it. */
bool keymap_is_prefix(struct tui *t, struct str keys);
/* The keys that reach command NAME from here, "" for none. */
void keymap_where(struct tui *t, struct str name, struct buf *out);

/* Rows that can be reached from here, in order, those hidden by others left out: for help and for what may follow. */
struct key_row {
	struct str keys;
	const char *command;
	enum keymap map;
};
typedef VEC(struct key_row) key_rows;
void keymap_rows(struct tui *t, key_rows *out);
extern const char *const keymap_names[MAP_COUNT];

#endif
