/*
 * Floats as text, in the syntax of WebAssembly's text format. The literal's syntax is checked and its underscores are
 * taken out here; the C library rounds (strtof and strtod are exact, also for hexadecimal), always in the C locale.
 * NaNs are made and printed by hand, since only their payload matters.
 */
#include "engine/value.h"

#include <locale.h>
#include <stdio.h>
#include <stdlib.h>

/* glibc, musl and the BSDs have these in <locale.h>, macOS in <xlocale.h> */
#ifdef __APPLE__
#include <xlocale.h>
#endif

enum { SHORT_LITERAL = 128 };

/* ---- reading ----------------------------------------------------------------------------------------------- */

struct scan {
	const char *p, *end;
	char *out;                      /* the literal without underscores; as long as the text plus a NUL */
};

static bool is_digit(char c, bool hex)
{
	if (c >= '0' && c <= '9')
		return true;
	return hex && ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'));
}

/* digit (_? digit)* */
static bool scan_digits(struct scan *s, bool hex)
{
	if (s->p == s->end || !is_digit(*s->p, hex))
		return false;
	for (;;) {
		*s->out++ = *s->p++;
		if (s->p < s->end && *s->p == '_')
			s->p++;
		else if (s->p == s->end || !is_digit(*s->p, hex))
			return true;
		if (s->p == s->end || !is_digit(*s->p, hex))
			return false;
	}
}

static bool scan_is(const struct scan *s, char lower)
{
	return s->p < s->end && (*s->p | 0x20) == lower;
}

static bool scan_exponent(struct scan *s)
{
	*s->out++ = *s->p++;
	if (s->p < s->end && (*s->p == '+' || *s->p == '-'))
		*s->out++ = *s->p++;
	return scan_digits(s, false);
}

/* A number without sign: digits, maybe a point and more digits, maybe an exponent. */
static bool scan_number(struct scan *s)
{
	bool hex = s->end - s->p > 2 && s->p[0] == '0' && (s->p[1] | 0x20) == 'x';

	if (hex) {
		*s->out++ = *s->p++;
		*s->out++ = *s->p++;
	}
	if (!scan_digits(s, hex))
		return false;
	if (s->p < s->end && *s->p == '.') {
		*s->out++ = *s->p++;
		if (s->p < s->end && is_digit(*s->p, hex) && !scan_digits(s, hex))
			return false;
	}
	if (scan_is(s, hex ? 'p' : 'e') && !scan_exponent(s))
		return false;
	*s->out = '\0';
	return s->p == s->end;
}

static bool payload_digit(char c, uint64_t *payload)
{
	unsigned v = c <= '9' ? (unsigned)(c - '0') : (unsigned)((c | 0x20) - 'a' + 10);
	bool fits = *payload >> 60 == 0;

	*payload = *payload << 4 | v;
	return fits;
}

/* The payload after "nan:0x": hexadecimal, not zero, at most MAX. */
static bool read_payload(struct str text, uint64_t max, uint64_t *payload, bool *range)
{
	struct scan s = { text.p, text.p + text.n, NULL };
	bool fits = true;

	*payload = 0;
	while (s.p < s.end) {
		if (*s.p == '_' && s.p > text.p && s.p[-1] != '_' && s.p + 1 < s.end) {
			s.p++;
			continue;
		}
		if (!is_digit(*s.p, true))
			return false;
		fits &= payload_digit(*s.p++, payload);
	}
	if (text.n == 0)
		return false;
	*range = !fits || *payload == 0 || *payload > max;
	return !*range;
}


/* What is special about a format: its width, fraction bits, and who rounds. */
struct format {
	unsigned fraction;              /* bits */
	uint64_t infinity;              /* bits without sign */
	uint64_t (*round)(const char *literal);
};

static uint64_t round32(const char *literal)
{
	float f = strtof(literal, NULL);
	uint32_t bits;

	memcpy(&bits, &f, sizeof bits);
	return bits;
}

static uint64_t round64(const char *literal)
{
	double f = strtod(literal, NULL);
	uint64_t bits;

	memcpy(&bits, &f, sizeof bits);
	return bits;
}

static const struct format format32 = { 23, 0x7f800000u, round32 };
static const struct format format64 = { 52, 0x7ff0000000000000u, round64 };

/* Run F in the C locale, whatever the process set. */
static uint64_t in_c_locale(uint64_t (*f)(const char *), const char *literal)
{
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);

	if (c == (locale_t)0)
		return f(literal);
	locale_t before = uselocale(c);
	uint64_t bits = f(literal);
	uselocale(before);
	freelocale(c);
	return bits;
}

static bool read_number(struct str text, const struct format *f, uint64_t *bits, bool *range)
{
	char small[SHORT_LITERAL];
	char *clean = text.n < sizeof small ? small : malloc(text.n + 1);
	struct scan s = { text.p, text.p + text.n, clean };

	if (!clean)
		return false;
	bool ok = scan_number(&s);
	if (ok) {
		*bits = in_c_locale(f->round, clean);
		*range = *bits == f->infinity;
		ok = !*range;
	}
	if (clean != small)
		free(clean);
	return ok;
}

