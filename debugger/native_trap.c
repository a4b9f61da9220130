/* One machine instruction; see native_trap.h. */
#include "debugger/native_trap.h"

#if defined __x86_64__

#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

enum { STATE_MAX = 16384, TRAP_FLAG = 0x100 };

/* The vector state in a signal's frame: 512 bytes as FXSAVE has them, then, where the magic says so, more. */
enum { MAGIC_AT = 464, MAGIC = 0x46505853, SIZE_AT = 468, FEATURES_AT = 512, FEATURE_SSE = 2, LEGACY_SIZE = 512 };

struct trap {
	struct native_regs *r;
	bool inside;                    /* the instruction is under way */
	gregset_t own;                  /* the caller's */
	uint8_t own_state[STATE_MAX];
	uint32_t state_size;
};

/* A signal handler can reach nothing else. (Compilers believe that a system call does not come back here.) */
static _Thread_local struct trap *volatile now;

static const uint8_t greg_of[16] = {
	REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP, REG_RSI, REG_RDI, REG_R8, REG_R9, REG_R10, REG_R11, REG_R12, REG_R13,
	REG_R14, REG_R15,
};

static uint32_t state_size(const void *state)
{
	uint32_t magic, size;

	memcpy(&magic, (const char *)state + MAGIC_AT, sizeof magic);
	memcpy(&size, (const char *)state + SIZE_AT, sizeof size);
	return magic != MAGIC ? LEGACY_SIZE : size < STATE_MAX ? size : STATE_MAX;
}

static void put(const struct native_regs *r, ucontext_t *u)
{
	char *state = (char *)u->uc_mcontext.fpregs;
	greg_t *g = u->uc_mcontext.gregs;

	for (unsigned i = 0; i < 16; i++) {
		g[greg_of[i]] = (greg_t)r->g[i];
		memcpy(&u->uc_mcontext.fpregs->_xmm[i], r->v[i], sizeof r->v[i]);
	}
	if (state_size(state) > LEGACY_SIZE)
		state[FEATURES_AT] |= FEATURE_SSE;
	g[REG_RIP] = (greg_t)r->pc;
	g[REG_EFL] = (greg_t)(r->flags | TRAP_FLAG);
}

static void take(struct native_regs *r, const ucontext_t *u)
{
	const greg_t *g = u->uc_mcontext.gregs;

	for (unsigned i = 0; i < 16; i++) {
		r->g[i] = (uint64_t)g[greg_of[i]];
		memcpy(r->v[i], &u->uc_mcontext.fpregs->_xmm[i], sizeof r->v[i]);
	}
	r->pc = (uint64_t)g[REG_RIP];
	r->flags = (uint64_t)g[REG_EFL] & ~(uint64_t)TRAP_FLAG;
}

static void on_trap(int sig, siginfo_t *info, void *context)
{
	ucontext_t *u = context;
	struct trap *t = now;

	if (!t)
		return;         /* somebody sent it to another thread meanwhile */
	if (!t->inside) {
		t->inside = true;
		memcpy(t->own, u->uc_mcontext.gregs, sizeof t->own);
		t->state_size = state_size(u->uc_mcontext.fpregs);
		memcpy(t->own_state, u->uc_mcontext.fpregs, t->state_size);
		put(t->r, u);
	} else {
		take(t->r, u);
		memcpy(u->uc_mcontext.gregs, t->own, sizeof t->own);
		memcpy(u->uc_mcontext.fpregs, t->own_state, t->state_size);
		t->inside = false;
	}
}

bool native_trap_can(void)
{
	return true;
}

void native_trap_step(struct native_regs *r)
{
	struct sigaction act = { .sa_sigaction = on_trap, .sa_flags = SA_SIGINFO | SA_ONSTACK }, before;
	struct trap t = { .r = r };
	sigset_t traps, mask;

	sigemptyset(&act.sa_mask);
	sigemptyset(&traps);
	sigaddset(&traps, SIGTRAP);
	sigaction(SIGTRAP, &act, &before);
	pthread_sigmask(SIG_UNBLOCK, &traps, &mask);
	now = &t;
	syscall(SYS_tgkill, getpid(), syscall(SYS_gettid), SIGTRAP);
	now = NULL;
	pthread_sigmask(SIG_SETMASK, &mask, NULL);
	sigaction(SIGTRAP, &before, NULL);
}

#else

bool native_trap_can(void)
{
	return false;
}

void native_trap_step(struct native_regs *r)
{
}

#endif
