/*
 * Events of a session: what happened, for those who asked to be told. The workbench redraws, scripts run their hooks
 * (wb.on), --json-events prints lines.
 *
 *     static void on_event(void *user, struct session *s, const struct event *ev) { … }
 *     struct event_subscriber sub = { .on = on_event, .user = view };
 *     event_subscribe(s, &sub);                the subscriber is the caller's and stays linked until it is taken back
 *
 * Subscribers are called in the middle of what happens, in the order they came: they look, and remember. They do not
 * run commands; what wants to (a hook of a script) waits until the command that is under way has ended (session_idle).
 */
#ifndef REPL_COMMAND_EVENT_H
#define REPL_COMMAND_EVENT_H

#include "repl/command/session.h"

enum event_kind {
	EVENT_LOADED,           /* module `number` is there, and the current one */
	EVENT_UNLOADED,         /* module `number` goes */
	EVENT_INSTANTIATED,     /* instance `number` is there */
	EVENT_RESUMED,          /* the guest runs on */
	EVENT_STOPPED,          /* it stopped: s->ctx has frames */
	EVENT_ENDED,            /* a call of the guest is over, as `how` says; after a trap its frames are still there */
	EVENT_OUTPUT,           /* the guest wrote `text` to descriptor `number`, 1 or 2; see event_want_output() */
	EVENT_COMMAND,          /* the command line `text` was carried out */
	EVENT_COUNT
};
extern const char *const event_names[EVENT_COUNT];      /* "loaded", …: as wb.on and --json-events call them */

struct event {
	enum event_kind kind;
	uint32_t number;
	enum outcome how;               /* EVENT_STOPPED, EVENT_ENDED */
	struct str text;                /* EVENT_OUTPUT, EVENT_COMMAND; borrowed */
};

struct event_subscriber {
	struct event_subscriber *next;
	void (*on)(void *user, struct session *s, const struct event *ev);
	void *user;
};

void event_subscribe(struct session *s, struct event_subscriber *sub);
void event_unsubscribe(struct session *s, struct event_subscriber *sub);
/* EVENT_OUTPUT costs every host call a look: it is sent only from now on (until ON is false). */
void event_want_output(struct session *s, bool on);
bool event_wants_output(const struct session *s);
/* Of a new store. */
void event_store_made(struct session *s);
/* Tell everybody, and with --json-events print a line. */
void event_send(struct session *s, const struct event *ev);

#endif
