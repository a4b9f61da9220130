/* Looks of styles: colours and attributes, for a dark or light terminal or one without colours. */
#ifndef TUI_THEME_H
#define TUI_THEME_H

#include <stdbool.h>
#include <stdint.h>

#include "tui/cells.h"

/* As `set theme` lists them. */
enum theme { THEME_DARK, THEME_LIGHT, THEME_PLAIN };

enum { COLOUR_NONE = -1 };

struct look {
	int32_t text, ground;           /* 0xRRGGBB; COLOUR_NONE: the terminal's own */
	bool bold, dim, under, reverse;
};

struct look theme_look(enum theme t, enum style style, enum layer layer);
/* The nearest of the terminal's 256 colours; of its first 8. */
int colour_256(int32_t rgb);
int colour_8(int32_t rgb);

#endif
