/* What the commands of *memory* do with its view. */
#ifndef TUI_VIEW_MEMORY_H
#define TUI_VIEW_MEMORY_H

#include "tui/view.h"

/* The memory it shows has BYTES from ADDRESS on; false: no memory, or not so many. */
bool memory_view_read(struct view *v, uint64_t address, void *to, unsigned bytes);
/* The address under the cursor of W, and the width of the numbers there. */
uint64_t memory_view_address(const struct window *w, unsigned *width);
/* Show ADDRESS in W and put the cursor there. */
void memory_view_go(struct window *w, uint64_t address);
/* To the number beside it. */
void memory_view_move(struct window *w, int by);
void memory_view_next_type(struct view *v);
/* "mem32[0x40]", as `set memory` wants it. */
void memory_view_place(const struct window *w, struct buf *out);

#endif
