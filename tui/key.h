/*
 * Keys by name, as Emacs writes them: "a", "C-x", "M-x", "SPC", "RET", "TAB", "DEL", "ESC", "<up>", "<f5>", "S-<f11>",
 * "C-<right>", "ä", "<mouse-1>", "<wheel-up>". A sequence is names with blanks between: "C-x C-f". Where the mouse was may
 * follow its name in tests: "<mouse-1>@3:10", row and column from 1.
 *
 * Terminals send bytes: key.c reads them, including the sequences that xterm, rxvt, the consoles of Linux and the
 * programs that imitate them send. ESC followed at once by more is such a sequence, or Meta with a character; ESC alone
 * makes the next key a Meta one.
 */
#ifndef TUI_KEY_H
#define TUI_KEY_H

#include <stdbool.h>
#include <stddef.h>

enum { KEY_NAME_MAX = 24 };

struct key {
	char name[KEY_NAME_MAX];
	char text[5];                   /* what it types; "" when it types nothing */
	bool mouse;                     /* pressed there: */
	int row, col;                   /* from 0 */
};

/*
 * The key at the beginning of N bytes. Gives the bytes that it took; 0: more bytes may follow that belong to it (WHOLE: no
 * more will come, take what there is). Unknown sequences give a key without a name.
 */
size_t key_read(const char *p, size_t n, bool whole, struct key *out);
/* Make K the same with Meta. */
void key_meta(struct key *k);
/* The key called NAME (of NAME_N bytes), as typed. False: none is called so. */
bool key_named(const char *name, size_t n, struct key *out);

#endif
