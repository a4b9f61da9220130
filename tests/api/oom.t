#!/bin/sh
# Every allocation between wr_engine_new() and wr_engine_free() fails once: errors, no crash, no leak.
. tests/harness/tap.sh

[ -z "$RUNNER" ] || skip_all "this is a cross build"
case $(basename "$B") in
*address*|*thread*|*undefined*) skip_all "the sanitizers have their own allocator" ;;
esac

build() {
	gcc -std=gnu99 -Wall -Wextra -Werror -Iinclude tests/api/oom.c "$B/libwrench.a" -no-pie -lm -lpthread -o "$TMPDIR/oom" \
		-Wl,--wrap=malloc,--wrap=calloc,--wrap=realloc
}

leaks() {
	strip -g "$TMPDIR/oom"
	valgrind -q --leak-check=full --error-exitcode=99 "$TMPDIR/oom"
}

check "the program builds"               build
check "no failure crashes"               "$TMPDIR/oom"
echo "# $tap_output"
if command -v valgrind >/dev/null; then
	check "none leaks"               leaks
fi
tap_done
