/*
 * What a command gives back: a tree in the shapes of JSON, which --json prints as it is, and the same for people as
 * finished lines of text. Handlers fill both and never print; render_text.c and render_json.c are the only writers.
 *
 *     buf_printf(&r->text, "Breakpoint %u at %s\n", n, where);
 *     node_int(r, r->root, "number", n);
 *     struct node *list = node_array(r, r->root, "places");
 *     struct node *one = node_object(r, list, NULL);            // members of arrays have no key
 *     node_printf(r, one, "offset", "0x%x", offset);
 *
 * What is unknown is absent: do not add it. Numbers beyond 2^53 become strings by themselves; Wasm values are always
 * added with node_value(). Running out of memory loses members and sets text.failed, which the loop reports.
 */
#ifndef REPL_COMMAND_RESULT_H
#define REPL_COMMAND_RESULT_H

#include "engine/base/arena.h"
#include "engine/base/buf.h"
#include "engine/base/str.h"
#include "engine/value.h"

enum node_kind { NODE_OBJECT, NODE_ARRAY, NODE_STRING, NODE_INT, NODE_FLOAT, NODE_BOOL };

struct node {
	struct node *next;              /* in the parent's members */
	const char *key;                /* NULL in arrays */
	enum node_kind kind;
	struct node *first, *last;      /* NODE_OBJECT, NODE_ARRAY */
	struct str string;
	int64_t number;                 /* NODE_INT, NODE_BOOL */
	double real;                    /* NODE_FLOAT */
};

enum { GUEST_NOT_RUN = -1 };

struct result {
	struct arena arena;             /* of the tree; free for a handler's scratch, too */
	struct node *root;              /* an object; {} when there is nothing to tell */
	struct buf text;                /* whole lines for standard output */
	struct buf notes;               /* whole lines for standard error ("note: …", trap reports, progress) */
	int guest_status;               /* exit status of the guest call this command completed: 0, 134, 124, …; or not run */
	int aside;                      /* dim words at the right edge of the text's last line start here ("step 2 interp");
					   0: none */
};

bool result_init(struct result *r);     /* false: out of memory */
void result_free(struct result *r);

/* Add a member to an object (KEY is a literal or lives in r->arena) or an element to an array (KEY NULL). */
struct node *node_object(struct result *r, struct node *in, const char *key);
struct node *node_array(struct result *r, struct node *in, const char *key);
void node_str(struct result *r, struct node *in, const char *key, struct str s);        /* copied */
void node_printf(struct result *r, struct node *in, const char *key, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
/* The same, what r->text has from FROM on. */
void node_text(struct result *r, struct node *in, const char *key, size_t from);
void node_int(struct result *r, struct node *in, const char *key, int64_t v);
void node_float(struct result *r, struct node *in, const char *key, double v);
void node_bool(struct result *r, struct node *in, const char *key, bool v);
/* Adds "type" and "value" members to the object IN. */
void node_value(struct result *r, struct node *in, struct value v, const struct store *store);
const struct node *node_get(const struct node *object, const char *key);                /* NULL: absent */

#endif
