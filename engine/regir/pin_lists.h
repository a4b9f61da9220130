/*
 * Pins: in an innermost loop without calls, two locals that the loop changes are held in the handler registers p and q as well
 * as in their slots. A cell PIN before the loop loads them, cells that write them write both, cells that read them take the
 * register: what one turn computes for the next does not go through memory.
 *
 * The forms for this are rows of regir.def, made from the lists below. A form says where its result goes, d, and where its
 * two operands come from, x and y:
 *
 *     S  a slot       P  Q  a slot that is in p, in q       A  the accumulator       K  a constant       N  there is none
 *
 * Fields of a pinned form are those of the form without pins (acc_base), so who looks at slots needs to know no pins.
 */
#ifndef ENGINE_REGIR_PIN_LISTS_H
#define ENGINE_REGIR_PIN_LISTS_H

/* d in a, x in b, y in c or a constant: everything but what there is without pins. */
#define PIN_BIN_VALUES(M, ...) \
	M(S,S,P,__VA_ARGS__) M(S,S,Q,__VA_ARGS__) M(S,A,P,__VA_ARGS__) M(S,A,Q,__VA_ARGS__) \
	M(S,P,S,__VA_ARGS__) M(S,P,A,__VA_ARGS__) M(S,P,K,__VA_ARGS__) M(S,P,P,__VA_ARGS__) M(S,P,Q,__VA_ARGS__) \
	M(S,Q,S,__VA_ARGS__) M(S,Q,A,__VA_ARGS__) M(S,Q,K,__VA_ARGS__) M(S,Q,P,__VA_ARGS__) M(S,Q,Q,__VA_ARGS__)
#define PIN_BIN_INTO(M, d, ...) \
	M(d,S,S,__VA_ARGS__) M(d,S,A,__VA_ARGS__) M(d,S,K,__VA_ARGS__) M(d,S,P,__VA_ARGS__) M(d,S,Q,__VA_ARGS__) \
	M(d,A,S,__VA_ARGS__) M(d,A,K,__VA_ARGS__) M(d,A,P,__VA_ARGS__) M(d,A,Q,__VA_ARGS__) \
	M(d,P,S,__VA_ARGS__) M(d,P,A,__VA_ARGS__) M(d,P,K,__VA_ARGS__) M(d,P,P,__VA_ARGS__) M(d,P,Q,__VA_ARGS__) \
	M(d,Q,S,__VA_ARGS__) M(d,Q,A,__VA_ARGS__) M(d,Q,K,__VA_ARGS__) M(d,Q,P,__VA_ARGS__) M(d,Q,Q,__VA_ARGS__)
#define PIN_BIN(M, ...) PIN_BIN_VALUES(M, __VA_ARGS__) PIN_BIN_INTO(M, P, __VA_ARGS__) PIN_BIN_INTO(M, Q, __VA_ARGS__)
/* d in a, x in b; PIN_MOV: nothing that takes the accumulator. */
#define PIN_MOV(M, ...) \
	M(S,P,N,__VA_ARGS__) M(S,Q,N,__VA_ARGS__) M(P,S,N,__VA_ARGS__) M(P,P,N,__VA_ARGS__) M(P,Q,N,__VA_ARGS__) \
	M(Q,S,N,__VA_ARGS__) M(Q,P,N,__VA_ARGS__) M(Q,Q,N,__VA_ARGS__)
#define PIN_UN(M, ...) PIN_MOV(M, __VA_ARGS__) M(P,A,N,__VA_ARGS__) M(Q,A,N,__VA_ARGS__)
/* d in a alone. */
#define PIN_DST(M, ...) M(P,N,N,__VA_ARGS__) M(Q,N,N,__VA_ARGS__)
/* Branches that compare x in a and y in b; branches that look at x alone, in b. */
#define PIN_JUMP(M, ...) \
	M(N,P,S,__VA_ARGS__) M(N,P,A,__VA_ARGS__) M(N,P,Q,__VA_ARGS__) M(N,Q,S,__VA_ARGS__) M(N,Q,A,__VA_ARGS__) M(N,Q,P,__VA_ARGS__) \
	M(N,S,P,__VA_ARGS__) M(N,S,Q,__VA_ARGS__) M(N,A,P,__VA_ARGS__) M(N,A,Q,__VA_ARGS__)
#define PIN_TEST(M, ...) M(N,P,N,__VA_ARGS__) M(N,Q,N,__VA_ARGS__)
/* Latches: x in a is stepped, y in b the limit; with a constant limit x alone. */
#define PIN_LATCH(M, ...) M(N,P,S,__VA_ARGS__) M(N,P,Q,__VA_ARGS__) M(N,Q,S,__VA_ARGS__) M(N,Q,P,__VA_ARGS__)
/* select by the accumulator: d in a, x in c, y in d. */
#define PIN_SELECT(M, ...) \
	M(S,S,P,__VA_ARGS__) M(S,S,Q,__VA_ARGS__) M(S,P,S,__VA_ARGS__) M(S,P,Q,__VA_ARGS__) M(S,Q,S,__VA_ARGS__) M(S,Q,P,__VA_ARGS__) \
	M(P,S,S,__VA_ARGS__) M(P,S,P,__VA_ARGS__) M(P,S,Q,__VA_ARGS__) M(P,P,S,__VA_ARGS__) M(P,P,Q,__VA_ARGS__) M(P,Q,S,__VA_ARGS__) \
	M(P,Q,P,__VA_ARGS__) \
	M(Q,S,S,__VA_ARGS__) M(Q,S,P,__VA_ARGS__) M(Q,S,Q,__VA_ARGS__) M(Q,P,S,__VA_ARGS__) M(Q,P,Q,__VA_ARGS__) M(Q,Q,S,__VA_ARGS__) \
	M(Q,Q,P,__VA_ARGS__)

/* Only for operands that are integers. */
#define PIN_IF_u32(...) __VA_ARGS__
#define PIN_IF_s32(...) __VA_ARGS__
#define PIN_IF_u64(...) __VA_ARGS__
#define PIN_IF_s64(...) __VA_ARGS__
#define PIN_IF_f32(...)
#define PIN_IF_f64(...)

#endif
