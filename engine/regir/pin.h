/* Choosing the pins of a loop; pin_lists.h says what they are. */
#ifndef ENGINE_REGIR_PIN_H
#define ENGINE_REGIR_PIN_H

#include "engine/regir/regir.h"

/* Cells of a loop from START to before END (byte offsets), P and Q: the slots in the registers. */
struct pinned {
	uint32_t start, end;
	uint16_t p, q;
};

/* The form without pins and accumulator of an op from R_PIN on; of PIN itself: NOP. */
enum regir pin_base(enum regir op);
/* Choose pins for the cells [START, END) of a loop and give those their forms; false: there is nothing to gain. */
bool pin_loop(char *cells, uint32_t start, uint32_t end, uint32_t header, struct pinned *out);

#endif