static bool float_parse(struct str text, const struct format *f, uint64_t *bits, bool *range)
{
	bool negative = text.n > 0 && text.p[0] == '-';
	uint64_t sign = negative ? (f->infinity << 1 & ~f->infinity) : 0, magnitude;
	uint64_t quiet = 1ull << (f->fraction - 1);

	*range = false;
	if (negative || (text.n > 0 && text.p[0] == '+'))
		text = (struct str){ text.p + 1, text.n - 1 };
	if (str_is(text, "inf")) {
		magnitude = f->infinity;
	} else if (str_is(text, "nan")) {
		magnitude = f->infinity | quiet;
	} else if (str_starts(text, "nan:0x")) {
		struct str digits = { text.p + 6, text.n - 6 };
		if (!read_payload(digits, (quiet << 1) - 1, &magnitude, range))
			return false;
		magnitude |= f->infinity;
	} else if (!read_number(text, f, &magnitude, range)) {
		return false;
	}
	*bits = sign | magnitude;
	return true;
}

bool float_parse32(struct str text, uint32_t *bits, bool *range)
{
	uint64_t wide;

	if (!float_parse(text, &format32, &wide, range))
		return false;
	*bits = (uint32_t)wide;
	return true;
}

bool float_parse64(struct str text, uint64_t *bits, bool *range)
{
	return float_parse(text, &format64, bits, range);
}

/* ---- printing ---------------------------------------------------------------------------------------------- */

/* Decimal digits of a finite number, and the power of ten of the first: 1.25e3 is "125", 3. */
struct decimal {
	char digits[24];
	int count, exponent;
};

static void decimal_make(double value, int count, struct decimal *out)
{
	char text[40];

	snprintf(text, sizeof text, "%.*e", count - 1, value);
	out->count = 0;
	const char *p = text;
	for (; *p && *p != 'e'; p++)
		if (is_digit(*p, false))
			out->digits[out->count++] = *p;
	out->exponent = *p ? atoi(p + 1) : 0;
	while (out->count > 1 && out->digits[out->count - 1] == '0')
		out->count--;
}

static double decimal_value(const struct decimal *d, bool single)
{
	char text[48];

	snprintf(text, sizeof text, "%.*se%d", d->count, d->digits, d->exponent - d->count + 1);
	return single ? (double)strtof(text, NULL) : strtod(text, NULL);
}

/* The fewest digits that read back as VALUE (not negative). */
static void decimal_shortest(double value, bool single, struct decimal *out)
{
	int most = single ? 9 : 17;

	for (int n = 1; n <= most; n++) {
		decimal_make(value, n, out);
		if (decimal_value(out, single) == value)
			return;
	}
}

/* 120, 0.001, 1.5e+30: without exponent from 1e-7 to below 1e21. */
static size_t decimal_print(const struct decimal *d, char *out)
{
	char *p = out;

	if (d->exponent < -7 || d->exponent >= 21) {
		*p++ = d->digits[0];
		if (d->count > 1)
			*p++ = '.';
		for (int i = 1; i < d->count; i++)
			*p++ = d->digits[i];
		return (size_t)(p - out) + (size_t)sprintf(p, "e%+d", d->exponent);
	}
	if (d->exponent < 0) {
		*p++ = '0';
		*p++ = '.';
		for (int i = -1; i > d->exponent; i--)
			*p++ = '0';
	}
	for (int i = 0; i < d->count || i <= d->exponent; i++) {
		if (i > 0 && i == d->exponent + 1)
			*p++ = '.';
		*p++ = i < d->count ? d->digits[i] : '0';
	}
	*p = '\0';
	return (size_t)(p - out);
}

static size_t finite_print(double value, bool single, char *out)
{
	struct decimal d;
	locale_t c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
	locale_t before = c == (locale_t)0 ? c : uselocale(c);

	decimal_shortest(value, single, &d);
	if (c != (locale_t)0) {
		uselocale(before);
		freelocale(c);
	}
	return decimal_print(&d, out);
}

/* What has no digits: "inf", "nan" and NaNs with another payload. MAGNITUDE is without its sign. */
static size_t special_print(uint64_t magnitude, const struct format *f, char *out)
{
	uint64_t payload = magnitude & ~f->infinity;

	if (payload == 0)
		return (size_t)sprintf(out, "inf");
	if (payload == 1ull << (f->fraction - 1))
		return (size_t)sprintf(out, "nan");
	return (size_t)sprintf(out, "nan:0x%llx", (unsigned long long)payload);
}

size_t float_print32(uint32_t bits, char *out)
{
	uint32_t magnitude = bits & 0x7fffffffu;
	bool negative = bits != magnitude;
	float value;

	if (negative)
		*out++ = '-';
	if (magnitude >= format32.infinity)
		return special_print(magnitude, &format32, out) + negative;
	memcpy(&value, &magnitude, sizeof value);
	return finite_print(value, true, out) + negative;
}

size_t float_print64(uint64_t bits, char *out)
{
	uint64_t magnitude = bits & ~(1ull << 63);
	bool negative = bits != magnitude;
	double value;

	if (negative)
		*out++ = '-';
	if (magnitude >= format64.infinity)
		return special_print(magnitude, &format64, out) + negative;
	memcpy(&value, &magnitude, sizeof value);
	return finite_print(value, false, out) + negative;
}
