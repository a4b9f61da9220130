/* Asking at the bottom; see minibuffer.h. */
#include "tui/minibuffer.h"

#include <ctype.h>
#include <dirent.h>
#include <stdlib.h>

#include "repl/command/complete.h"
#include "repl/command/pane.h"
#include "tui/layouts.h"

enum { SHOWN = 8, HELP_COLUMN = 26 };

/* ---- fitting ----------------------------------------------------------------------------------------------- */

int fuzzy_score(struct str typed, const char *text)
{
	int score = 0, run = 0;
	const char *p = text;

	for (size_t i = 0; i < typed.n; i++, p++) {
		int want = tolower((unsigned char)typed.p[i]);
		const char *from = p;
		while (*p && tolower((unsigned char)*p) != want)
			p++;
		if (!*p)
			return -1;
		bool word = p == text || strchr(" -_.*$/", p[-1]);
		run = p == from && i ? run + 1 : 0;
		score += 10 + (word ? 15 : 0) + 8 * run - (p - from > 10 ? 10 : (int)(p - from));
	}
	if (typed.n && strncmp(text, typed.p, typed.n) == 0)
		score += 40 + (text[typed.n] == '\0' ? 100 : 0);
	return score < 0 ? 0 : score;
}

void minibuffer_offer(struct minibuffer *m, struct str typed, const char *text, const char *help)
{
	struct candidate c = { text, help, fuzzy_score(typed, text) };
	size_t at;

	if (c.score < 0)
		return;
	if (!vec_push(&m->all, c))
		return;
	for (at = m->all.count - 1; at > 0 && m->all.data[at - 1].score < c.score; at--)
		m->all.data[at] = m->all.data[at - 1];
	m->all.data[at] = c;
}

void minibuffer_update(struct tui *t)
{
	struct minibuffer *m = t->mini;

	vec_clear(&m->all);
	m->chosen = 0;
	m->moved = false;
	if (m->offer)
		m->offer(t, m, edit_text(&m->line));
}

/* ---- asking -------------------------------------------------------------------------------------------------- */

static void take_answer(struct minibuffer *m, struct buf *out)
{
	struct str typed = edit_text(&m->line);
	bool chosen = m->all.count && (m->moved || (m->pick && !memchr(typed.p, ' ', typed.n)));

	if (chosen)
		buf_puts(out, m->all.data[m->chosen].text);
	else
		buf_put(out, typed.p, typed.n);
}

bool minibuffer_read(struct tui *t, struct minibuffer *m, struct buf *out)
{
	struct minibuffer *before = t->mini;

	t->mini = m;
	buf_reset(&t->echo);
	minibuffer_update(t);
	tui_loop(t, &m->done);
	t->mini = before;
	if (m->accepted)
		take_answer(m, out);
	edit_free(&m->line);
	vec_free(&m->all);
	arena_free(&m->arena);
	t->dirty = true;
	return m->accepted;
}

/* ---- drawing ------------------------------------------------------------------------------------------------- */

static void draw_candidate(struct tui *t, const struct minibuffer *m, size_t i, int row)
{
	struct pen p = { &t->screen, row, 0, t->screen.cols, STYLE_TEXT, i == m->chosen ? LAYER_BAR_ON : LAYER_BAR };

	pen_puts(&p, t->plain ? i == m->chosen ? "> " : "  " : " ");
	pen_puts(&p, m->all.data[i].text);
	if (m->all.data[i].help) {
		pen_puts(&p, " ");
		while (p.col < HELP_COLUMN && p.col < p.end)
			pen_puts(&p, " ");
		p.style = STYLE_DIM;
		pen_puts(&p, m->all.data[i].help);
	}
	p.style = STYLE_TEXT;
	pen_fill(&p);
}

