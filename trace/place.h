/*
 * Places: numbers for "this instruction of this function of this instance". Events and counters name them, so an event is
 * small and a question about functions or instructions is answered once for each place, not for each event.
 *
 * A function gets one place for itself (calls, returns) when it is first met, and one for each cell of its plain body when
 * an instruction of it is first told of. What is known about a place stays when the store or the module goes; then its
 * `func` or `module` is NULL.
 */
#ifndef TRACE_PLACE_H
#define TRACE_PLACE_H

#include "engine/base/arena.h"
#include "engine/base/vec.h"
#include "engine/op.h"
#include "engine/store.h"

struct buf;
struct body;

struct traced_func {
	const struct func *func;        /* NULL: its store is gone, or it was read from a file */
	const struct module *module;    /* NULL: a host function, unloaded, or read from a file */
	const struct deftype *type;     /* NULL: read from a file */
	uint32_t index;                 /* in its module */
	uint32_t instance;              /* number; 0: a host function */
	struct str name;                /* "$fac", "#12", "env.log"; control characters escaped */
	uint32_t self;                  /* the place of the function itself */
	uint32_t first, count;          /* places of its cells; count 0: none yet */
	const char *cells;              /* the plain body's */
};

struct place_info {
	uint32_t func;                  /* in places->funcs */
	uint32_t offset;                /* in the module; of the function itself: its body */
	uint16_t op;                    /* enum op; OP_NONE: the function itself, or no instruction */
};

struct places {
	struct arena arena;
	VEC(struct traced_func) funcs;
	VEC(struct place_info) all;
	VEC(uint32_t) by_number;        /* struct func's number -> index in funcs + 1, of the current store */
	uint32_t instances;             /* the highest number met */
	bool failed;                    /* memory ran out: some places are missing */
};

void places_free(struct places *p);
/* The store goes: functions stay known by name. */
void places_store_gone(struct places *p);
/* The module goes, too. */
void places_module_gone(struct places *p, const struct module *m);

/* A function: its number in funcs; NO_PLACE (event.h): out of memory. */
uint32_t places_func(struct places *p, const struct func *f);
/* Its place, for calls and returns; NO_PLACE: out of memory. */
uint32_t places_func_place(struct places *p, const struct func *f);
/* The place of a cell of F's plain body B, of the instruction at OFFSET of F. NO_PLACE: out of memory, no such cell. */
uint32_t places_cell(struct places *p, const struct func *f, const struct body *b, const void *cell);
uint32_t places_offset(struct places *p, const struct func *f, uint32_t offset);
/* Give F its places although nothing of it was executed; false: out of memory. */
bool places_all_of(struct places *p, const struct func *f);

static inline const struct traced_func *place_func(const struct places *p, uint32_t place)
{
	return &p->funcs.data[p->all.data[place].func];
}

/* Whether the place is an instruction that can be executed and counted. */
static inline bool place_is_code(const struct places *p, uint32_t place)
{
	return p->all.data[place].op != OP_NONE;
}

/* "$fac", or "$fac@2" with its instance when there are several. */
void place_print_func(const struct places *p, const struct traced_func *f, struct buf *out);
/* "$fac+0x12": with the byte of the body; of the function itself its name. */
void place_print(const struct places *p, uint32_t place, struct buf *out);
/* The instruction there with its immediates, "i32.const 7"; its keyword alone when the module is gone. */
void place_print_instr(const struct places *p, uint32_t place, struct buf *out);

#endif
