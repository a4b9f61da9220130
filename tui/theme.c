/* Looks; see theme.h and theme.def. */
#include "tui/theme.h"

#include <stdlib.h>

enum { NONE = COLOUR_NONE, BOLD = 1, DIM = 2, UNDER = 4, REVERSE = 8 };

struct style_row {
	int32_t colour[2];              /* by THEME_DARK, THEME_LIGHT */
	unsigned attributes;
};

static const struct style_row styles[] = {
#define STYLE(id, dark, light, attributes) { { dark, light }, attributes },
#include "tui/theme.def"
};

/* What lies under a line: its ground on a dark and a light terminal, and attributes where there are no colours. */
static const struct layer_row {
	int32_t ground[2];
	unsigned plain;
} layers[LAYER_COUNT] = {
	[LAYER_NONE]   = { { NONE, NONE }, 0 },
	[LAYER_POINT]  = { { 0x2c3340, 0xe6eaf0 }, UNDER },
	[LAYER_LINK]   = { { 0x123a52, 0xcfe6f5 }, 0 },
	[LAYER_PC]     = { { 0x4a4410, 0xfff3b0 }, BOLD },
	[LAYER_MATCH]  = { { 0x7a4a00, 0xffd9a0 }, REVERSE },
	[LAYER_BAR]    = { { 0x2c3340, 0xd8dde6 }, REVERSE },
	[LAYER_BAR_ON] = { { 0x1f5f8a, 0x9cc8e6 }, REVERSE | BOLD },
};

static void add(struct look *l, unsigned attributes)
{
	l->bold |= (attributes & BOLD) != 0;
	l->dim |= (attributes & DIM) != 0;
	l->under |= (attributes & UNDER) != 0;
	l->reverse |= (attributes & REVERSE) != 0;
}

struct look theme_look(enum theme t, enum style style, enum layer layer)
{
	struct look l = { .text = NONE, .ground = NONE };

	add(&l, styles[style].attributes);
	if (t == THEME_PLAIN) {
		add(&l, layers[layer].plain);
		return l;
	}
	l.text = styles[style].colour[t];
	l.ground = layers[layer].ground[t];
	if (l.text != NONE)
		l.dim = false;
	if (layer == LAYER_BAR_ON)
		l.bold = true;
	return l;
}

/* ---- terminals with few colours ------------------------------------------------------------------ */

static int channel(int32_t rgb, int shift)
{
	return rgb >> shift & 255;
}

static int cube_step(int v)
{
	return v < 48 ? 0 : v < 115 ? 1 : (v - 35) / 40;
}

/* The cube of 6 x 6 x 6 colours, or the ramp of greys behind it where that is nearer. */
int colour_256(int32_t rgb)
{
	static const int level[6] = { 0, 95, 135, 175, 215, 255 };
	int c[3], away = 0, grey, grey_away = 0;

	for (int i = 0; i < 3; i++) {
		c[i] = cube_step(channel(rgb, 16 - 8 * i));
		away += abs(level[c[i]] - channel(rgb, 16 - 8 * i));
	}
	grey = (channel(rgb, 16) + channel(rgb, 8) + channel(rgb, 0)) / 3;
	grey = grey < 8 ? 0 : grey > 238 ? 23 : (grey - 8) / 10;
	for (int i = 0; i < 3; i++)
		grey_away += abs(8 + 10 * grey - channel(rgb, 16 - 8 * i));
	return grey_away < away ? 232 + grey : 16 + 36 * c[0] + 6 * c[1] + c[2];
}

int colour_8(int32_t rgb)
{
	int r = channel(rgb, 16), g = channel(rgb, 8), b = channel(rgb, 0), most = r > g ? r : g;

	most = b > most ? b : most;
	int at = most * 3 / 4;
	return (r > at ? 1 : 0) | (g > at ? 2 : 0) | (b > at ? 4 : 0);
}
