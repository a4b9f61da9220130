#!/bin/sh
# Threads of wasi-threads: shared memory and waiting, and every way in which one ends all.
. tests/harness/tap.sh

at=tests/wasi/threads

ends() { # ends STATUS WORDS OPTION… FILE: the status, and words in the output
	want=$1 words=$2
	shift 2
	out=$(timeout 60 "$WRENCH" run "$@" 2>&1)
	status=$?
	[ $status = "$want" ] || { echo "status $status, expected $want: $out"; return 1; }
	case $out in *"$words"*) ;; *) echo "no '$words' in: $out"; return 1 ;; esac
}

interrupted() { # C-c while one thread computes and the others wait
	"$WRENCH" run $at/endless.wat >"$TMPDIR/out" 2>&1 &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do
		grep -q started "$TMPDIR/out" && break
		sleep 0.2
	done
	kill -INT $pid
	wait $pid
	status=$?
	[ $status = 130 ] || { echo "status $status"; cat "$TMPDIR/out"; return 1; }
}

check "eight threads add, the first waits for them"        ends 42 "" $at/counter.wat
check "without fusion"                                     ends 42 "" --no-fuse $at/counter.wat
check "with checked bounds"                                ends 42 "" --bounds explicit $at/counter.wat
check "counting instructions"                              ends 42 "" --fuel 100000000 $at/counter.wat
check "a trap in a thread ends all, with its backtrace"    ends 134 "\$worker (tid=3, arg=1)" $at/trap.wat
check "proc_exit in a thread is the program's"             ends 7 "" $at/exit.wat
check "threads end when _start returns"                    ends 0 "" $at/detached.wat
check "the deadline ends all"                              ends 124 timeout --timeout 300 $at/endless.wat
check "no fuel left in a thread ends all"                  ends 134 "out of fuel" --fuel 10000000 $at/endless.wat
check "an interrupt ends all"                              interrupted
check "3000 threads, one after another"                    ends 0 "" $at/many.wat
check "each thread has an instance of its own"             ends 62 "" $at/init.wat
check "collections stop all threads"                       ends 0 "" $at/gc.wat
check "collections at every allocation"                    ends 0 "" --gc-stress $at/gc.wat
check "--deny threads"                                     ends 2 "threads (denied)" --deny threads $at/denied.wat
check "a module without wasi_thread_start"                 ends 134 "exports no function" $at/nostart.wat
tap_done
