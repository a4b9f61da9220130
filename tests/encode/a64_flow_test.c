/* Macro instructions of arm64 that go somewhere: tables of branches, far branches, calls, returns, room on the native stack. */
#include "tests/encode/a64_machine.h"

#if defined(__aarch64__)

/* Labels before, behind, and farther than a conditional branch reaches. */
static void test_switch(void)
{
	enum { N = 5 };

	begin_group("switch");
	struct label labels[N + 1], back = LABEL_NEW;
	a64_mov(&m, W64, 12, 12);
	m_bind(&m, &back);
	m_imm(&m, 0, 100);
	a64_ret(&m);
	for (unsigned i = 0; i <= N; i++)
		labels[i] = i == 2 ? back : LABEL_NEW;
	struct piece *p = begin_piece(NULL, 0, 12, 0);
	m_switch(&m, p->a, N, labels);
	for (unsigned i = 0; i <= N; i++) {
		if (i == 2)
			continue;
		m_room(&m);
		m_bind(&m, &labels[i]);
		m_imm(&m, 0, 10 + i);
		a64_ret(&m);
	}
	publish();
	for (unsigned i = 0; i < 12; i++) {
		struct state s, want;
		fill(&s);
		s.x[12] = i < 10 ? i : i == 10 ? 0xffffffff : 0x80000000;
		want = s;
		want.x[0] = i == 2 ? 100 : i < N ? 10 + i : 10 + N;
		execute(p, &s, &want);
	}
	end_group();
}

static void test_far(void)
{
	for (unsigned far = 0; far < 2; far++) {
		begin_group("far branches");
		m.far = far;
		struct label l = LABEL_NEW, back = LABEL_NEW;
		m_room(&m);
		m_bind(&m, &back);
		m_imm(&m, 0, 7);
		a64_ret(&m);
		struct piece *p = begin_piece(NULL, 0, 12, 0);
		m_branch_imm(&m, COND_EQ, W64, 12, 5, &l);
		m_branch_imm(&m, COND_EQ, W64, 12, 0, &l);
		m_imm(&m, 0, 2);
		a64_ret(&m);
		for (unsigned i = 0; i < 300000; i++) {
			m_room(&m);
			a64_mov(&m, W64, 12, 12);
		}
		m_bind(&m, &l);
		m_branch_imm(&m, COND_EQ, W64, 12, 0, &back);
		end_piece(NULL);
		if (!far) {
			CHECK(m.failed && m.far, "a branch that does not reach asks for far ones");
			continue;
		}
		publish();
		for (unsigned i = 0; i < 8; i++) {
			struct state s, want;
			fill(&s);
			s.x[12] = i;
			want = s;
			want.x[0] = i == 5 ? 0 : i == 0 ? 7 : 2;
			execute(p, &s, &want);
		}
		end_group();
	}
}

/* ---- the frame protocol ----------------------------------------------------------------------------------------------- */

static u64 helper(u64 a, u64 b, u64 c, u64 d, u64 e, u64 f)
{
	return a + 3 * b + 5 * c + 7 * d + 11 * e + 13 * f;
}

/* As a handler that leaves: an exit code to whatever is on top of the native stack. */
static u64 slow_way(u64 pc)
{
	return pc == 0x1234 ? 9 : 8;
}

static void run_protocol(const struct piece *p, u64 pc, u64 result)
{
	struct state s, want;

	fill(&s);
	s.x[ENTRY_P] = 0x5678;
	s.x[22] = pc;
	runs++;
	call_code(exec + p->at, &s);
	want = s;
	want.x[0] = result;
	compare(p, &s, &want);
}

