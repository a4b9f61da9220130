// Exceptions for stepping by lines: thrown two calls deep, caught in the function that is stepped.
extern "C" {
static char thrown[64];
void *__cxa_allocate_exception(unsigned long) { return thrown + 32; }
void __cxa_throw(void *what, void *, void *) { __builtin_wasm_throw(0, what); }
void *__cxa_begin_catch(void *what) { return what; }
void __cxa_end_catch() {}
void __cxa_rethrow() { __builtin_trap(); }
struct { unsigned lpad, lsda, selector; } __wasm_lpad_context;
int _Unwind_CallPersonality(void *) { __wasm_lpad_context.selector = 1; return 0; }
void __gxx_wasm_personality_v0() {}
}
namespace std { void terminate() { __builtin_trap(); } }
void *type_of_int[2] asm("_ZTIi");

int deeper(int n)
{
	if (n > 2)
		throw n;
	return n * 2;
}

int deep(int n)
{
	return deeper(n) + 1;
}

extern "C" int guarded(int n)
{
	int got = 0;
	try {
		got = deep(n);
		got += 100;
	} catch (...) {
		got = -1;
	}
	return got;
}
