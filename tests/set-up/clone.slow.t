#!/bin/sh
# A fresh clone without ../shared builds and passes its tests.
. tests/harness/tap.sh

clone_passes() {
	git clone -q . "$TMPDIR/clone" && cd "$TMPDIR/clone" &&
	env -u SHARED make test >"$TMPDIR/out" 2>&1
	status=$?
	tail -n 40 "$TMPDIR/out"
	return $status
}

git rev-parse -q --verify HEAD:Makefile >/dev/null 2>&1 || skip_all "not a git repository with the sources"
check "a clone without ../shared passes"  clone_passes
tap_done
