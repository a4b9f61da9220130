/* Addresses of compiled code: what they belong to. */
#ifndef DEBUGGER_NATIVE_PLACE_H
#define DEBUGGER_NATIVE_PLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "jit/listing.h"

struct err;
struct module;
struct str;

struct native_place_of {
	struct listing listing;         /* of the code that the address lies in: listing_free() */
	uint32_t at;                    /* offset in the code */
	size_t part;                    /* of the listing's parts */
};

/* "*0x7f12": the address; false: it is not of that form. */
bool native_address(struct str text, uint64_t *address);
/* What ADDRESS is in the code of M. False without E: it is none of M's; with E: nothing can be said of it. */
bool native_place_find(const struct module *m, uint64_t address, struct native_place_of *out, struct err *e);

#endif
