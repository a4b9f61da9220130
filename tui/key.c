/* From bytes to names of keys; see key.h. */
#include "tui/key.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "engine/base/utf8.h"

/* ---- names ----------------------------------------------------------------------------------------- */

static void named(struct key *k, const char *prefix, const char *name)
{
	k->text[0] = '\0';
	snprintf(k->name, sizeof k->name, "%s%s", prefix, name);
}

static void typed(struct key *k, const char *p, size_t n)
{
	memcpy(k->text, p, n);
	k->text[n] = '\0';
	snprintf(k->name, sizeof k->name, "%s", n == 1 && *p == ' ' ? "SPC" : k->text);
}

static void control(struct key *k, unsigned char c)
{
	char name[4] = { 'C', '-', (char)(c + 0x60), '\0' };

	switch (c) {
	case 0:
		named(k, "C-", "SPC");
		return;
	case '\r':
		named(k, "", "RET");
		return;
	case '\t':
		named(k, "", "TAB");
		return;
	case 0x1c: case 0x1d: case 0x1e: case 0x1f:
		name[2] = "\\]^_"[c - 0x1c];
		break;
	}
	named(k, "", name);
}

void key_meta(struct key *k)
{
	char name[KEY_NAME_MAX];

	snprintf(name, sizeof name, "%s", k->name);
	snprintf(k->name, sizeof k->name, "M-%.*s", KEY_NAME_MAX - 3, name);
	k->text[0] = '\0';
}

/* ---- sequences ------------------------------------------------------------------------------------- */

/* "CSI n ~" by n. */
static const char *tilde_key(int n)
{
	static const char *const keys[35] = {
		[1] = "home", [2] = "insert", [3] = "delete", [4] = "end", [5] = "prior", [6] = "next", [7] = "home", [8] = "end",
		[11] = "f1", [12] = "f2", [13] = "f3", [14] = "f4", [15] = "f5", [17] = "f6", [18] = "f7", [19] = "f8",
		[20] = "f9", [21] = "f10", [23] = "f11", [24] = "f12", [25] = "S-f1", [26] = "S-f2", [28] = "S-f3",
		[29] = "S-f4", [31] = "S-f5", [32] = "S-f6", [33] = "S-f7", [34] = "S-f8",
	};

	return n >= 0 && n < 35 ? keys[n] : NULL;
}

static const char *letter_key(char c)
{
	switch (c) {
	case 'A': return "up";
	case 'B': return "down";
	case 'C': return "right";
	case 'D': return "left";
	case 'H': return "home";
	case 'F': return "end";
	case 'P': return "f1";
	case 'Q': return "f2";
	case 'R': return "f3";
	case 'S': return "f4";
	default:  return NULL;
	}
}

/* xterm's number of modifiers: 1 and bits of Shift, Alt, Control. */
static void with_modifiers(struct key *k, const char *name, int modifiers)
{
	int bits = modifiers > 1 ? modifiers - 1 : 0;
	const char *shift = strncmp(name, "S-", 2) == 0 ? "S-" : "";

	snprintf(k->name, sizeof k->name, "%s%s%s<%s>", bits & 4 ? "C-" : "", bits & 2 ? "M-" : "", bits & 1 ? "S-" : shift,
		name + strlen(shift));
	k->text[0] = '\0';
}

/* "CSI < button ; column ; row M", from 1; m: it was let go, which is no key. */
static void read_mouse(const int numbers[3], bool pressed, struct key *k)
{
	static const char *const buttons[] = { "mouse-1", "mouse-2", "mouse-3" }, *const wheel[] = { "wheel-up", "wheel-down" };
	int button = numbers[0] & 3, bits = numbers[0] >> 2 & 7;
	bool wheels = numbers[0] & 64, moved = numbers[0] & 32;

	if (!pressed || moved || button > (wheels ? 1 : 2))
		return;
	with_modifiers(k, wheels ? wheel[button] : buttons[button], 1 + (bits & 1) + (bits & 2) + (bits & 4));
	k->mouse = true;
	k->col = numbers[1] - 1;
	k->row = numbers[2] - 1;
}

