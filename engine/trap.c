/* Names and words of the traps, all from traps.def. */
#include "engine/trap.h"

/* Character I of an id as it appears in a name: lower case, dashes; zero after its end. */
enum { NAME_SIZE = 24 };
#define ID_AT(id, i) ((id "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0")[i])
#define LOWER(c)     (char)((c) == '_' ? '-' : (c) >= 'A' && (c) <= 'Z' ? (c) - 'A' + 'a' : (c))
#define L(id, i)     LOWER(ID_AT(id, i))
#define L8(id, i)    L(id, i), L(id, (i) + 1), L(id, (i) + 2), L(id, (i) + 3), \
		     L(id, (i) + 4), L(id, (i) + 5), L(id, (i) + 6), L(id, (i) + 7)

static const struct {
	char name[NAME_SIZE];
	const char *words, *help;
} trap_info[TRAP_COUNT] = {
#define TRAP(id, words, help) [TRAP_##id] = { { L8(#id, 0), L8(#id, 8), L8(#id, 16) }, words, help },
#include "engine/traps.def"
};

#define TRAP(id, words, help) _Static_assert(sizeof #id <= NAME_SIZE, #id " is too long");
#include "engine/traps.def"

const char *trap_words(enum trap t)
{
	return trap_info[t].words;
}

const char *trap_name(enum trap t)
{
	return trap_info[t].name;
}

const char *trap_help(enum trap t)
{
	return trap_info[t].help;
}
