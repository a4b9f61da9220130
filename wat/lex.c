/*
 * The lexer. A token is the longest run of identifier characters (and strings glued to them, which makes it a reserved
 * word); what kind it is follows from its first character. Works directly on the source's bytes and copies nothing.
 */
#include "wat/lex.h"

#include <string.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "engine/base/utf8.h"

const struct word_info word_info[W_COUNT] = {
#define WORD(id, text, class, value) [W_##id] = { text, WORD_##class, value },
#include "wat/token.def"
};

enum { ID = 1, SPACE = 2, MARK = 4 };   /* MARK: , ; [ ] { } */

static const uint8_t class_of[256] = {
	['\t'] = SPACE, ['\n'] = SPACE, ['\r'] = SPACE, [' '] = SPACE,
	['!'] = ID, ['#' ... '\''] = ID, ['*' ... '+'] = ID, [','] = MARK, ['-' ... ':'] = ID, [';'] = MARK,
	['<' ... 'Z'] = ID, ['['] = MARK, ['\\'] = ID, [']'] = MARK, ['^' ... 'z'] = ID, ['{'] = MARK, ['|'] = ID,
	['}'] = MARK, ['~'] = ID,
};

static inline bool is_id(char c)
{
	return class_of[(unsigned char)c] & ID;
}

/* ---- keywords ------------------------------------------------------------------------------------------------ */

/* Enough of a word to tell keywords apart: its length, beginning and end. */
static inline uint32_t keyword_hash(const char *s, size_t n)
{
	uint64_t a = 0, b = 0;

	if (n >= 8) {
		memcpy(&a, s, 8);
		memcpy(&b, s + n - 8, 8);
	} else if (n >= 4) {
		memcpy(&a, s, 4);
		memcpy(&b, s + n - 4, 4);
	} else if (n > 0) {
		a = (unsigned char)s[0] | (uint64_t)(unsigned char)s[n / 2] << 8;
		b = (unsigned char)s[n - 1];
	}
	a = (a ^ (b * 0x9e3779b97f4a7c15u)) + n;
	a *= 0xff51afd7ed558ccdu;
	return (uint32_t)(a >> 40);
}

static const char *keyword_text(unsigned slot)
{
	return slot <= OP_COUNT ? op_info[slot - 1].text : word_info[slot - 1 - OP_COUNT].text;
}

static void keyword_add(struct keywords *k, const char *text, unsigned value)
{
	size_t n = strlen(text);
	uint32_t i = keyword_hash(text, n) & 4095;

	for (; k->slot[i]; i = (i + 1) & 4095)
		if (strcmp(keyword_text(k->slot[i]), text) == 0)
			return;         /* two encodings of one keyword: the first */
	k->slot[i] = (uint16_t)value;
}

void keywords_init(struct keywords *k)
{
	memset(k, 0, sizeof *k);
	for (unsigned i = 0; i < OP_COUNT; i++)
		keyword_add(k, op_info[i].text, i + 1);
	for (unsigned i = 0; i < W_COUNT; i++)
		keyword_add(k, word_info[i].text, i + 1 + OP_COUNT);
}

static inline unsigned keyword_find(const struct keywords *k, const char *s, size_t n)
{
	for (uint32_t i = keyword_hash(s, n) & 4095; k->slot[i]; i = (i + 1) & 4095) {
		const char *text = keyword_text(k->slot[i]);
		if (strncmp(text, s, n) == 0 && text[n] == '\0')
			return k->slot[i];
	}
	return 0;
}

/* ---- errors -------------------------------------------------------------------------------------------------- */

static struct place span(const struct lexer *lx, const char *from, const char *to)
{
	return place_text((uint64_t)(from - lx->text), (uint32_t)(to - from));
}

