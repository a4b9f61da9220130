/* The compiler as stores get it; see jit.h. */
#include "jit/jit.h"

#include <pthread.h>
#include <stdlib.h>

#include "engine/base/err.h"
#include "engine/tier.h"
#include "jit/base/tables.h"
#if defined(__aarch64__)
#include "jit/a64/compile.h"
#else
#include "jit/x64/compile.h"
#endif
#include "jit/x64/features.h"

struct jit {
	struct tier_compiler compiler;
	pthread_mutex_t lock;           /* what follows is made when first needed */
	uint32_t features;              /* those of the machine, too, once it was asked: that takes a while */
	bool asked;
	enum mcode_how from;
	struct base_tables *tables;
	struct mcode *code;
};

static struct base_tables *tables_of(struct jit *j, struct err *e)
{
	pthread_mutex_lock(&j->lock);
	if (!j->tables && !(j->tables = base_tables_new()))
		err_oom(e);
	else if (!j->asked) {
		j->features &= x64_features();
		j->asked = true;
	}
	pthread_mutex_unlock(&j->lock);
	return j->tables;
}

static bool jit_compile(void *user, struct body *b, struct native_output *out, struct err *e)
{
	struct jit *j = user;
	struct base_tables *t = tables_of(j, e);

#if defined(__aarch64__)
	return t && a64_compile(b, j->features, t, out, e);
#else
	if (t && !(j->features & FEATURE_SSE41))
		return err_set(e, E_LIMIT, place_none(), "compiled code needs SSE4.1: functions are interpreted");
	return t && x64_compile(b, j->features, t, out, e);
#endif
}

static const uint8_t *jit_place(void *user, const uint8_t *code, uint32_t size, struct err *e)
{
	struct jit *j = user;

	pthread_mutex_lock(&j->lock);
	if (!j->code)
		j->code = mcode_new(MCODE_MAX, j->from, e);
	pthread_mutex_unlock(&j->lock);
	return j->code ? mcode_place(j->code, code, size, e) : NULL;
}

static void jit_release(void *user, const uint8_t *code, uint32_t size)
{
	const struct jit *j = user;

	mcode_release(j->code, code, size);
}

struct jit *jit_new(uint32_t features, enum mcode_how from)
{
	struct jit *j = calloc(1, sizeof *j);

	if (!j)
		return NULL;
	pthread_mutex_init(&j->lock, NULL);
	j->features = features;
	j->from = from;
	j->compiler = (struct tier_compiler){ .compile = jit_compile, .place = jit_place, .release = jit_release, .user = j };
	return j;
}

void jit_free(struct jit *j)
{
	if (!j)
		return;
	base_tables_free(j->tables);
	mcode_free(j->code);
	pthread_mutex_destroy(&j->lock);
	free(j);
}

bool jit_install(struct jit *j, struct store *s)
{
	return tiers_init(s, &j->compiler);
}
