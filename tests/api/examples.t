#!/bin/sh
# The examples of docs/embedding.md compile with what an installed library says, and do what they claim.
. tests/harness/tap.sh

[ -z "$RUNNER" ] || skip_all "this is a cross build"
case $(basename "$B") in
*address*|*thread*|*undefined*) skip_all "the sanitizers' build has other flags" ;;
esac

to=$TMPDIR/usr
mkdir -p "$to/lib" "$to/include"
cat >"$TMPDIR/hello.wat" <<'END'
(module
  (import "wasi_snapshot_preview1" "fd_write" (func $write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $exit (param i32)))
  (memory (export "memory") 1)
  (data (i32.const 0) "\08\00\00\00\06\00\00\00hello\n")
  (func (export "_start")
    (drop (call $write (i32.const 1) (i32.const 0) (i32.const 1) (i32.const 100)))
    (call $exit (i32.const 7))))
END
echo '(module (func (export "_start") (loop (br 0))))' >"$TMPDIR/loop.wat"
echo '(module (memory 2000) (func (export "_start")))' >"$TMPDIR/big.wat"
echo '(module (func $f (export "_start") unreachable))' >"$TMPDIR/trap.wat"

gives() { # gives STATUS TEXT COMMAND…: exactly this text, and this status
	status=$1 text=$2
	shift 2
	got=$("$@" 2>&1)
	[ $? = "$status" ] && [ "$got" = "$text" ] && return
	echo "status $status expected: $*"
	echo "$got"
	return 1
}

says() { # says STATUS TEXT COMMAND…: a text that contains this
	status=$1 text=$2
	shift 2
	got=$("$@" 2>&1)
	[ $? = "$status" ] && echo "$got" | grep -qF -e "$text" && return
	echo "$got"
	return 1
}

flags() {
	if command -v pkg-config >/dev/null; then
		PKG_CONFIG_PATH="$to/lib/pkgconfig" pkg-config --cflags --libs wrench
	else
		echo "-I$to/include -no-pie -L$to/lib -lwrench -lm -lpthread"
	fi
}

compile() { # compile NAME
	cc -std=c99 -Wall -Wextra -pedantic -Werror "docs/examples/$1.c" $(flags) -o "$TMPDIR/$1"
}

check "the library installs"             tools/install.sh "$B" "$to"
check "  with its header"                cmp include/wrench.h "$to/include/wrench.h"
check "  and flags for compilers"        grep -q -e "^Libs: -no-pie" "$to/lib/pkgconfig/wrench.pc"
check "host.c compiles"                  compile host
check "  runs"                           gives 0 "5 4 3 2 1 -> 120" "$TMPDIR/host" 5
check "  shows a trap of the guest"      says 1 "trap: unreachable
  #0 \$fac at fac.wat:4:" "$TMPDIR/host" -1
check "  and one of the host"            says 1 "printed 20 times, that is enough" "$TMPDIR/host" 30
check "sandbox.c compiles"               compile sandbox
check "  runs a program"                 gives 7 "hello" "$TMPDIR/sandbox" "$TMPDIR/hello.wat"
check "  lists imports"                  says 7 "wasi_snapshot_preview1.proc_exit: func (param i32)" "$TMPDIR/sandbox" -l "$TMPDIR/hello.wat"
check "  ends a loop"                    says 134 "out of fuel" "$TMPDIR/sandbox" "$TMPDIR/loop.wat"
check "  limits memory"                  says 1 "above the limit of 67108864 bytes" "$TMPDIR/sandbox" "$TMPDIR/big.wat"
check "  shows a trap"                   says 134 "#0 \$f at $TMPDIR/trap.wat:1:" "$TMPDIR/sandbox" "$TMPDIR/trap.wat"
check "  and a missing file"             says 1 "cannot read" "$TMPDIR/sandbox" "$TMPDIR/none.wat"
clean() { # clean STATUS PROGRAM ARGUMENT: valgrind finds nothing; it cannot read the debug information of every compiler
	strip -g -o "$TMPDIR/stripped" "$TMPDIR/$2"
	valgrind -q --leak-check=full --error-exitcode=99 "$TMPDIR/stripped" "$3"
	[ $? = "$1" ]
}

if command -v valgrind >/dev/null; then
	check "valgrind finds nothing in host"       clean 0 host 5
	check "  when it traps"                      clean 1 host 30
	check "  in sandbox"                         clean 7 sandbox "$TMPDIR/hello.wat"
	check "  when the guest traps"               clean 134 sandbox "$TMPDIR/trap.wat"
	check "  when the module is missing"         clean 1 sandbox "$TMPDIR/none.wat"
fi
tap_done
