#!/bin/sh
# Host calls that block end at the deadline and on C-c: reading, sleeping, polling.
. tests/harness/tap.sh

cat >"$TMPDIR/block.wat" <<'END'
(module
  (import "wasi_snapshot_preview1" "fd_read" (func $read (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "poll_oneoff" (func $poll (param i32 i32 i32 i32) (result i32)))
  (memory (export "memory") 1)
  (func (export "read") (result i32)
    (i32.store (i32.const 0) (i32.const 64)) (i32.store (i32.const 4) (i32.const 16))
    (call $read (i32.const 0) (i32.const 0) (i32.const 1) (i32.const 8)))
  ;; an hour on the monotonic clock
  (func (export "sleep") (result i32)
    (i32.store (i32.const 16) (i32.const 1)) (i64.store (i32.const 24) (i64.const 3600000000000))
    (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 192)))
  ;; standard input to be readable
  (func (export "poll") (result i32)
    (i32.store8 (i32.const 8) (i32.const 1)) (i32.store (i32.const 16) (i32.const 0))
    (call $poll (i32.const 0) (i32.const 128) (i32.const 1) (i32.const 192))))
END
mkfifo "$TMPDIR/never"
exec 7<>"$TMPDIR/never"         # a pipe that stays open and empty

deadline() { # deadline EXPORT
	timeout 20 "$WRENCH" run --timeout 200 "$TMPDIR/block.wat" --invoke "$1" <"$TMPDIR/never"
	status=$?
	[ $status = 124 ] || { echo "status $status"; return 1; }
}

interrupt() { # interrupt EXPORT
	"$WRENCH" run "$TMPDIR/block.wat" --invoke "$1" <"$TMPDIR/never" 7<&- &
	pid=$!
	for i in 1 2 3 4 5 6 7 8 9 10; do       # until it was heard: the handler comes with the call
		sleep 0.3
		kill -INT $pid 2>/dev/null || break
	done
	wait $pid
	status=$?
	[ $status = 130 ] || { echo "status $status"; return 1; }
}

for call in read sleep poll; do
	check "$call ends at the deadline" deadline $call
	check "$call ends on C-c" interrupt $call
done
tap_done
