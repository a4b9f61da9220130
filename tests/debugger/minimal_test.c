/* The least part of a set: one item, some that show it only together, none, and an end from outside. */
#include "debugger/minimal.h"

#include "tests/harness/tap.h"

enum { MANY = 1000 };

struct guilty {
	uint32_t items[4];
	size_t n;
	unsigned asked, at_most;
};

static bool has(const uint32_t *items, size_t n, uint32_t x)
{
	for (size_t i = 0; i < n; i++)
		if (items[i] == x)
			return true;
	return false;
}

static bool all_there(void *user, const uint32_t *items, size_t n)
{
	struct guilty *g = user;

	g->asked++;
	for (size_t i = 0; i < g->n; i++)
		if (!has(items, n, g->items[i]))
			return false;
	return true;
}

static bool asked_enough(void *user)
{
	const struct guilty *g = user;

	return g->asked >= g->at_most;
}

static bool finds(struct guilty *g, size_t of)
{
	uint32_t items[MANY];
	struct minimal m = { .items = items, .count = of, .shows = all_there, .user = g };

	for (uint32_t i = 0; i < of; i++)
		items[i] = i;
	if (!minimal_find(&m) || m.count != g->n)
		return false;
	for (size_t i = 0; i < g->n; i++)
		if (!has(items, m.count, g->items[i]))
			return false;
	return true;
}

static void one_is_found(void)
{
	struct guilty g = { .n = 1 };
	unsigned most = 0;

	for (uint32_t i = 0; i < MANY; i += 37) {
		g.items[0] = i;
		g.asked = 0;
		CHECK(finds(&g, MANY), "item %u of %u", i, MANY);
		most = g.asked > most ? g.asked : most;
	}
	CHECK(most <= 20, "one of %u is found by asking at most 20 times: %u", MANY, most);
}

static void several_are_found(void)
{
	CHECK(finds(&(struct guilty){ .items = { 3, 900 }, .n = 2 }, MANY), "two that are far apart");
	CHECK(finds(&(struct guilty){ .items = { 500, 501, 502 }, .n = 3 }, MANY), "three beside one another");
	CHECK(finds(&(struct guilty){ .items = { 0, 1, 2, 3 }, .n = 4 }, 4), "all");
	CHECK(finds(&(struct guilty){ .items = { 1 }, .n = 1 }, 3), "one of three");
	CHECK(finds(&(struct guilty){ .items = { 0 }, .n = 1 }, 1), "one of one");
}

static void it_ends_when_it_is_enough(void)
{
	struct guilty g = { .items = { 3, 900 }, .n = 2, .at_most = 5 };
	uint32_t items[MANY];
	struct minimal m = { .items = items, .count = MANY, .shows = all_there, .enough = asked_enough, .user = &g };

	for (uint32_t i = 0; i < MANY; i++)
		items[i] = i;
	CHECK(!minimal_find(&m) && g.asked == 5, "nothing is asked once it is enough");
	CHECK(has(items, m.count, 3) && has(items, m.count, 900), "what is left still shows it");
}

int main(void)
{
	one_is_found();
	several_are_found();
	it_ends_when_it_is_enough();
	return tap_done();
}