/* A character outside strings and comments that begins no token. */
static bool illegal_char(struct lexer *lx, const char *p)
{
	size_t n = utf8_length(p, (size_t)(lx->end - p));
	unsigned char c = (unsigned char)*p;

	if (n == 0)
		return err_set(lx->e, E_BAD_STRING, span(lx, p, p + 1), "malformed UTF-8 encoding: byte 0x%02x", c);
	if (n == 1)
		return err_set(lx->e, E_ILLEGAL_CHAR, span(lx, p, p + 1), "illegal character 0x%02x", c);
	return err_set(lx->e, E_ILLEGAL_CHAR, span(lx, p, p + n), "illegal character '%.*s' outside of strings and comments",
		(int)n, p);
}

static bool reserved_word(struct lexer *lx, const char *from, const char *to)
{
	size_t n = (size_t)(to - from), best = n > 3 ? 3 : 1;
	const char *like = NULL;

	err_set(lx->e, E_UNKNOWN_OPERATOR, span(lx, from, to), "unknown operator %.*s", n > 80 ? 80 : (int)n, from);
	if (n > 40)
		return false;
	for (unsigned slot = 1; slot <= OP_COUNT + W_COUNT && n >= 2; slot++) {
		size_t d = str_distance((struct str){ from, n }, str_of(keyword_text(slot)), best);
		if (d < best) {
			best = d;
			like = keyword_text(slot);
		}
	}
	if (like)
		err_hint(lx->e, "%s", like);
	return false;
}

/* ---- spaces and comments ------------------------------------------------------------------------------------- */

/* Check characters of comments: anything that is well-formed UTF-8. */
static bool comment_char(struct lexer *lx, const char **p)
{
	if ((unsigned char)**p < 0x80) {
		(*p)++;
		return true;
	}
	size_t n = utf8_length(*p, (size_t)(lx->end - *p));
	if (n == 0)
		return err_set(lx->e, E_BAD_STRING, span(lx, *p, *p + 1), "malformed UTF-8 encoding in a comment");
	*p += n;
	return true;
}

static bool line_comment(struct lexer *lx)
{
	const char *p = lx->p + 2;

	while (p < lx->end && *p != '\n' && *p != '\r')
		if (!comment_char(lx, &p))
			return false;
	lx->p = p;
	return true;
}

static bool block_comment(struct lexer *lx)
{
	const char *p = lx->p + 2;
	uint32_t depth = 1;

	while (depth > 0) {
		if (p >= lx->end)
			return err_set(lx->e, E_UNCLOSED_COMMENT, span(lx, lx->p, lx->p + 2),
				"unclosed comment: %u more ;) expected", depth);
		bool pair = p + 1 < lx->end;
		if (pair && p[0] == '(' && p[1] == ';') {
			depth++;
			p += 2;
		} else if (pair && p[0] == ';' && p[1] == ')') {
			depth--;
			p += 2;
		} else if (!comment_char(lx, &p)) {
			return false;
		}
	}
	lx->p = p;
	return true;
}

/* ---- strings ------------------------------------------------------------------------------------------------- */

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* \u{…}: P stands after the brace; digits may be grouped by single underscores. */
static const char *unicode_escape(const char *p, const char *end, uint32_t *out)
{
	uint32_t c = 0;
	bool digit = false;

	for (; p < end && *p != '}'; p++) {
		if (*p == '_' && digit && p + 1 < end && hex_digit(p[1]) >= 0) {
			digit = false;
			continue;
		}
		if (hex_digit(*p) < 0 || c > 0x10ffff)
			return NULL;
		c = c << 4 | (uint32_t)hex_digit(*p);
		digit = true;
	}
	if (p >= end || !digit || c > 0x10ffff || (c >= 0xd800 && c < 0xe000))
		return NULL;
	*out = c;
	return p + 1;
}

/* One escape; P stands at the backslash. Gives the bytes and the position after it; NULL: not an escape. */
static const char *escape(const char *p, const char *end, char out[4], size_t *n)
{
	static const char letters[] = "tnr\"'\\", meaning[] = "\t\n\r\"'\\";
	const char *which;
	uint32_t c;

	if (p + 1 >= end)
		return NULL;
	*n = 1;
	if (p[1] != '\0' && (which = strchr(letters, p[1])) != NULL) {
		out[0] = meaning[which - letters];
		return p + 2;
	}
	if (p[1] == 'u' && p + 2 < end && p[2] == '{') {
		p = unicode_escape(p + 3, end, &c);
		if (p)
			*n = utf8_encode(c, out);
		return p;
	}
	if (p + 2 >= end || hex_digit(p[1]) < 0 || hex_digit(p[2]) < 0)
		return NULL;
	out[0] = (char)(hex_digit(p[1]) << 4 | hex_digit(p[2]));
	return p + 3;
}

