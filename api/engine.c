/* Engines; see wrench.h. */
#include <stdlib.h>

#include "api/impl.h"

const char *wr_version(void)
{
	return VERSION;
}

struct wr_engine *wr_engine_new(const char *features, struct wr_error *e)
{
	struct features f = features_all();
	char bad[40];

	if (features && !features_parse(&f, features, bad, sizeof bad)) {
		error_set(e, E_UNKNOWN_NAME, "there is no feature \"%s\"", bad);
		return NULL;
	}
	struct wr_engine *en = calloc(1, sizeof *en);
	if (!en || !(en->engine = engine_new())) {
		free(en);
		error_oom(e);
		return NULL;
	}
	en->features = f;
	atomic_init(&en->users, 1);
	return en;
}

struct wr_engine *engine_hold(struct wr_engine *en)
{
	atomic_fetch_add(&en->users, 1);
	return en;
}

void wr_engine_free(struct wr_engine *engine)
{
	if (!engine || atomic_fetch_sub(&engine->users, 1) > 1)
		return;
	engine_free(engine->engine);
	free(engine);
}
