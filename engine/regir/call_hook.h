/*
 * Telling of calls. Functions whose code is hooked tell the store's call hooks when a frame of theirs begins and when it
 * returns; nobody else's code knows of it. In fast bodies the cells that begin and end a frame get other handlers, which
 * tell and then go on in the usual ones; plain bodies, which run when somebody debugs, look whether the store has a hook.
 *
 * A tail call begins a frame where the caller's was, without a return. Frames that a trap or the debugger takes away do not
 * return either: who follows calls compares frames.
 */
#ifndef ENGINE_REGIR_CALL_HOOK_H
#define ENGINE_REGIR_CALL_HOOK_H

#include "engine/regir/interp.h"

struct body;
struct module;

struct call_hook {
	struct call_hook *next;         /* private */
	void *user;
	/* Whether the calls of function FUNC (of M) are wanted: its bodies are then hooked. */
	bool (*wants)(void *user, const struct module *m, uint32_t func);
	/* A frame of F begins at FP, which holds the arguments. The instruction clock stands behind the call. */
	void (*enter)(void *user, struct ctx *c, struct func *f, slot *fp);
	/* It returns these slots of results. */
	void (*leave)(void *user, struct ctx *c, struct func *f, slot *fp, const slot *results);
	/* An exception was caught in the frame at FP: those above it are gone. Also when none of them was wanted. */
	void (*caught)(void *user, struct ctx *c, slot *fp);
};

/* Hooks are added and removed while no thread of the store runs. What they want is asked for by call_hook_apply(). */
void store_add_call_hook(struct store *s, struct call_hook *h);
void store_remove_call_hook(struct store *s, struct call_hook *h);

/*
 * Hook those functions of M that one of H and the hooks behind it wants, and unhook the others (H NULL: all), in the
 * bodies that exist and in those that will be made. False: out of memory.
 */
bool call_hook_apply(const struct module *m, const struct call_hook *h);

/* ---- for code.c and the handlers --------------------------------------------------------------------------------- */

/* Give the cells of a fast body that begin and end frames their handlers, as M's code says. */
void call_hook_body(struct body *b);
void interp_hook_enter(struct ctx *c, struct func *f, slot *fp);
void interp_hook_caught(struct ctx *c, slot *fp);
void interp_hook_leave(struct ctx *c, const struct frame_header *h, slot *fp, const slot *results);

#endif