/* Move *P behind a string literal; it stands at the opening quote. */
static bool string_skip(struct lexer *lx, const char **at)
{
	const char *p = *at + 1, *next;
	char bytes[4];
	size_t n;

	for (;;) {
		while (p < lx->end && *p != '"' && *p != '\\' && (unsigned char)*p >= ' ' && (unsigned char)*p < 0x7f)
			p++;
		if (p >= lx->end || *p == '\n')
			return err_set(lx->e, E_UNCLOSED_STRING, span(lx, *at, *at + 1), "unclosed string");
		if (*p == '"')
			break;
		if (*p == '\\') {
			if (!(next = escape(p, lx->end, bytes, &n)))
				return err_set(lx->e, E_ILLEGAL_ESCAPE, span(lx, p, p + 1 < lx->end ? p + 2 : p + 1),
					"illegal escape in a string; \\t \\n \\r \\\" \\' \\\\ \\u{HEX} and \\HH exist");
			p = next;
		} else if ((unsigned char)*p < 0x80) {
			return err_set(lx->e, E_ILLEGAL_CHAR, span(lx, p, p + 1),
				"illegal character 0x%02x in a string; write \\%02x", (unsigned char)*p, (unsigned char)*p);
		} else {
			n = utf8_length(p, (size_t)(lx->end - p));
			if (n == 0)
				return err_set(lx->e, E_BAD_STRING, span(lx, p, p + 1), "malformed UTF-8 encoding in a string");
			p += n;
		}
	}
	*at = p + 1;
	return true;
}

static bool decode(const char *p, const char *end, struct buf *out)
{
	char bytes[4];
	size_t n;

	while (p < end) {
		const char *back = memchr(p, '\\', (size_t)(end - p));
		buf_put(out, p, (size_t)((back ? back : end) - p));
		if (!back)
			break;
		p = escape(back, end, bytes, &n);
		buf_put(out, bytes, n);
	}
	return !out->failed;
}

bool lex_string(const struct lexer *lx, const struct token *t, struct buf *out)
{
	const char *p = lx->text + t->start;

	return decode(p + 1, p + t->length - 1, out) || err_oom(lx->e);
}

bool lex_id(const struct lexer *lx, const struct token *t, struct arena *arena, struct str *out)
{
	const char *p = lx->text + t->start;
	struct buf b = { 0 };

	if (t->length < 2 || p[1] != '"') {
		*out = (struct str){ p + 1, t->length - 1 };
		return true;
	}
	bool ok = decode(p + 2, p + t->length - 1, &b);
	out->n = b.size;
	out->p = ok ? arena_copy(arena, buf_str(&b), b.size + 1) : NULL;
	buf_free(&b);
	if (!out->p)
		return err_oom(lx->e);
	if (!utf8_valid(out->p, out->n))
		return err_set(lx->e, E_BAD_STRING, place_text(t->start, t->length), "malformed UTF-8 encoding in an identifier");
	return true;
}

/* ---- numbers ------------------------------------------------------------------------------------------------- */

/* Digits with single underscores between them; adds their value to T. NULL: none, or misplaced underscores. */
static const char *digits(const char *p, const char *end, bool hex, struct token *t)
{
	unsigned base = hex ? 16 : 10;
	uint64_t v = t->value;

	for (bool first = true;; first = false) {
		if (!first && p < end && *p == '_')
			p++;
		else if (!first && (p >= end || (hex ? hex_digit(*p) < 0 : *p < '0' || *p > '9')))
			break;
		if (p >= end)
			return NULL;
		int d = hex ? hex_digit(*p) : *p >= '0' && *p <= '9' ? *p - '0' : -1;
		if (d < 0)
			return NULL;
		t->overflow |= __builtin_mul_overflow(v, base, &v) || __builtin_add_overflow(v, (unsigned)d, &v);
		p++;
	}
	t->value = v;
	return p;
}

