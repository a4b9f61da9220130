/* Error numbers: from the host's to WASI's, and their names. */
#include <errno.h>

#include "engine/wasi/impl.h"

static const struct { int host; const char *name, *words; } errnos[] = {
#define ERRNO(id, host, words) { host, #id, words },
#include "engine/wasi/wasi_errno.def"
};

uint32_t wasi_errno_of(int host)
{
	for (uint32_t i = 1; host && i < WE_COUNT; i++)
		if (errnos[i].host == host)
			return i;
	return WE_IO;
}

const char *wasi_errno_name(uint32_t number)
{
	return number < WE_COUNT ? errnos[number].name : "?";
}

const char *wasi_errno_words(uint32_t number)
{
	return number < WE_COUNT ? errnos[number].words : "unknown error";
}