/* After "ESC [": numbers, semicolons and a final byte. 0: not all there. */
static size_t read_csi(const char *p, size_t n, struct key *out)
{
	int numbers[4] = { 0 }, count = 0;
	size_t i = 0;

	named(out, "", "");
	if (n && p[0] == '[') {                 /* the console of Linux: ESC [ [ A */
		if (n < 2)
			return 0;
		if (p[1] >= 'A' && p[1] <= 'E')
			snprintf(out->name, sizeof out->name, "<f%d>", p[1] - 'A' + 1);
		return 2;
	}
	for (; i < n && (unsigned char)p[i] >= 0x20 && (unsigned char)p[i] < 0x40; i++) {
		if (p[i] >= '0' && p[i] <= '9' && numbers[count] < 1000)
			numbers[count] = numbers[count] * 10 + (p[i] - '0');
		else if (p[i] == ';' && count < 3)
			count++;
	}
	if (i >= n)
		return 0;
	if (p[0] == '<' && (p[i] == 'M' || p[i] == 'm')) {
		read_mouse(numbers, p[i] == 'M', out);
		return i + 1;
	}
	const char *name = p[i] == '~' || p[i] == '^' || p[i] == '$' ? tilde_key(numbers[0]) : letter_key(p[i]);
	int modifiers = p[i] == '^' ? 5 : p[i] == '$' ? 2 : numbers[1];
	if (p[i] == 'Z')
		named(out, "", "S-TAB");
	else if (name)
		with_modifiers(out, name, modifiers);
	return i + 1;
}

/* After "ESC O". */
static size_t read_ss3(const char *p, size_t n, struct key *out)
{
	named(out, "", "");
	if (!n)
		return 0;
	const char *name = letter_key(p[0]);
	if (name)
		with_modifiers(out, name, 1);
	else if (p[0] == 'M')
		named(out, "", "RET");
	return 1;
}

static size_t read_escape(const char *p, size_t n, bool whole, struct key *out)
{
	size_t took = 0;

	if (n > 1 && (p[1] == '[' || p[1] == 'O')) {
		took = p[1] == '[' ? read_csi(p + 2, n - 2, out) : read_ss3(p + 2, n - 2, out);
		if (took)
			return took + 2;
		if (!whole)
			return 0;
	}
	if (n > 1 && p[1] != 0x1b && (took = key_read(p + 1, n - 1, whole, out))) {
		key_meta(out);
		return took + 1;
	}
	if (n == 1 && !whole)
		return 0;
	named(out, "", "ESC");
	return 1;
}

size_t key_read(const char *p, size_t n, bool whole, struct key *out)
{
	unsigned char c = n ? (unsigned char)p[0] : 0;

	if (!n)
		return 0;
	if (c == 0x1b)
		return read_escape(p, n, whole, out);
	if (c == 0x7f) {
		named(out, "", "DEL");
		return 1;
	}
	if (c < 0x20) {
		control(out, c);
		return 1;
	}
	size_t length = utf8_length(p, n);
	if (!length && c >= 0xc2 && n < 4 && !whole)
		return 0;
	if (length)
		typed(out, p, length);
	else
		named(out, "", "");
	return length ? length : 1;
}

/* ---- from names ------------------------------------------------------------------------------------ */

static bool strip(const char **p, size_t *n, const char *prefix)
{
	size_t k = strlen(prefix);

	if (*n <= k || memcmp(*p, prefix, k) != 0)
		return false;
	*p += k;
	*n -= k;
	return true;
}

bool key_named(const char *name, size_t n, struct key *out)
{
	static const char *const words[] = { "SPC", "RET", "TAB", "DEL", "ESC", "S-TAB" };
	const char *p = name;
	int row, col;

	if (!n || n >= KEY_NAME_MAX)
		return false;
	*out = (struct key){ 0 };
	memcpy(out->name, name, n);
	char *at = strstr(out->name, ">@");
	if (at && sscanf(at, ">@%d:%d", &row, &col) == 2) {
		out->mouse = true;
		out->row = row - 1;
		out->col = col - 1;
		at[1] = '\0';
		n = (size_t)(at + 1 - out->name);
	}
	size_t left = n;
	for (size_t i = 0; i < sizeof words / sizeof *words; i++)
		if (n == strlen(words[i]) && memcmp(name, words[i], n) == 0) {
			if (i == 0)
				strcpy(out->text, " ");
			return true;
		}
	if (utf8_length(name, n) == n) {
		memcpy(out->text, name, n);
		return true;
	}
	while (strip(&p, &left, "C-") || strip(&p, &left, "M-") || strip(&p, &left, "S-"))
		;
	struct key inner;
	return (p != name && key_named(p, left, &inner)) || (left > 2 && p[0] == '<' && p[left - 1] == '>');
}
