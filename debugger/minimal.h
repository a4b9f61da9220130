/*
 * The least part of a set that still shows something: halves, then smaller and smaller parts, then all but one of these
 * (ddmin). What is left shows it and does not without any one of its items, as far as SHOWS answers alike when asked again.
 *
 * One item that shows it alone is found by asking about 2 log2(n) times; a few that show it only together by more.
 */
#ifndef DEBUGGER_MINIMAL_H
#define DEBUGGER_MINIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct minimal {
	uint32_t *items;                /* that show it together; what is left moves to the front */
	size_t count;
	bool (*shows)(void *user, const uint32_t *items, size_t n);
	bool (*enough)(void *user);     /* asked after each; NULL: never */
	void *user;
};

/* False: no memory, or it was enough before there was nothing to leave out. */
bool minimal_find(struct minimal *m);

#endif
