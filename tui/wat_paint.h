/* WebAssembly text and listings in colours. */
#ifndef TUI_WAT_PAINT_H
#define TUI_WAT_PAINT_H

#include "engine/base/str.h"

struct buf;

/* Append one line with style bytes; control characters escaped, tabs as blanks. */
void wat_paint(struct str line, struct buf *out);

#endif
