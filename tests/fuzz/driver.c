/*
 * Drives a fuzzer without libFuzzer: the files given, then a number of inputs made from them, the same for the same seed.
 *
 *	NAME_fuzz [-n COUNT] [-s SEED] [-o FILE] [-x FOLDER] [-l] FILE…
 *
 * Files are .wat, .wasm and .wast; what a fuzzer wants is made of them (modules of a script one by one). Anything else is an
 * input as it is. An input that crashes, or takes longer than 30 seconds, is written to the file of -o. -x writes all inputs
 * made of files to a folder, for libFuzzer; -l looks for leaks after each input.
 */
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>
#include <fcntl.h>

#include "engine/base/buf.h"
#include "engine/base/err.h"
#include "engine/base/source.h"
#include "tests/fuzz/fuzz.h"
#include "tests/harness/chance.h"
#include "wat/wast.h"
#include "wat/wat.h"

enum { INPUT_MOST = 1 << 16, SECONDS = 30 };

struct input {
	uint8_t *data;
	size_t size;
};

/* For the signal handler. */
static const uint8_t *volatile now_data;
static volatile size_t now_size;
static const char *crash_file = "fuzz-crash.input";

void __sanitizer_set_death_callback(void (*f)(void)) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

static void save(void)
{
	int fd = open(crash_file, O_WRONLY | O_CREAT | O_TRUNC, 0666);

	if (fd >= 0) {
		ssize_t n = write(fd, now_data, now_size);
		(void)n;
		close(fd);
	}
}

static void on_signal(int sig)
{
	static const char late[] = "driver: an input takes too long\n";

	if (sig == SIGALRM) {
		ssize_t n = write(2, late, sizeof late - 1);
		(void)n;
	}
	save();
	_exit(99);
}

static void run(const uint8_t *data, size_t size)
{
	uint8_t *copy = malloc(size ? size : 1);        /* exactly as large, so that reading beyond is noticed */

	if (!copy)
		abort();
	if (size)
		memcpy(copy, data, size);
	now_data = copy;
	now_size = size;
	alarm(SECONDS);
	LLVMFuzzerTestOneInput(copy, size);
	alarm(0);
	free(copy);
}

/* ---- inputs from files ----------------------------------------------------------------------------- */

static VEC(struct input) inputs;

static void add(const void *data, size_t size)
{
	struct input in = { malloc(size ? size : 1), size };

	if (!in.data)
		abort();
	if (size)
		memcpy(in.data, data, size);
	if (!vec_push(&inputs, in))
		abort();
}

static const char *ending(const char *name)
{
	const char *dot = strrchr(name, '.');

	return dot ? dot : "";
}

static void add_names(const uint8_t *p, size_t n)
{
	static const char head[] = "\4name";

	for (size_t i = 8; i + 5 < n; i++)
		if (memcmp(p + i, head, 5) == 0)
			add(p + i + 5, n - i - 5);
}

static void add_binary(const void *p, size_t n)
{
	if (n > INPUT_MOST / 2)
		return;
	if (fuzz_wants == FUZZ_MODULE)
		add(p, n);
	else if (fuzz_wants == FUZZ_NAMES)
		add_names(p, n);
}

static void add_text(const struct source *s, uint64_t start, uint64_t end)
{
	struct features f = features_all();
	struct text_map *map = NULL;
	struct err e = { 0 };
	struct buf b = { 0 };

	if (fuzz_wants == FUZZ_TEXT) {
		if (end - start < INPUT_MOST / 2)
			add(s->bytes + start, end - start);
		return;
	}
	if (wat_encode_span(s, start, end, &f, NULL, &b, &map, &e))
		add_binary(b.data, b.size);
	text_map_free(map);
	buf_free(&b);
}

static void add_script(const struct source *s)
{
	struct err e = { 0 };
	struct wast *w;
	struct wast_cmd c;

	if (fuzz_wants == FUZZ_SCRIPT) {
		add(s->bytes, s->size < INPUT_MOST / 2 ? s->size : INPUT_MOST / 2);
		return;
	}
	w = wast_parse(s, &e);
	while (w && wast_next(w, &c, &e)) {
		if (!c.has_module)
			continue;
		if (c.module.form == WAST_BINARY)
			add_binary(c.module.bytes.p, c.module.bytes.n);
		else if (c.module.form == WAST_TEXT)
			add_text(s, c.module.start, c.module.end);
		else if (fuzz_wants == FUZZ_TEXT)
			add(c.module.bytes.p, c.module.bytes.n);
	}
	wast_free(w);
}

static void add_file(const char *name)
{
	struct err e = { 0 };
	struct source *s = source_read(name, &e);

	if (!s) {
		fprintf(stderr, "%s: %s\n", name, e.message);
		exit(2);
	}
	if (strcmp(ending(name), ".wast") == 0 || (fuzz_wants == FUZZ_SCRIPT && strcmp(ending(name), ".wat") == 0))
		add_script(s);
	else if (strcmp(ending(name), ".wat") == 0)
		add_text(s, 0, s->size);
	else if (strcmp(ending(name), ".wasm") == 0)
		add_binary(s->bytes, s->size);
	else
		add(s->bytes, s->size);
	source_free(s);
}