/* "nan", "nan:0xN" and "inf", without sign. */
static bool special_float(const char *p, const char *end, struct token *t)
{
	size_t n = (size_t)(end - p);

	t->kind = TK_FLOAT;
	t->overflow = false;
	t->value = 0;
	if (n == 3)
		return memcmp(p, "inf", 3) == 0 || memcmp(p, "nan", 3) == 0;
	return n > 6 && memcmp(p, "nan:0x", 6) == 0 && digits(p + 6, end, true, t) == end;
}

static bool number(const char *p, const char *end, struct token *t)
{
	struct token ignored = { 0 };
	bool sign = *p == '+' || *p == '-';

	t->overflow = false;
	t->value = 0;
	p += sign;
	if (p < end && (*p == 'i' || *p == 'n'))
		return special_float(p, end, t);
	bool hex = end - p > 2 && p[0] == '0' && p[1] == 'x';
	if (hex)
		p += 2;
	p = digits(p, end, hex, t);
	if (!p)
		return false;
	t->kind = sign ? TK_INT : TK_NAT;
	if (p == end)
		return true;
	t->kind = TK_FLOAT;
	if (*p == '.' && ++p < end && *p != (hex ? 'p' : 'e') && *p != (hex ? 'P' : 'E'))
		p = digits(p, end, hex, &ignored);
	if (p && p < end && (*p == (hex ? 'p' : 'e') || *p == (hex ? 'P' : 'E'))) {
		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		p = digits(p, end, false, &ignored);
	}
	return p == end;
}

/* ---- tokens -------------------------------------------------------------------------------------------------- */

static bool assigned_number(const char *p, const char *end, struct token *t)
{
	return p < end && *p >= '0' && *p <= '9' && number(p, end, t) && t->kind == TK_NAT;
}

static bool keyword(struct lexer *lx, const char *p, const char *end, struct token *t)
{
	size_t n = (size_t)(end - p);
	unsigned slot = keyword_find(lx->keywords, p, n);

	if (slot) {
		bool op = slot <= OP_COUNT;
		t->kind = op ? TK_OP : TK_WORD;
		t->id = (uint16_t)(op ? slot - 1 : slot - 1 - OP_COUNT);
		if (!op && (t->id == W_inf || t->id == W_nan))
			t->kind = TK_FLOAT;
		return true;
	}
	if (n > 7 && memcmp(p, "offset=", 7) == 0 && assigned_number(p + 7, end, t)) {
		t->kind = TK_OFFSET;
		return true;
	}
	if (n > 6 && memcmp(p, "align=", 6) == 0 && assigned_number(p + 6, end, t)) {
		t->kind = TK_ALIGN;
		return true;
	}
	return n > 4 && memcmp(p, "nan:", 4) == 0 && special_float(p, end, t);
}

/* Identifier characters and strings without space between them that are no token. */
static bool reserved(struct lexer *lx, const char *from, const char *p, struct token *t)
{
	while (p < lx->end && (class_of[(unsigned char)*p] & (ID | MARK) || *p == '"')) {
		if (p + 1 < lx->end && p[0] == ';' && (p[1] == ';' || p[1] == ')') && !lx->reserved_ok)
			break;
		if (p + 1 < lx->end && p[0] == ';' && p[1] == ';')
			break;
		if (*p != '"')
			p++;
		else if (!string_skip(lx, &p))
			return false;
	}
	if (p == from)
		p++;
	if (!lx->reserved_ok)
		return reserved_word(lx, from, p);
	t->kind = TK_RESERVED;
	t->length = (uint32_t)(p - from);
	lx->p = p;
	return true;
}

