/* Tiers of a session; see tiering.h. */
#include "repl/command/tiering.h"

#include <regex.h>
#include <stdlib.h>
#include <string.h>

#include "repl/command/session.h"
#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/regir/code.h"
#include "jit/jit.h"

static const char *const names_of_tiers[] = {
	[TIER_UNFUSED] = "unfused", [TIER_INTERP] = "interp", [TIER_BASELINE] = "baseline", [TIER_AUTO] = "auto",
};

const char *tiering_name(enum tier t)
{
	return names_of_tiers[t];
}

bool tiering_named(struct str name, enum tier *out)
{
	for (unsigned i = 0; i < sizeof names_of_tiers / sizeof *names_of_tiers; i++)
		if (str_is(name, names_of_tiers[i])) {
			*out = (enum tier)i;
			return true;
		}
	return false;
}

void tiering_init(struct tiering *t)
{
	*t = (struct tiering){ .tier = TIER_DEFAULT };
}

void tiering_free(struct tiering *t)
{
	jit_free(t->jit);
	for (size_t i = 0; i < t->rules.count; i++)
		free(t->rules.data[i].functions);
	vec_free(&t->rules);
}

/* ---- rules ----------------------------------------------------------------------------------- */

bool tiering_add(struct tiering *t, const char *functions, enum tier tier)
{
	struct tier_rule r = { strdup(functions), tier };

	if (!r.functions || !vec_push(&t->rules, r)) {
		free(r.functions);
		return false;
	}
	return true;
}

bool tiering_parse(struct tiering *t, const char *text, struct err *e)
{
	const char *equals = strrchr(text, '=');
	enum tier tier;

	if (!tiering_named(str_of(equals ? equals + 1 : text), &tier)) {
		err_set(e, E_USAGE, place_none(), "--tier: '%s' is not interp, baseline, auto or unfused", equals ? equals + 1 : text);
		return false;
	}
	if (!equals) {
		t->tier = tier;
		return true;
	}
	if (tier == TIER_UNFUSED)
		return err_set(e, E_USAGE, place_none(), "--tier: unfused is for all functions, not for '%.*s'", (int)(equals - text), text);
	char *functions = strndup(text, (size_t)(equals - text));
	bool ok = functions && tiering_add(t, functions, tier);
	free(functions);
	return ok || err_oom(e);
}

/* "A..B": both ends count. */
static bool read_range(const char *text, uint64_t *first, uint64_t *last)
{
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	*first = strtoull(text, &end, 10);
	if (strncmp(end, "..", 2) != 0 || end[2] < '0' || end[2] > '9')
		return false;
	*last = strtoull(end + 2, &end, 10);
	return !*end;
}

bool tiering_means(const char *functions, const struct module *m, uint32_t func)
{
	struct buf name = { 0 };
	uint64_t first, last;
	regex_t re;

	if (read_range(functions, &first, &last))
		return func >= first && func <= last;
	func_plain_name(m, func, &name);
	bool means = strcmp(buf_str(&name), functions) == 0;
	if (!means && regcomp(&re, functions, REG_EXTENDED | REG_NOSUB) == 0) {
		means = regexec(&re, buf_str(&name), 0, NULL, 0) == 0;
		regfree(&re);
	}
	buf_free(&name);
	return means;
}

/* ---- stores ---------------------------------------------------------------------------------- */

/* What was said of functions holds in a module that gets an instance. */
static void module_comes(void *user, struct store *s, const struct module *m)
{
	const struct tiering *t = user;

	for (size_t k = 0; k < t->rules.count; k++)
		for (uint32_t i = m->nimported_funcs; i < m->nfuncs; i++)
			if (tiering_means(t->rules.data[k].functions, m, i))
				tiers_set_func(s, m, i, t->rules.data[k].tier);
}

static void compiled(void *user, struct ctx *c, struct func *f, const struct native_code *n, const struct err *e)
{
	struct tiering *t = user;

	if (n && t->made)
		t->made(t->user, c, f, n);
	if (!n && (e->code == E_NO_MEMORY || e->code == E_LIMIT) && !t->noticed && t->notice) {
		t->noticed = true;
		t->notice(t->user, e->message);
	}
}

static void entered(void *user, struct ctx *c, struct func *f, const struct native_code *n, uint32_t at)
{
	struct tiering *t = user;

	if (t->entered)
		t->entered(t->user, c, f, n, at);
}

bool tiering_store(struct tiering *t, struct store *s, struct err *e)
{
	s->no_fuse |= t->tier == TIER_UNFUSED;
	if (t->random && t->tier == TIER_INTERP)
		t->tier = TIER_AUTO;
	if (!t->jit)
		t->jit = jit_new(~t->without, t->own_pages ? MCODE_PAGES : MCODE_FILE);
	if (!t->jit || !jit_install(t->jit, s))
		return err_oom(e);
	t->watch = (struct tier_watch){ .module = module_comes, .compiled = compiled, .entered = entered, .user = t };
	s->tiers->watch = &t->watch;
	s->tiers->random = t->random;
	if (t->threshold)
		s->tiers->threshold = t->threshold;
	return tiers_set(s, t->tier) || err_oom(e);
}
