/* Handlers are run where compiled code may be reached: how far the native stack goes, what is to be dropped, switches by chance. */
#include <pthread.h>

#include "engine/ctx.h"
#include "engine/native.h"
#include "engine/regir/convert.h"
#include "engine/regir/interp.h"
#include "engine/tier.h"
#include "engine/tier_frame.h"

/* ---- the native stack ---------------------------------------------------------------------------------------------------- */

/* Below this the native stack is left to C. */
enum { NATIVE_RESERVE = 256 << 10 };

static _Thread_local char *native_floor;

static char *floor_of_thread(void)
{
	pthread_attr_t attr;
	void *low = NULL;
	size_t size = 0, guard = 0;
	char *here = __builtin_frame_address(0);

	if (pthread_getattr_np(pthread_self(), &attr) == 0) {
		if (pthread_attr_getstack(&attr, &low, &size) != 0)
			low = NULL;
		pthread_attr_getguardsize(&attr, &guard);
		pthread_attr_destroy(&attr);
	}
	/* an unlimited stack's bounds say nothing */
	if (!low || here < (char *)low || (size_t)(here - (char *)low) > (size_t)1 << 30)
		return here - NATIVE_RESERVE;
	return (char *)low + guard + NATIVE_RESERVE;
}

char *tier_native_floor(char *low)
{
	char *before = native_floor;

	native_floor = low ? low + NATIVE_RESERVE : NULL;
	return before ? before - NATIVE_RESERVE : NULL;
}

/* ---- random switches (--random-tier) ------------------------------------------------------------------------------------- */

enum { CHUNK = 6000, SMALL_CHUNK = 40 };

/* Part of the fuel is put aside, so that it runs out soon. The clock does not see it. */
static void put_aside(struct ctx *c)
{
	uint64_t r = tier_chance(c);
	int64_t chunk = 1 + (int64_t)((r >> 8) % (r & 3 ? CHUNK : SMALL_CHUNK));

	if (c->fuel > chunk) {
		c->fuel_aside = c->fuel - chunk;
		c->fuel -= c->fuel_aside;
		c->fuel_start -= c->fuel_aside;
	}
}

static void put_back(struct ctx *c)
{
	c->fuel += c->fuel_aside;
	c->fuel_start += c->fuel_aside;
	c->fuel_aside = 0;
}

static unsigned run_random(struct ctx *c, const struct native_start *s)
{
	int64_t outer = c->fuel_aside;

	put_back(c);
	if (c->plain_table != (const void *const *)interp_stop_table)
		put_aside(c);
	unsigned code = native_enter(s);
	tier_settle(c);
	bool early = c->fuel_aside != 0;
	put_back(c);
	if (outer && c->fuel > outer) {
		c->fuel_aside = outer;
		c->fuel -= outer;
		c->fuel_start -= outer;
	}
	if (!early || (code != EXIT_FUEL && code != EXIT_FUEL_LOW))
		return code;
	tier_shuffle_frames(c);
	return EXIT_LEAVE;
}

/* ---- running ------------------------------------------------------------------------------------------------------------- */

/* Somebody who asks to be heard meanwhile is. */
void tier_set_enter_limit(struct ctx *c, slot *limit)
{
	c->enter_usual = limit;
	atomic_store(&c->enter_limit, limit);
	if (atomic_load(&c->leave))
		atomic_store(&c->enter_limit, NULL);
}

/*
 * How far up small frames of compiled code may begin: they fit, and the native stack has room for a pair (16 bytes) for each
 * frame (a header at the least) of this entry from the host.
 */
static slot *limit_of_entries(const struct ctx *c)
{
	const char *here = __builtin_frame_address(0);
	slot *base = c->depth ? c->segments[c->depth - 1].base : c->stack;
	size_t room = here > native_floor ? (size_t)(here - native_floor) : 0;
	size_t slots = room / NATIVE_PAIR * (sizeof(struct frame_header) / sizeof(slot));
	slot *end = c->limit - SMALL_FRAME / sizeof(slot);

	return end > base && (size_t)(end - base) > slots ? base + slots : end;
}

unsigned tier_run(struct ctx *c, const struct native_start *s)
{
	uint32_t drops = atomic_load(&c->native_drops);
	bool drop = atomic_load(&c->native_drop);
	unsigned code;

	slot *outer_limit = c->enter_usual;
	char *outer_floor = c->native_limit;

	if (!native_floor)
		native_floor = floor_of_thread();
	atomic_store(&c->native_drop, false);
	c->native_limit = native_floor;
	tier_set_enter_limit(c, limit_of_entries(c));
	if (c->counting && c->store->tiers->random) {
		code = run_random(c, s);
	} else {
		code = native_enter(s);
		tier_settle(c);
	}
	/* what was to be dropped meanwhile lies below, too */
	atomic_store(&c->native_drop, drop || atomic_load(&c->native_drops) != drops);
	c->native_limit = outer_floor;
	tier_set_enter_limit(c, outer_limit);
	return code;
}