static bool quoted_id(struct lexer *lx, const char *from, struct token *t)
{
	const char *p = from + 1;

	if (lx->end - p < 2 || *p != '"')
		return err_set(lx->e, E_EMPTY_ID, span(lx, from, from + 1), "empty identifier");
	if (!string_skip(lx, &p)) {
		if (lx->e->code == E_ILLEGAL_CHAR || lx->e->code == E_UNCLOSED_STRING) {
			err_clear(lx->e);
			err_set(lx->e, E_EMPTY_ID, span(lx, from, from + 1), "empty identifier: its string is not well-formed");
		}
		return false;
	}
	if (p - from == 3)
		return err_set(lx->e, E_EMPTY_ID, span(lx, from, p), "empty identifier");
	if (p < lx->end && (is_id(*p) || *p == '"'))
		return reserved(lx, from, p, t);
	t->kind = TK_ID;
	t->length = (uint32_t)(p - from);
	lx->p = p;
	return true;
}

static bool word_token(struct lexer *lx, const char *from, struct token *t)
{
	const char *p = from + 1;

	while (p < lx->end && is_id(*p))
		p++;
	if (*from == '$' && p == from + 1 && !lx->reserved_ok)
		return quoted_id(lx, from, t);
	if (p < lx->end && (*p == '"' || (class_of[(unsigned char)*p] & MARK && !(*p == ';' && p + 1 < lx->end && p[1] == ';'))))
		return reserved(lx, from, p, t);
	lx->p = p;
	t->length = (uint32_t)(p - from);
	if (*from == '$') {
		t->kind = TK_ID;
		return true;
	}
	bool known = *from >= 'a' && *from <= 'z' ? keyword(lx, from, p, t) :
		((*from >= '0' && *from <= '9') || *from == '+' || *from == '-') && number(from, p, t);
	return known || reserved(lx, from, p, t);
}

static bool string_token(struct lexer *lx, const char *from, struct token *t)
{
	const char *p = from;

	if (!string_skip(lx, &p))
		return false;
	if (p < lx->end && (is_id(*p) || *p == '"'))
		return reserved(lx, from, p, t);
	t->kind = TK_STRING;
	t->length = (uint32_t)(p - from);
	lx->p = p;
	return true;
}

/* ---- annotations --------------------------------------------------------------------------------------------- */

/* The name after "(@": identifier characters, or a string. */
static bool annotation_name(struct lexer *lx, struct str *name)
{
	const char *from = lx->p + 2, *p = from;

	if (p < lx->end && *p == '"') {
		if (!string_skip(lx, &p)) {
			if (lx->e->code == E_ILLEGAL_CHAR || lx->e->code == E_UNCLOSED_STRING) {
				err_clear(lx->e);
				err_set(lx->e, E_EMPTY_ANNOTATION, span(lx, lx->p, from), "empty annotation id");
			}
			return false;
		}
		*name = (struct str){ from + 1, (size_t)(p - from) - 2 };
		struct buf b = { 0 };
		bool ok = decode(from + 1, p - 1, &b), valid = utf8_valid(buf_str(&b), b.size);
		buf_free(&b);
		if (!ok)
			return err_oom(lx->e);
		if (!valid)
			return err_set(lx->e, E_BAD_STRING, span(lx, from, p), "malformed UTF-8 encoding in an annotation id");
	} else {
		while (p < lx->end && is_id(*p))
			p++;
		*name = (struct str){ from, (size_t)(p - from) };
	}
	if (name->n == 0)
		return err_set(lx->e, E_EMPTY_ANNOTATION, span(lx, lx->p, from), "empty annotation id");
	lx->p = p;
	return true;
}

static bool annotation(struct lexer *lx, uint32_t *first)
{
	const char *from = lx->p;
	struct annotation a = { .start = (uint32_t)(from - lx->text) };
	struct str name;
	struct token t = { 0 };
	uint32_t depth = 1;

	if (!annotation_name(lx, &name))
		return false;
	a.content = (uint32_t)(lx->p - lx->text);
	lx->reserved_ok = true;
	while (depth > 0) {
		if (!lex_next(lx, &t)) {
			lx->reserved_ok = false;
			return false;
		}
		if (t.kind == TK_EOF)
			return err_set(lx->e, E_UNCLOSED_ANNOTATION, span(lx, from, from + 2), "unclosed annotation @%.*s",
				STR_ARGS(name));
		depth = depth + (t.kind == TK_LPAR) - (t.kind == TK_RPAR);
	}
	lx->reserved_ok = false;
	a.end = (uint32_t)(lx->p - lx->text);
	if (str_is(name, "custom"))
		a.kind = ANNOTATION_CUSTOM;
	else if (str_is(name, "name"))
		a.kind = ANNOTATION_NAME;
	else if (str_is(name, "metadata.code.branch_hint"))
		a.kind = ANNOTATION_HINT;
	else
		return true;
	if (!vec_push(&lx->annotations, a))
		return err_oom(lx->e);
	if (*first == 0)
		*first = (uint32_t)lx->annotations.count;
	return true;
}

