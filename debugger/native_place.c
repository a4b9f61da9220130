/* Addresses of compiled code; see native_place.h. */
#include "debugger/native_place.h"

#include <stdlib.h>
#include <string.h>

#include "engine/base/err.h"
#include "engine/base/str.h"
#include "engine/module.h"

bool native_address(struct str text, uint64_t *address)
{
	char number[24], *end;

	if (text.n < 2 || text.n > sizeof number || text.p[0] != '*')
		return false;
	memcpy(number, text.p + 1, text.n - 1);
	number[text.n - 1] = '\0';
	*address = strtoull(number, &end, 0);
	return !*end;
}

bool native_place_find(const struct module *m, uint64_t address, struct native_place_of *out, struct err *e)
{
	const struct native_code *n = m->code ? tier_code_at(m, (const void *)(uintptr_t)address) : NULL;

	if (!n || !listing_make(&out->listing, n->body, MACHINE_HOST, e))
		return false;
	const struct listing *l = &out->listing;
	if (l->code != n->code) {
		listing_free(&out->listing);
		return err_set(e, E_UNSUPPORTED, place_none(), "the compiler's record of this code is not that of the code that runs");
	}
	out->at = (uint32_t)(address - (uint64_t)(uintptr_t)n->code);
	for (out->part = 0; out->part + 1 < l->parts.count && l->parts.data[out->part + 1].code <= out->at; out->part++)
		;
	return true;
}
