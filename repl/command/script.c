/* Commands from files and pipes; see script.h. */
#include "repl/command/script.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/utf8.h"
#include "repl/command/args.h"
#include "repl/command/input.h"
#include "repl/command/live_input.h"

int script_status(const struct session *s)
{
	if (s->quit && s->quit_given)
		return s->quit_status;
	return s->guest_status ? s->guest_status : s->failed ? 1 : 0;
}

/* ---- JSON input -------------------------------------------------------------------------------------------------------- */

static void skip_blanks(struct str *p)
{
	*p = str_trim(*p);
}

static bool take(struct str *p, char c)
{
	skip_blanks(p);
	if (!p->n || p->p[0] != c)
		return false;
	p->p++, p->n--;
	return true;
}

static unsigned hex4(const char *p)
{
	char digits[5] = { p[0], p[1], p[2], p[3], 0 };

	return (unsigned)strtoul(digits, NULL, 16);
}

/* One escape behind a backslash; moves *P behind it. */
static bool json_escape(struct str *p, struct buf *out)
{
	static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
	const char *at = p->n ? strchr(from, p->p[0]) : NULL;
	char utf8[4];

	if (at && *at) {
		buf_putc(out, to[at - from]);
		p->p++, p->n--;
		return true;
	}
	if (p->n < 5 || p->p[0] != 'u')
		return false;
	uint32_t c = hex4(p->p + 1);
	p->p += 5, p->n -= 5;
	if (c >= 0xd800 && c < 0xdc00 && p->n >= 6 && p->p[0] == '\\' && p->p[1] == 'u') {
		c = 0x10000 + ((c - 0xd800) << 10) + (hex4(p->p + 2) - 0xdc00);
		p->p += 6, p->n -= 6;
	}
	buf_put(out, utf8, utf8_encode(c, utf8));
	return true;
}

static bool json_string(struct str *p, struct buf *out)
{
	if (!take(p, '"'))
		return false;
	while (p->n && p->p[0] != '"') {
		char c = p->p[0];
		if ((unsigned char)c < ' ')
			return false;
		p->p++, p->n--;
		if (c != '\\')
			buf_putc(out, c);
		else if (!json_escape(p, out))
			return false;
	}
	return take(p, '"');
}

/* Words that JSON has besides strings: numbers and three names. Others would spoil the line that repeats them. */
static bool is_json_word(struct str w)
{
	char copy[32], *end;

	if (str_is(w, "true") || str_is(w, "false") || str_is(w, "null"))
		return true;
	if (!w.n || w.n >= sizeof copy || strspn(w.p, "-0123456789.eE+") < w.n || w.p[0] == '+' || w.p[0] == '.')
		return false;
	memcpy(copy, w.p, w.n);
	copy[w.n] = '\0';
	strtod(copy, &end);
	return !*end && end[-1] != '.' && !(copy[copy[0] == '-'] == '0' && isdigit((unsigned char)copy[1 + (copy[0] == '-')]));
}

/* A string, number or one of JSON's names, kept as it is written. */
static bool json_scalar(struct str *p, struct str *out)
{
	struct buf ignored = { 0 };

	skip_blanks(p);
	const char *start = p->p;
	if (p->n && p->p[0] == '"') {
		bool ok = json_string(p, &ignored);
		buf_free(&ignored);
		*out = (struct str){ start, (size_t)(p->p - start) };
		return ok;
	}
	while (p->n && p->p[0] != ',' && p->p[0] != '}' && p->p[0] != ' ')
		p->p++, p->n--;
	*out = (struct str){ start, (size_t)(p->p - start) };
	return is_json_word(*out);
}