/* ---- the lexer ----------------------------------------------------------------------------------------------- */

void lex_init(struct lexer *lx, const struct source *text, uint64_t start, uint64_t end,
	const struct keywords *keywords, struct err *e)
{
	*lx = (struct lexer){ .text = text->bytes, .p = text->bytes + start, .end = text->bytes + end,
		.keywords = keywords, .e = e };
}

void lex_free(struct lexer *lx)
{
	vec_free(&lx->annotations);
}

static bool parenthesis(struct lexer *lx, const char *p, struct token *t)
{
	t->kind = TK_LPAR;
	t->length = 1;
	lx->p = p + 1;
	return true;
}

bool lex_next(struct lexer *lx, struct token *t)
{
	uint32_t first = 0;

	for (;;) {
		const char *p = lx->p, *end = lx->end;
		while (p < end && class_of[(unsigned char)*p] & SPACE)
			p++;
		lx->p = p;
		t->start = (uint32_t)(p - lx->text);
		t->annotation = first;
		if (p >= end) {
			t->kind = TK_EOF;
			t->length = 0;
			return true;
		}
		if (class_of[(unsigned char)*p] & ID)
			return word_token(lx, p, t);
		char next = p + 1 < end ? p[1] : '\0';
		bool ok = true;
		if (*p == '(' && next != ';' && (next != '@' || lx->reserved_ok))
			return parenthesis(lx, p, t);
		if (*p == ')') {
			parenthesis(lx, p, t);
			t->kind = TK_RPAR;
			return true;
		}
		if (*p == '"')
			return string_token(lx, p, t);
		if (*p == '(')
			ok = next == ';' ? block_comment(lx) : annotation(lx, &first);
		else if (*p == ';' && next == ';')
			ok = line_comment(lx);
		else if (class_of[(unsigned char)*p] & MARK)
			return reserved(lx, p, p, t);
		else
			return illegal_char(lx, p);
		if (!ok)
			return false;
	}
}

/* Behind a string, roughly: the real reading comes later. */
static const char *string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++)
		p += *p == '\\';
	return p < end ? p + 1 : end;
}

static const char *comment_end(const char *p, const char *end)
{
	uint32_t depth = 0;

	do {
		bool pair = p + 1 < end;
		if (pair && p[0] == '(' && p[1] == ';')
			depth++, p += 2;
		else if (pair && p[0] == ';' && p[1] == ')')
			depth--, p += 2;
		else
			p++;
	} while (depth > 0 && p < end);
	return p;
}

bool lex_skip(struct lexer *lx, uint32_t depth)
{
	static const bool stops[256] = { ['('] = true, [')'] = true, ['"'] = true, [';'] = true };
	const char *p = lx->p, *end = lx->end;

	while (depth > 0) {
		while (p < end && !stops[(unsigned char)*p])
			p++;
		if (p >= end)
			break;
		char next = p + 1 < end ? p[1] : '\0';
		if (*p == '(' && next == ';') {
			p = comment_end(p, end);
		} else if (*p == '(' || *p == ')') {
			depth = *p++ == '(' ? depth + 1 : depth - 1;
		} else if (*p == '"') {
			p = string_end(p, end);
		} else if (next == ';') {
			while (p < end && *p != '\n' && *p != '\r')
				p++;
		} else {
			p++;
		}
	}
	lx->p = p < end ? p : end;
	return depth == 0;
}
