/* Trees of results; see result.h. */
#include "repl/command/result.h"

#include <stdarg.h>

static struct node *node_new(struct result *r, struct node *in, const char *key, enum node_kind kind)
{
	struct node *n = arena_alloc(&r->arena, sizeof *n);

	if (!n) {
		r->text.failed = true;
		return NULL;
	}
	n->kind = kind;
	n->key = key;
	if (in && in->last)
		in->last->next = n;
	else if (in)
		in->first = n;
	if (in)
		in->last = n;
	return n;
}

bool result_init(struct result *r)
{
	*r = (struct result){ .guest_status = GUEST_NOT_RUN };
	r->root = node_new(r, NULL, NULL, NODE_OBJECT);
	return r->root != NULL;
}

void result_free(struct result *r)
{
	arena_free(&r->arena);
	buf_free(&r->text);
	buf_free(&r->notes);
	r->root = NULL;
}

struct node *node_object(struct result *r, struct node *in, const char *key)
{
	return node_new(r, in, key, NODE_OBJECT);
}

struct node *node_array(struct result *r, struct node *in, const char *key)
{
	return node_new(r, in, key, NODE_ARRAY);
}

void node_str(struct result *r, struct node *in, const char *key, struct str s)
{
	struct node *n = node_new(r, in, key, NODE_STRING);

	if (!n)
		return;
	n->string = (struct str){ arena_strndup(&r->arena, s.p ? s.p : "", s.n), s.n };
	if (!n->string.p) {
		n->string = STR("");
		r->text.failed = true;
	}
}

void node_printf(struct result *r, struct node *in, const char *key, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vprintf(&b, fmt, ap);
	va_end(ap);
	node_str(r, in, key, str_of_buf(&b));
	buf_free(&b);
}

void node_text(struct result *r, struct node *in, const char *key, size_t from)
{
	node_str(r, in, key, (struct str){ buf_str(&r->text) + from, r->text.size - from });
}

void node_int(struct result *r, struct node *in, const char *key, int64_t v)
{
	enum { EXACT_BITS = 53 };

	if (v > (int64_t)1 << EXACT_BITS || v < -((int64_t)1 << EXACT_BITS)) {
		node_printf(r, in, key, "%lld", (long long)v);
		return;
	}
	struct node *n = node_new(r, in, key, NODE_INT);
	if (n)
		n->number = v;
}

void node_float(struct result *r, struct node *in, const char *key, double v)
{
	struct node *n = node_new(r, in, key, NODE_FLOAT);

	if (n)
		n->real = v;
}

void node_bool(struct result *r, struct node *in, const char *key, bool v)
{
	struct node *n = node_new(r, in, key, NODE_BOOL);

	if (n)
		n->number = v;
}

void node_value(struct result *r, struct node *in, struct value v, const struct store *store)
{
	struct buf b = { 0 };

	valtype_print(v.type, NULL, &b);
	node_str(r, in, "type", str_of_buf(&b));
	buf_reset(&b);
	value_print(v, store, &b);
	node_str(r, in, "value", str_of_buf(&b));
	buf_free(&b);
}

const struct node *node_get(const struct node *object, const char *key)
{
	for (const struct node *n = object->first; n; n = n->next)
		if (n->key && str_eq(str_of(n->key), str_of(key)))
			return n;
	return NULL;
}
