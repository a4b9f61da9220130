/*
 * Whether an error or trap is the one that an assertion expects. Scripts compare words; ours are the specification's. What
 * other scripts say - the engine they were written for has words of its own - is mapped by tables to the kind of error
 * and, where the text says more, to what has to be in our evidence.
 */
#include <string.h>

#include "wat/wast.h"

static bool begins(struct str s, struct str with)
{
	return s.n >= with.n && memcmp(s.p, with.p, with.n) == 0;
}

/* ---- errors ---------------------------------------------------------------------------------- */

struct wording {
	const char *text;               /* the expected text begins with it */
	enum err_code code;
	const char *evidence;           /* and our evidence has this; NULL: whatever it is */
};

static const struct wording wordings[] = {
	/* proposals older than 64-bit limits called this malformed */
	{ "i32 constant out of range",                       E_MEMORY_SIZE,  NULL },
	{ "operators remaining after end",                   E_SECTION_SIZE, NULL },
	{ "expected global of type",                         E_IMPORT_TYPE,  "another type" },
	{ "expected mutable global, found immutable global", E_IMPORT_TYPE,  "but immutable" },
	{ "expected immutable global, found mutable global", E_IMPORT_TYPE,  "but mutable" },
	{ "expected table of type",                          E_IMPORT_TYPE,  "another type" },
	{ "expected table limits",                           E_IMPORT_TYPE,  "but too small" },
	{ "expected memory limits",                          E_IMPORT_TYPE,  "but too small" },
	{ "expected type `(func",                            E_IMPORT_TYPE,  "another type" },
	{ "expected 64-bit memory, found 32-bit memory",     E_IMPORT_TYPE,  "but with 32-bit addresses" },
	{ "memory types incompatible",                       E_IMPORT_TYPE,  "-bit addresses" },
};

bool wast_expected(struct str expected, const struct err *e)
{
	struct str words = str_of(err_words(e->code));

	if (begins(str_of(e->message), expected) || begins(words, expected) || begins(expected, words))
		return true;
	for (size_t i = 0; i < sizeof wordings / sizeof *wordings; i++) {
		const struct wording *w = &wordings[i];
		if (w->code == e->code && begins(expected, str_of(w->text)) && (!w->evidence || strstr(e->evidence, w->evidence)))
			return true;
	}
	return false;
}

/* ---- traps ----------------------------------------------------------------------------------- */

static const struct { const char *text; enum trap kind; } traps[] = {
	{ "null reference",                   TRAP_NULL_FUNC },
	{ "null reference",                   TRAP_NULL_STRUCT },
	{ "null reference",                   TRAP_NULL_ARRAY },
	{ "null reference",                   TRAP_NULL_I31 },
	{ "null reference",                   TRAP_NULL_EXN },
	{ "out of bounds",                    TRAP_UNDEFINED_ELEMENT },
	{ "undefined element",                TRAP_TABLE_BOUNDS },
	{ "call type mismatch",               TRAP_CALL_TYPE },
	{ "atomic wait on non-shared memory", TRAP_NOT_SHARED },
};

bool wast_trap_expected(struct str expected, enum trap kind)
{
	struct str words = str_of(trap_words(kind));

	/* scripts say more ("uninitialized element 2") or less than the kind's words */
	if (begins(words, expected) || begins(expected, words))
		return true;
	for (size_t i = 0; i < sizeof traps / sizeof *traps; i++)
		if (traps[i].kind == kind && str_is(expected, traps[i].text))
			return true;
	return false;
}
