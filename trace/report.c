/* Tables of results; see report.h. */
#include "trace/report.h"

struct sheet *report_sheet(struct report *r, const char *key, const char *title, const struct column *columns)
{
	struct sheet *t = &r->sheets[r->nsheets++];

	*t = (struct sheet){ .key = key, .title = title, .columns = columns };
	while (columns[t->ncolumns].key)
		t->ncolumns++;
	return t;
}

void report_total(struct report *r, const char *key, uint64_t number, enum column_kind kind, const char *words)
{
	struct total t = { key, words, number, kind };

	vec_push(&r->totals, t);
}

void report_free(struct report *r)
{
	for (unsigned i = 0; i < r->nsheets; i++)
		vec_free(&r->sheets[i].cells);
	vec_free(&r->totals);
	arena_free(&r->arena);
}

static void put(struct sheet *t, struct cell_value v)
{
	t->failed = t->failed || !vec_push(&t->cells, v);
}

void sheet_put_text(struct sheet *t, struct str s)
{
	put(t, (struct cell_value){ .text = s });
}

void sheet_put_copy(struct report *r, struct sheet *t, struct str s)
{
	const char *copy = arena_strndup(&r->arena, s.p ? s.p : "", s.n);

	sheet_put_text(t, copy ? (struct str){ copy, s.n } : STR("?"));
}

void sheet_put_number(struct sheet *t, uint64_t n)
{
	put(t, (struct cell_value){ .number = n });
}

void sheet_put_absent(struct sheet *t)
{
	put(t, (struct cell_value){ .absent = true });
}

size_t sheet_rows(const struct sheet *t)
{
	return t->ncolumns ? t->cells.count / t->ncolumns : 0;
}
