/*
 * Runs macro instructions of arm64. A group is pieces of code, each with its registers; all of a group are made, then
 * published, then each is run with registers that hold something, and what they hold afterwards is compared with what is
 * wanted: an instruction leaves alone what it does not name. On other machines a64.t builds the tests that include this for
 * arm64 and runs them in an emulator; here their main says so.
 *
 *	begin_group("moves");
 *	p = begin_piece(row, d, a, b); m_…(&m, …); end_piece(&label);       x0 becomes 1 when LABEL is gone to
 *	publish();
 *	fill(&s); want = s; want.x[p->d] = …; execute(p, &s, &want);
 *	end_group();
 */
#ifndef WRENCH_TESTS_ENCODE_A64_MACHINE_H
#define WRENCH_TESTS_ENCODE_A64_MACHINE_H

#include "tests/harness/tap.h"

#if !defined(__aarch64__)

int main(void)
{
	printf("1..0 # SKIP executes arm64\n");
	return 0;
}

#else

#include <string.h>
#include <sys/mman.h>

#include "engine/regir/num.h"
#include "jit/a64/masm.inc"
#include "tests/harness/chance.h"

enum { EXEC_BYTES = 48 << 20, SLOTS = 9000, MEMORY = 1 << 16 };
#define RESERVED ((uint64_t)9 << 30)

struct state {
	u64 x[32];
	u64 v[32][2];
};

/* One macro instruction with its registers. */
struct piece {
	uint32_t at, fault_at;
	const struct row *row;
	reg d, a, b, c;
	int64_t k;
	int32_t at_slot;
	struct address address;
	enum mem_type type;
};

enum { MAX_PIECES = 40000 };
static struct piece pieces[MAX_PIECES];
static unsigned npieces;
static struct masm m;
static uint8_t *exec, *memory;
static u64 slots[SLOTS];
static const char *now;         /* what is tested */
static unsigned wrong, runs;

/* Calls CODE with the registers of S, and puts them back there. */
void call_code(const void *code, struct state *s);
__asm__(
	".text\n.balign 16\ncall_code:\n"
	"	stp	x29, x30, [sp, #-192]!\n"
	"	stp	x19, x20, [sp, #16]\n	stp	x21, x22, [sp, #32]\n	stp	x23, x24, [sp, #48]\n"
	"	stp	x25, x26, [sp, #64]\n	stp	x27, x28, [sp, #80]\n"
	"	stp	d8, d9, [sp, #96]\n	stp	d10, d11, [sp, #112]\n	stp	d12, d13, [sp, #128]\n	stp	d14, d15, [sp, #144]\n"
	"	str	x1, [sp, #160]\n"
	"	mov	x16, x0\n	mov	x17, x1\n"
	"	ldp	q0, q1, [x17, #256]\n	ldp	q2, q3, [x17, #288]\n	ldp	q4, q5, [x17, #320]\n	ldp	q6, q7, [x17, #352]\n"
	"	ldp	q16, q17, [x17, #512]\n	ldp	q18, q19, [x17, #544]\n	ldp	q20, q21, [x17, #576]\n	ldp	q22, q23, [x17, #608]\n"
	"	ldp	q24, q25, [x17, #640]\n	ldp	q26, q27, [x17, #672]\n	ldp	q28, q29, [x17, #704]\n"
	"	ldp	x0, x1, [x17]\n	ldp	x2, x3, [x17, #16]\n	ldp	x4, x5, [x17, #32]\n	ldp	x6, x7, [x17, #48]\n"
	"	ldp	x8, x9, [x17, #64]\n	ldp	x10, x11, [x17, #80]\n	ldp	x12, x13, [x17, #96]\n	ldp	x14, x15, [x17, #112]\n"
	"	ldp	x19, x20, [x17, #152]\n	ldp	x21, x22, [x17, #168]\n	ldp	x23, x24, [x17, #184]\n"
	"	ldp	x25, x26, [x17, #200]\n	ldp	x27, x28, [x17, #216]\n"
	"	blr	x16\n"
	"	ldr	x17, [sp, #160]\n"
	"	stp	q0, q1, [x17, #256]\n	stp	q2, q3, [x17, #288]\n	stp	q4, q5, [x17, #320]\n	stp	q6, q7, [x17, #352]\n"
	"	stp	q16, q17, [x17, #512]\n	stp	q18, q19, [x17, #544]\n	stp	q20, q21, [x17, #576]\n	stp	q22, q23, [x17, #608]\n"
	"	stp	q24, q25, [x17, #640]\n	stp	q26, q27, [x17, #672]\n	stp	q28, q29, [x17, #704]\n"
	"	stp	x0, x1, [x17]\n	stp	x2, x3, [x17, #16]\n	stp	x4, x5, [x17, #32]\n	stp	x6, x7, [x17, #48]\n"
	"	stp	x8, x9, [x17, #64]\n	stp	x10, x11, [x17, #80]\n	stp	x12, x13, [x17, #96]\n	stp	x14, x15, [x17, #112]\n"
	"	stp	x19, x20, [x17, #152]\n	stp	x21, x22, [x17, #168]\n	stp	x23, x24, [x17, #184]\n"
	"	stp	x25, x26, [x17, #200]\n	stp	x27, x28, [x17, #216]\n"
	"	ldp	x19, x20, [sp, #16]\n	ldp	x21, x22, [sp, #32]\n	ldp	x23, x24, [sp, #48]\n"
	"	ldp	x25, x26, [sp, #64]\n	ldp	x27, x28, [sp, #80]\n"
	"	ldp	d8, d9, [sp, #96]\n	ldp	d10, d11, [sp, #112]\n	ldp	d12, d13, [sp, #128]\n	ldp	d14, d15, [sp, #144]\n"
	"	ldp	x29, x30, [sp], #192\n"
	"	ret\n");

