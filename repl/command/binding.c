/* Keys that were bound; see binding.h. */
#include "repl/command/binding.h"

#include <stdlib.h>

static struct binding *find(const struct session *s, struct str key)
{
	for (size_t i = 0; i < s->bindings.count; i++)
		if (str_is(key, s->bindings.data[i].key))
			return &s->bindings.data[i];
	return NULL;
}

static void take_back(struct session *s, struct binding *b)
{
	free(b->key);
	free(b->command);
	*b = vec_last(&s->bindings);
	(void)vec_pop(&s->bindings);
}

bool binding_set(struct session *s, struct str key, struct str command, struct err *e)
{
	struct binding *old = find(s, key);
	struct binding new = { strndup(key.p, key.n), strndup(command.p, command.n) };

	s->binding_generation++;
	if (old)
		take_back(s, old);
	if (command.n && new.key && new.command && vec_push(&s->bindings, new))
		return true;
	free(new.key);
	free(new.command);
	return command.n ? err_oom(e) : true;
}

const char *binding_get(const struct session *s, struct str key)
{
	const struct binding *b = find(s, key);

	return b ? b->command : NULL;
}

void bindings_free(struct session *s)
{
	while (s->bindings.count)
		take_back(s, &s->bindings.data[0]);
	vec_free(&s->bindings);
}
