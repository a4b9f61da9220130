/* What specification scripts import from the host: module "spectest", and a collection of garbage as "wasmtime" "gc". */
#ifndef REPL_COMMAND_SPECTEST_H
#define REPL_COMMAND_SPECTEST_H

#include "engine/store.h"

/* What module MODULE exports as NAME, made in S on first use and kept in T. */
enum { SPECTEST_COUNT = 16 };
struct spectest {
	struct extern_ref made[SPECTEST_COUNT];
	bool have[SPECTEST_COUNT];
};
/* False without an error: no such name. */
bool spectest_find(struct spectest *t, struct store *s, struct str module, struct str name, struct extern_ref *out,
	struct err *e);

#endif