void minibuffer_draw(struct tui *t)
{
	const struct minibuffer *m = t->mini;
	int rows = t->screen.rows, shown = SHOWN < rows - 3 ? SHOWN : rows - 3;
	size_t first = m->chosen >= (size_t)(shown > 0 ? shown : 1) ? m->chosen - (size_t)shown + 1 : 0;
	int n = (int)(m->all.count - first < (size_t)shown ? m->all.count - first : (size_t)shown);

	for (int i = 0; i < n; i++)
		draw_candidate(t, m, first + (size_t)i, rows - 1 - n + i);
	struct pen p = { &t->screen, rows - 1, 0, t->screen.cols, STYLE_PROMPT, LAYER_NONE };
	pen_puts(&p, m->prompt);
	p.style = STYLE_TEXT;
	pen_put(&p, edit_text(&m->line));
	pen_fill(&p);
}

/* ---- what is offered ------------------------------------------------------------------------------------------- */

void offer_commands(struct tui *t, struct minibuffer *m, struct str typed)
{
	const char *space = memchr(typed.p, ' ', typed.n);

	for (size_t i = 0; i < command_total(t->s); i++) {
		const struct command *c = command_at(t->s, i);
		if (strncmp(c->name, "mini-", 5) != 0)
			minibuffer_offer(m, typed, c->name, c->summary);
	}
	if (space && !m->all.count) {
		m->command = "";
		offer_arguments(t, m, typed);
	}
}

void offer_buffers(struct tui *t, struct minibuffer *m, struct str typed)
{
	for (size_t i = 0; view_table[i]; i++)
		if (!view_table[i]->exists || view_table[i]->exists(t))
			minibuffer_offer(m, typed, view_table[i]->name, view_table[i]->help);
	for (size_t i = 0; i < t->s->panes.count; i++)
		minibuffer_offer(m, typed, t->s->panes.data[i].name, t->s->panes.data[i].help);
}

void offer_layouts(struct tui *t, struct minibuffer *m, struct str typed)
{
	struct buf names = { 0 };

	layouts_names(&names);
	for (const char *p = buf_str(&names); *p; p += strcspn(p, "\n") + 1) {
		char *name = arena_strndup(&m->arena, p, strcspn(p, "\n"));
		if (name)
			minibuffer_offer(m, typed, name, NULL);
	}
	buf_free(&names);
}

/* Files of the folder that TYPED names. */
static void offer_files(struct minibuffer *m, struct str before, struct str typed)
{
	size_t n = typed.n;
	struct dirent *entry;

	while (n && typed.p[n - 1] != '/')
		n--;
	char *folder = n ? arena_strndup(&m->arena, typed.p, n) : (char *)".";
	DIR *d = folder ? opendir(folder) : NULL;
	while (d && (entry = readdir(d))) {
		if (entry->d_name[0] == '.')
			continue;
		char *path = arena_printf(&m->arena, "%.*s%.*s%s%s", STR_ARGS(before), (int)n, typed.p, entry->d_name,
			entry->d_type == DT_DIR ? "/" : "");
		struct str all = { before.p, before.n + typed.n };
		if (path)
			minibuffer_offer(m, all, path, NULL);
	}
	if (d)
		closedir(d);
}

void offer_arguments(struct tui *t, struct minibuffer *m, struct str typed)
{
	struct buf line = { 0 };
	word_list words = { 0 };
	bool files;
	size_t start;

	buf_puts(&line, m->command);
	size_t command = line.size;
	buf_put(&line, typed.p, typed.n);
	for (start = line.size; start > command && !strchr(" (,=", line.data[start - 1]); start--)
		;
	struct str before = { typed.p, start - command }, word = { typed.p + before.n, typed.n - before.n };
	complete_line(t->s, str_of_buf(&line), start, &words, &files);
	for (size_t i = 0; i < words.count; i++) {
		char *text = arena_printf(&m->arena, "%.*s%s", STR_ARGS(before), words.data[i]);
		if (text)
			minibuffer_offer(m, typed, text, NULL);
	}
	if (files)
		offer_files(m, before, word);
	word_list_free(&words);
	buf_free(&line);
}
