#!/bin/sh
# The same under the thread sanitizer.
. tests/harness/tap.sh

build() {
	dir=$(tests/harness/build.sh SAN=thread) && echo "$dir" >"$TMPDIR/dir"
}

check "builds with SAN=thread" build
WRENCH=$(cat "$TMPDIR/dir")/wrench TSAN_OPTIONS=halt_on_error=1:exitcode=66 check "threads.t under the thread sanitizer" \
	tests/wasi/threads.t
PATH=$(cat "$TMPDIR/dir"):$PATH TSAN_OPTIONS=halt_on_error=1:exitcode=66 check "stopping and stepping threads under it" \
	python3 tests/harness/transcript.py tests/transcripts/threads.txt
threads_of_embedders() {
	make -s BUILD="$(dirname "$B")" SAN=thread "$(realpath --relative-to=. "$(cat "$TMPDIR/dir")")/tests/api/thread_test" &&
		TSAN_OPTIONS=halt_on_error=1:exitcode=66 "$(cat "$TMPDIR/dir")/tests/api/thread_test"
}

check "an embedder's threads under it" threads_of_embedders
tap_done