static void test_protocol(void)
{
	struct label none = LABEL_NEW, left = LABEL_NEW, other = LABEL_NEW;
	struct ctx c = { .native_limit = NULL };
	const void *callee;

	begin_group("calls and returns");
	/* the callee: its return cell comes in x22 */
	begin_piece(NULL, 0, 0, 0);
	m_mov(&m, W64, ENTRY_PC, 22);
	m_branch_caller(&m, ENTRY_PC, &other);
	m_return(&m);
	m_bind(&m, &other);
	m_goto(&m, (const void *)(uintptr_t)slow_way);
	callee = exec + pieces[0].at;
	/* the caller: 1 behind a call that returned, else the exit code */
	for (unsigned i = 0; i < 2; i++) {
		struct piece *p = begin_piece(NULL, 0, 0, 0);
		left = LABEL_NEW;
		a64_stp_push(&m, LINK, ZERO);
		if (i == 0) {
			m_imm(&m, 23, (uintptr_t)callee);
			m_call_reg(&m, 23);
		} else {
			m_call_slot(&m, &callee);
		}
		p->fault_at = m.return_at;
		m_branch_left(&m, &left);
		a64_ldp_sp(&m, LINK, X17);
		a64_pop(&m);
		m_imm(&m, 0, 1);
		a64_ret(&m);
		/* left: the native stack still has the call's two words */
		m_bind(&m, &left);
		a64_pop(&m);
		a64_ldp_sp(&m, LINK, X17);
		a64_pop(&m);
		a64_ret(&m);
	}
	/* goto: the address on top of the stack is returned to */
	struct piece *p = begin_piece(NULL, 0, 0, 0);
	a64_stp_push(&m, LINK, ZERO);
	a64_stp_push(&m, LINK, ZERO);
	a64_adr(&m, X17, 0);
	uint32_t adr = m.at - 4;
	a64_access_scaled(&m, ACCESS_str_x, X17, SP, 0);
	m_mov(&m, W64, ENTRY_PC, 22);
	m_goto(&m, (const void *)(uintptr_t)slow_way);
	uint32_t end = m.at, to = adr;
	m.at = adr;
	a64_adr(&m, X17, (int32_t)(end - to));
	m.at = end;
	a64_pop(&m);
	a64_ldp_sp(&m, LINK, X17);
	a64_pop(&m);
	a64_ret(&m);
	/* room on the native stack */
	struct piece *room = begin_piece(NULL, 0, 0, 0);
	m_branch_native_room(&m, &none);
	end_piece(&none);
	/* a helper */
	struct piece *h = begin_piece(NULL, 0, 0, 0);
	a64_stp_push(&m, LINK, ZERO);
	m_arg(&m, 0, 22);
	m_arg_imm(&m, 1, 1000);
	m_arg_slot_address(&m, 2, 40);
	m_arg(&m, 3, 12);
	m_arg_imm(&m, 4, 0);
	m_arg_slot_address(&m, 5, 65000);
	m_helper(&m, (const void *)(uintptr_t)helper);
	a64_ldp_sp(&m, LINK, X17);
	a64_pop(&m);
	a64_ret(&m);
	publish();
	for (unsigned i = 1; i <= 2; i++) {
		run_protocol(&pieces[i], 0x5678, 1);
		run_protocol(&pieces[i], 0x1234, 9);
		run_protocol(&pieces[i], 0x1235, 8);
		uint32_t word = a64_word(&m, pieces[i].fault_at - 4);
		CHECK((word & 0xfffffc1f) == 0xd63f0000, "return_at is behind the call");
	}
	run_protocol(p, 0x1234, 9);
	for (unsigned i = 0; i < 2; i++) {
		struct state s, want;
		fill(&s);
		s.x[CTX] = (u64)(uintptr_t)&c;
		if (i)
			c.native_limit = (char *)UINTPTR_MAX;
		want = s;
		want.x[0] = i;
		execute(room, &s, &want);
	}
	struct state s;
	fill(&s);
	u64 expected = helper(s.x[22], 1000, s.x[FP] + 40, s.x[12], 0, s.x[FP] + 65000);
	runs++;
	call_code(exec + h->at, &s);
	if (s.x[0] != expected)
		complain(h, "the helper's result is %llx, not %llx", (unsigned long long)s.x[0], (unsigned long long)expected);
	end_group();
}

int main(void)
{
	if (!machine_start())
		return tap_done();
	test_switch();
	test_far();
	test_protocol();
	return tap_done();
}

#endif