bool script_json_line(struct str line, struct buf *text, struct str *id)
{
	struct buf key = { 0 };
	struct str p = line, other;
	bool ok = take(&p, '{'), have = false;

	while (ok && !take(&p, '}')) {
		buf_reset(&key);
		ok = json_string(&p, &key) && take(&p, ':');
		if (ok && strcmp(buf_str(&key), "command") == 0)
			ok = have = json_string(&p, text);
		else if (ok)
			ok = json_scalar(&p, strcmp(buf_str(&key), "id") == 0 ? id : &other);
		take(&p, ',');
	}
	buf_free(&key);
	ok = ok && have && !p.n;
	if (!ok)
		*id = (struct str){ 0 };
	return ok;
}

/* ---- lines --------------------------------------------------------------------------------------------------------------- */

struct stream {
	struct input in;          /* first */
	FILE *f;
	struct live_input *live;        /* reads in place of f; NULL: f is read */
	const char *name;
	uint64_t number;                /* of the last line read */
	char *part;
	size_t cap;
	struct buf raw, line, text;     /* raw: the line as it was read; text: of JSON's "command" */
	bool ok;                        /* no line has failed */
};

static bool read_from_file(struct stream *st)
{
	ssize_t n = getline(&st->part, &st->cap, st->f);

	if (n > 0)
		buf_put(&st->raw, st->part, (size_t)n);
	return n > 0;
}

/* Add the next line to the text so far; under --json it may be an OBJECT, which is a whole command. False: there is
   none. */
static bool stream_read(struct stream *st, struct session *s, struct str *id, bool *object)
{
	buf_reset(&st->raw);
	if (st->live ? !live_input_line(st->live, &st->raw) : !read_from_file(st))
		return false;
	st->number++;
	buf_reset(&st->text);
	struct str got = { buf_str(&st->raw), st->raw.size };
	*object = s->json && script_json_line(got, &st->text, id);
	if (*object)
		got = str_of_buf(&st->text);
	buf_put(&st->line, got.p, got.n);
	return true;
}

static bool stream_step(struct input *in, struct session *s)
{
	struct stream *st = (struct stream *)in;
	struct str id = STR(""), none;
	struct buf keep = { 0 };
	bool object;

	buf_reset(&st->line);
	if (!st->ok || !stream_read(st, s, &id, &object))
		return false;
	uint64_t first = st->number;
	buf_put(&keep, id.p, id.n);
	while (!object && line_wants_more(s, str_of_buf(&st->line))) {
		if (st->line.data[st->line.size - 1] != '\n')
			buf_putc(&st->line, '\n');
		if (!stream_read(st, s, &none, &object))
			break;
	}
	/* reading goes on in nested loops while this line is carried out: it keeps its own text */
	struct buf line = st->line;
	st->line = (struct buf){ 0 };
	st->ok = session_do_as(s, str_of_buf(&line), str_of_buf(&keep), first,
		st->name) || s->json;
	buf_free(&line);
	buf_free(&keep);
	return st->ok;
}

bool script_run_stream(struct session *s, FILE *f, const char *name)
{
	struct stream st = { .in.step = stream_step, .f = f, .name = name, .ok = true };

	if (f == stdin && s->json)
		st.live = live_input_open(fileno(f));
	input_push(s, &st.in);
	while (!s->quit && stream_step(&st.in, s))
		;
	input_pop(s);
	if (st.live)
		live_input_close(st.live);
	free(st.part);
	buf_free(&st.raw);
	buf_free(&st.line);
	buf_free(&st.text);
	return st.ok;
}

bool script_run_file(struct session *s, const char *path, struct err *e)
{
	enum { MAX_DEPTH = 32 };

	if (s->source_depth >= MAX_DEPTH)
		return err_set(e, E_LIMIT, place_none(), "%s: scripts are nested too deeply", path);
	FILE *f = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	if (!f)
		return err_set(e, E_IO, place_none(), "%s: %s", path, strerror(errno));
	s->source_depth++;
	bool ok = script_run_stream(s, f, path);
	s->source_depth--;
	if (f != stdin)
		fclose(f);
	return ok || err_set(e, E_USAGE, place_none(), "%s was left at the line that failed", path);
}
