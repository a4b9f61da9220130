/* The inside of a linker: what linker.c and wasi.c share. */
#ifndef API_LINKER_H
#define API_LINKER_H

#include "api/impl.h"

struct definition {
	struct str module, name;
	struct extern_ref x;
};

struct preloaded {
	struct str name;
	const struct instance *instance;
};

struct wr_linker {
	struct wr_store *store;
	struct arena arena;             /* names */
	VEC(struct definition) defs;
	VEC(struct preloaded) instances;
	struct wasi *wasi;              /* the store's; NULL: none */
	bool stub_missing;
	const struct import *missing;   /* of the instantiation under way: what was not found */
};

#endif
