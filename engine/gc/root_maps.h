/*
 * Where a frame has references, by the place that it is at. Translating a body again up to that place tells (the
 * operand stack there, engine/regir/code.h); what was found once is kept as long as the heap.
 */
#ifndef ENGINE_GC_ROOT_MAPS_H
#define ENGINE_GC_ROOT_MAPS_H

#include <stdbool.h>
#include <stdint.h>

struct cell;
struct ctx;
struct func;
struct instance;
struct landing;
struct root_maps;

/* A root: byte offset from fp, a multiple of 8, plus enum gc_mark. */
typedef uint32_t root;

struct root_list {
	uint32_t n;
	const root *roots;
};

struct frame_map {
	uint32_t header;                /* byte offset of the frame's header from fp */
	const struct root_list *locals;
	struct root_list stack;         /* operands; without the arguments of a call in progress */
};

struct root_maps *root_maps_new(void);  /* NULL: out of memory */
void root_maps_free(struct root_maps *m);

/* A frame of INST at the cell PC, or in the middle of the call that LANDING lies behind. NULL: out of memory. */
const struct frame_map *frame_map_at(struct root_maps *m, const struct instance *inst, const struct cell *pc);
const struct frame_map *frame_map_calling(struct root_maps *m, const struct instance *inst, const struct landing *landing);

#endif