static void export(const char *folder)
{
	char path[4096];

	for (size_t i = 0; i < inputs.count; i++) {
		snprintf(path, sizeof path, "%s/%06zu", folder, i);
		FILE *f = fopen(path, "wb");
		if (!f || fwrite(inputs.data[i].data, 1, inputs.data[i].size, f) != inputs.data[i].size || fclose(f) != 0) {
			fprintf(stderr, "%s: cannot be written\n", path);
			exit(2);
		}
	}
}

/* ---- changing them ------------------------------------------------------------------------------------ */

struct mutation {
	uint64_t state;
	uint8_t data[INPUT_MOST];
	size_t size;
};

static uint32_t below(struct mutation *m, size_t n)
{
	uint64_t r = chance_next(&m->state);

	return n ? (uint32_t)((r >> 11) % n) : 0;
}

/* Put N bytes in place of those in [at, at+old). */
static void replace(struct mutation *m, size_t at, size_t old, const uint8_t *p, size_t n)
{
	uint8_t piece[512];

	if (n > sizeof piece || at + old > m->size || m->size - old + n > INPUT_MOST)
		return;
	if (n)
		memcpy(piece, p, n);
	memmove(m->data + at + n, m->data + at + old, m->size - at - old);
	if (n)
		memcpy(m->data + at, piece, n);
	m->size += n - old;
}

static void put_number(struct mutation *m, size_t at)
{
	static const uint64_t some[] = { 0, 1, 2, 63, 64, 127, 128, 255, 16383, 16384, 65535, 65536, 0x7fffffff, 0x80000000, 0xffffffff,
		UINT64_C(0x100000000), UINT64_MAX, UINT64_C(1) << 63, 50000, 100001 };
	uint8_t leb[11];
	uint64_t v = some[below(m, sizeof some / sizeof *some)];
	size_t n = 0, old = 0;

	do {
		leb[n++] = (uint8_t)((v & 127) | (v > 127 ? 128 : 0));
		v >>= 7;
	} while (v);
	if (below(m, 8) == 0) {
		leb[n - 1] |= 128;
		leb[n++] = 0;
	}
	while (at + old < m->size && old < 9 && m->data[at + old] & 128)
		old++;
	if (at + old < m->size)
		old++;
	replace(m, at, old, leb, n);
}

static const char *const words[] = {
	"(module ", "(func ", "(param i32)", "(result i32 i64)", "(local v128)", "(block ", "end ", "(type $t (func))", "(rec ", "(memory 1)",
	"(table 1 funcref)", "(elem ", "(data ", "\"\\ff\"", "(import \"a\" \"b\" ", "0x1p-1074 ", "nan:0x1 ", "-9223372036854775808 ", "$x ", "(; ", ";) ",
	";; ", "\n", ")", "(", "\"", "(@custom \"a\" \"b\")", "(ref null $t) ", "i32.const ", "v128.const i8x16 ", "(assert_return (invoke \"a\") ",
	"(try_table (catch $e 0) ", "offset=4294967295 ", "align=3 ", "(start 0)", "(tag ", "(sub $t ", "(struct (field i8)) ",
};

/* A few edits in [low, high); in text also words of the language. */
static void edit(struct mutation *m, size_t low, size_t high)
{
	size_t span = high > low ? high - low : 1, at = low + below(m, span);
	const struct input *other = inputs.count ? &inputs.data[below(m, inputs.count)] : NULL;
	bool text = fuzz_wants == FUZZ_TEXT || fuzz_wants == FUZZ_SCRIPT;
	uint8_t byte;
	size_t n;

	if (m->size == 0) {
		byte = (uint8_t)below(m, 256);
		replace(m, 0, 0, &byte, 1);
		return;
	}
	if (at >= m->size)
		at = m->size - 1;
	switch (below(m, 8)) {
	case 0:
		m->data[at] ^= (uint8_t)(1u << below(m, 8));
		break;
	case 1:
		m->data[at] = (uint8_t)below(m, 256);
		break;
	case 2:
		n = 1 + below(m, 16);
		replace(m, at, n, NULL, 0);
		break;
	case 3:
		n = 1 + below(m, 32);
		if (at + n <= m->size)
			replace(m, at, 0, m->data + at, n);
		break;
	case 4:
		if (other && other->size) {
			size_t from = below(m, other->size);
			n = 1 + below(m, other->size - from < 200 ? other->size - from : 200);
			replace(m, at, below(m, 2) ? (n < m->size - at ? n : m->size - at) : 0, other->data + from, n);
		}
		break;
	case 5: case 6:
		if (text) {
			const char *w = words[below(m, sizeof words / sizeof *words)];
			replace(m, at, below(m, 2), (const uint8_t *)w, strlen(w));
		} else {
			put_number(m, at);
		}
		break;
	default:
		byte = (uint8_t)below(m, 256);
		replace(m, at, 0, &byte, 1);
		break;
	}
}