static inline bool machine_start(void)
{
	exec = mmap(NULL, EXEC_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memory = mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	return CHECK(exec != MAP_FAILED && memory != MAP_FAILED && mprotect(memory, MEMORY, PROT_READ | PROT_WRITE) == 0, "memory");
}

static inline void publish(void)
{
	if (m.at > EXEC_BYTES || m.failed)
		return;
	mprotect(exec, EXEC_BYTES, PROT_READ | PROT_WRITE);
	memcpy(exec, m.code, m.at);
	mprotect(exec, EXEC_BYTES, PROT_READ | PROT_EXEC);
	__builtin___clear_cache((char *)exec, (char *)exec + m.at);
}

static inline void begin_group(const char *what)
{
	now = what;
	m.at = 0;
	m.failed = m.far = false;
	m.features = 0;
	m_room(&m);
	npieces = wrong = runs = 0;
}

static inline struct piece *begin_piece(const struct row *row, reg d, reg a, reg b)
{
	struct piece *p = &pieces[npieces < MAX_PIECES - 1 ? npieces++ : npieces];

	*p = (struct piece){ .row = row, .d = d, .a = a, .b = b, .at = m.at };
	m_room(&m);
	return p;
}

/* Straight on: x0 is left alone. To LABEL: x0 becomes 1. */
static inline void end_piece(struct label *l)
{
	m_room(&m);
	a64_ret(&m);
	if (!l)
		return;
	m_bind(&m, l);
	m_imm(&m, 0, 1);
	a64_ret(&m);
}

static uint64_t machine_seed = CHANCE_SEED;

static inline u64 machine_random(void) { return chance_next(&machine_seed); }

/* Every register holds something else; x0 is 0. */
static inline void fill(struct state *s)
{
	for (unsigned i = 0; i < 32; i++) {
		s->x[i] = machine_random();
		s->v[i][0] = machine_random();
		s->v[i][1] = machine_random();
	}
	s->x[0] = 0;
	s->x[FP] = (u64)(uintptr_t)slots;
	s->x[MEM] = (u64)(uintptr_t)memory;
}

__attribute__((format(printf, 2, 3)))
static inline void complain(const struct piece *p, const char *fmt, ...)
{
	char text[200];
	va_list ap;

	if (wrong++ >= 8)
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	printf("#   %s d=%u a=%u b=%u k=%lld: %s\n", now, p->d, p->a, p->b, (long long)p->k, text);
}

/* Whether all registers but this file's scratch are those of WANT. */
static inline void compare(const struct piece *p, const struct state *got, const struct state *want)
{
	for (unsigned i = 0; i < 29; i++)
		if (got->x[i] != want->x[i] && (i < 16 || i > 18))
			complain(p, "x%u is %llx, not %llx", i, (unsigned long long)got->x[i], (unsigned long long)want->x[i]);
	for (unsigned i = 0; i < 30; i++)
		if ((i < 8 || i > 15) && memcmp(got->v[i], want->v[i], 16) != 0)
			complain(p, "v%u is %llx:%llx, not %llx:%llx", i, (unsigned long long)got->v[i][1],
				(unsigned long long)got->v[i][0], (unsigned long long)want->v[i][1], (unsigned long long)want->v[i][0]);
}

static inline void execute(const struct piece *p, struct state *s, const struct state *want)
{
	runs++;
	call_code(exec + p->at, s);
	compare(p, s, want);
}

static inline void end_group(void)
{
	CHECK(wrong == 0 && runs > 0 && !m.failed, "%s: %u of %u runs went wrong", now, wrong, runs);
}

static inline void put_value(struct state *s, char place, reg r, u64 v)
{
	if (place == 'g') {
		s->x[r] = v;
	} else {
		s->v[r][0] = v;
		s->v[r][1] = 0;
	}
}

/* Registers that take part, in turn. */
static inline reg pick(char place)
{
	static const reg general[] = { 22, 28, 8, 11, 12, 15, SCRATCH, SCRATCH2, 25 };
	static const reg vectors[] = { 16, 29, 4, 7, VSCRATCH, VSCRATCH2, VSCRATCH3, 21 };
	static unsigned g, v;

	return place == 'g' ? general[g++ % 9] : vectors[v++ % 8];
}

#endif

#endif
