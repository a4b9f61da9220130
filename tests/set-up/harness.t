#!/bin/sh
# The harness counts what it should: passes, failures, deaths, missing and wrong plans, transcripts.
. tests/harness/tap.sh

tree=$TMPDIR/tree
mkdir -p "$tree/tests/demo" "$tree/tests/transcripts" "$tree/build"
cp -R tests/harness "$tree/tests/"

script() { # script NAME BODY
	printf '#!/bin/sh\n%s\n' "$2" >"$tree/tests/demo/$1"
	chmod +x "$tree/tests/demo/$1"
}

run() { # run FOLDER: the harness on the demonstration tree
	B=$tree/build RUNNER= python3 "$tree/tests/harness/run.py" "$@" >"$TMPDIR/out" 2>&1
}

ends() { # ends "N passed, N failed": the last line
	test "$(tail -n 1 "$TMPDIR/out")" = "$1" || { cat "$TMPDIR/out"; return 1; }
}

script good.t 'echo ok 1 - a; echo ok 2 - b; echo 1..2'
check     "passes are counted"             run demo
check     "  and said"                     ends "2 passed, 0 failed"
script bad.t 'echo 1..2; echo ok 1 - a; echo not ok 2 - the reason; echo "# why"; exit 1'
check_not "a failure fails"                run demo
check     "  and is counted"               ends "3 passed, 1 failed"
check     "  and named"                    grep -qx "FAIL tests/demo/bad.t: 2 - the reason" "$TMPDIR/out"
script bad.t 'echo 1..1; echo ok 1; kill -SEGV $$'
check_not "a death fails"                  run demo
check     "  and is counted"               ends "3 passed, 1 failed"
script bad.t 'echo ok 1'
check_not "a missing plan fails"           run demo
check     "  and is counted"               ends "3 passed, 1 failed"
script bad.t 'echo 1..3; echo ok 1'
check_not "a wrong plan fails"             run demo
check     "  and is counted"               ends "3 passed, 1 failed"
script bad.t 'echo 1..1; echo ok 1; exit 3'
check_not "a bad status fails"             run demo
script bad.t 'echo "1..0 # SKIP no reason"'
check     "a skipped test does not"        run demo
check     "  and is not counted"           ends "2 passed, 0 failed"
check     "  but said"                     grep -q "skipped: tests/demo/bad.t: no reason" "$TMPDIR/out"
script bad.slow.t 'echo not ok 1; echo 1..1'
check     "a slow test waits for --all"    run demo
check_not "  and runs then"                run --all demo
check_not "no test at all is a failure"    run transcripts

cat >"$tree/tests/transcripts/t.txt" <<'END'
#: a file, a longer command, a status
--- file greeting
hello
---
$ cat greeting
hello

$ cat <<'E'
> two
> words
> E
two
words
END
check     "a transcript is compared"       run transcripts
check     "  command by command"           ends "2 passed, 0 failed"
printf '$ printf abc; exit 3\nabc\n' >>"$tree/tests/transcripts/t.txt"
check_not "status and last newline count"  run transcripts
check     "  as one failure"               ends "2 passed, 1 failed"
python3 tests/harness/transcript.py --update "$tree/tests/transcripts/t.txt"
check     "an updated transcript passes"   run transcripts
check     "  and is what it was else"      test "$(tail -n 4 "$tree/tests/transcripts/t.txt" | tr '\n' '|')" = \
	'$ printf abc; exit 3|abc|[no newline]|[exit 3]|'
tap_done