static bool read_size(const struct mutation *m, size_t *at, uint32_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 28; shift += 7) {
		if (*at >= m->size)
			return false;
		uint8_t b = m->data[(*at)++];
		*v |= (uint32_t)(b & 127) << shift;
		if (!(b & 128))
			return true;
	}
	return false;
}

/* Give the number at [at, end) a new value: as wide as a padded one. */
static void fix_size(struct mutation *m, size_t at, size_t end, uint32_t v)
{
	uint8_t leb[4] = { (uint8_t)(v | 128), (uint8_t)(v >> 7 | 128), (uint8_t)(v >> 14 | 128), (uint8_t)(v >> 21 & 127) };

	replace(m, at, end - at, leb, 4);
}

/* Change the contents of one section, or of one function's body in it, and the sizes in front of them with it. */
static void edit_inside(struct mutation *m)
{
	size_t at = 8, starts[16], ends[16], n = 0;
	uint32_t size;

	while (at + 1 < m->size && n < 16) {
		size_t start = ++at;
		if (!read_size(m, &at, &size) || size > m->size - at)
			break;
		starts[n] = start;
		ends[n++] = at + size;
		at += size;
	}
	if (n == 0)
		return;
	size_t pick = below(m, n), start = starts[pick], end = ends[pick], contents = start, body = 0, body_start = 0, body_end = 0;
	read_size(m, &contents, &size);
	size_t head = contents;
	if (m->data[start - 1] == 10 && read_size(m, &contents, &size)) {
		for (uint32_t i = 0, stop = below(m, size); i <= stop && contents < end; i++) {
			body = contents;
			if (!read_size(m, &contents, &size) || contents + size > end)
				return;
			body_start = contents;
			contents = body_end = contents + size;
		}
	}
	size_t before = m->size;
	if (body_end) {
		edit(m, body_start, body_end);
		fix_size(m, body, body_start, (uint32_t)(body_end - body_start + (m->size - before)));
	} else {
		edit(m, head, end);
	}
	fix_size(m, start, head, (uint32_t)(end - head + (m->size - before)));
}

static void make_input(struct mutation *m)
{
	m->size = 0;
	if (fuzz_wants == FUZZ_BYTES || inputs.count == 0) {
		m->size = 1 + below(m, 1500);
		for (size_t i = 0; i < m->size; i++)
			m->data[i] = (uint8_t)below(m, 256);
		return;
	}
	const struct input *in = &inputs.data[below(m, inputs.count)];
	m->size = in->size < INPUT_MOST ? in->size : INPUT_MOST;
	memcpy(m->data, in->data, m->size);
	if (below(m, 16) == 0)
		m->size = below(m, m->size + 1);
	for (uint32_t n = 1 + below(m, 4); n > 0; n--) {
		if (fuzz_wants == FUZZ_MODULE && below(m, 4))
			edit_inside(m);
		else
			edit(m, 0, m->size);
	}
}

int main(int argc, char **argv)
{
	static struct mutation m;
	unsigned long count = 0, seed = 1;
	const char *folder = NULL;
	bool leaks = false;
	int option;

	while ((option = getopt(argc, argv, "n:s:o:x:l")) != -1)
		switch (option) {
		case 'n': count = strtoul(optarg, NULL, 10); break;
		case 's': seed = strtoul(optarg, NULL, 10); break;
		case 'o': crash_file = optarg; break;
		case 'x': folder = optarg; break;
		case 'l': leaks = true; break;
		default:
			fprintf(stderr, "usage: %s [-n COUNT] [-s SEED] [-o FILE] [-x FOLDER] [-l] FILE…\n", argv[0]);
			return 2;
		}
	for (int i = optind; i < argc; i++)
		add_file(argv[i]);
	if (folder) {
		export(folder);
		return 0;
	}
	if (__sanitizer_set_death_callback)
		__sanitizer_set_death_callback(save);
	signal(SIGABRT, on_signal);
	signal(SIGALRM, on_signal);
	for (size_t i = 0; i < inputs.count; i++)
		run(inputs.data[i].data, inputs.data[i].size);
	for (unsigned long i = 0; i < count; i++) {
		m.state = (seed + i) * UINT64_C(0x9e3779b97f4a7c15) | 1;
		below(&m, 1);
		below(&m, 1);
		make_input(&m);
		run(m.data, m.size);
		if (leaks && __lsan_do_recoverable_leak_check && __lsan_do_recoverable_leak_check()) {
			now_data = m.data;
			now_size = m.size;
			save();
			return 98;
		}
	}
	printf("%zu files, %lu made from seed %lu: all well\n", inputs.count, count, seed);
	for (size_t i = 0; i < inputs.count; i++)
		free(inputs.data[i].data);
	vec_free(&inputs);
	return 0;
}
