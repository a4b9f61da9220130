/* Rights: which apply to what kind of descriptor, and giving some up. */
#include <string.h>

#include "engine/wasi/impl.h"

uint64_t rights_of_kind(char kind)
{
#undef RIGHT
	static const char *const kinds[] = {
#define RIGHT(id, kinds) kinds,
#include "engine/wasi/wasi_rights.def"
	};
	uint64_t rights = 0;

	for (unsigned i = 0; i < RIGHT_COUNT; i++)
		if (strchr(kinds[i], kind))
			rights |= UINT64_C(1) << i;
	return rights;
}

uint32_t wasi_fd_fdstat_set_rights(struct wasi_call *k)
{
	uint64_t base = k->args[1], inheriting = k->args[2];
	struct wasi_fd *f;
	uint32_t e = fd_get(k->wasi, arg32(k, 0), 0, &f);

	if (e)
		return e;
	uint64_t old_base = atomic_load(&f->base), old_inheriting = atomic_load(&f->inheriting);
	if ((base & ~old_base) || (inheriting & ~old_inheriting)) {
		e = WE_NOTCAPABLE;
	} else {
		/* & rather than a store: what another thread has just given up stays given up */
		atomic_fetch_and(&f->base, base);
		atomic_fetch_and(&f->inheriting, inheriting);
	}
	fd_put(k->wasi, f);
	return e;
}
