/* Panes of scripts; see pane.h. */
#include "repl/command/pane.h"

#include <stdlib.h>

static struct pane *find(const struct session *s, struct str name)
{
	for (size_t i = 0; i < s->panes.count; i++)
		if (str_is(name, s->panes.data[i].name))
			return &s->panes.data[i];
	return NULL;
}

static void take_back(struct session *s, struct pane *p)
{
	free(p->name);
	free(p->help);
	*p = vec_last(&s->panes);
	(void)vec_pop(&s->panes);
}

bool pane_set(struct session *s, struct str name, struct str help, const struct pane *p, struct err *e)
{
	struct pane new = { strndup(name.p, name.n), strndup(help.p, help.n), p->lines, p->user };

	pane_remove(s, name);
	if (new.name && new.help && vec_push(&s->panes, new))
		return true;
	free(new.name);
	free(new.help);
	return err_oom(e);
}

const struct pane *pane_named(const struct session *s, struct str name)
{
	return find(s, name);
}

void pane_remove(struct session *s, struct str name)
{
	struct pane *old = find(s, name);

	if (old)
		take_back(s, old);
}

void panes_free(struct session *s)
{
	while (s->panes.count)
		take_back(s, &s->panes.data[0]);
	vec_free(&s->panes);
}
