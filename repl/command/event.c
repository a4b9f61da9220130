/* Events; see event.h. */
#include "repl/command/event.h"

#include "repl/command/render.h"

const char *const event_names[EVENT_COUNT] = {
	[EVENT_LOADED] = "loaded", [EVENT_UNLOADED] = "unloaded", [EVENT_INSTANTIATED] = "instantiated",
	[EVENT_RESUMED] = "resumed", [EVENT_STOPPED] = "stopped", [EVENT_ENDED] = "ended", [EVENT_OUTPUT] = "output",
	[EVENT_COMMAND] = "command",
};

void event_subscribe(struct session *s, struct event_subscriber *sub)
{
	struct event_subscriber **at = &s->subscribers;

	while (*at)
		at = &(*at)->next;
	sub->next = NULL;
	*at = sub;
}

void event_unsubscribe(struct session *s, struct event_subscriber *sub)
{
	struct event_subscriber **at = &s->subscribers;

	while (*at && *at != sub)
		at = &(*at)->next;
	if (*at)
		*at = sub->next;
}

void event_send(struct session *s, const struct event *ev)
{
	static const char *const keys[EVENT_COUNT] = {
		[EVENT_LOADED] = "module", [EVENT_UNLOADED] = "module", [EVENT_INSTANTIATED] = "instance",
	};
	bool left = ev->kind == EVENT_STOPPED || ev->kind == EVENT_ENDED;
	struct event_subscriber *next;

	if (ev->kind != EVENT_OUTPUT && ev->kind != EVENT_COMMAND)      /* JSON lines have these already */
		json_event(s, event_names[ev->kind], keys[ev->kind], ev->number, left ? outcome_words(ev->how) : NULL);
	for (struct event_subscriber *sub = s->subscribers; sub; sub = next) {
		next = sub->next;
		sub->on(sub->user, s, ev);
	}
}
