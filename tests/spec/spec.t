#!/usr/bin/env python3
"""The specification's scripts: our own small ones here, and the whole testsuite where ../shared has it.

One TAP line a file, then as comments a table by folder: files, assertions, passed. Files listed in
known-failures.txt (FILE FAILED, why) may fail that many assertions and no more; a file that does better
has to leave the list. SPEC_ARGS are more arguments for wrench wast, as --tier baseline.
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CONFORMANCE = os.path.join(HERE, "..", "..", "docs", "conformance.md")
WRENCH = os.environ.get("WRENCH", "./wrench").split()
ARGS = os.environ.get("SPEC_ARGS", "").split()
SHARED = os.environ.get("SHARED", "")
# name in the table, folder, what Wrench does not have in it
SUITES = (("testsuite", "testsuite", ("proposals/custom-descriptors",)),
	("wasmtime", "wasmtime-misc", ("component-model", "stack-switching")))
# proposals whose scripts stand on an older specification
FEATURES = {"testsuite/proposals/threads": "-gc,-function-references,-reference-types,-multi-memory"}
ENDS = re.compile(r"(\d+) passed, (\d+) failed$")

count = 0
broken = False
table = {}


def known():
	rows = {}
	with open(os.path.join(HERE, "known-failures.txt"), encoding="utf-8") as f:
		for line in f:
			if line.strip() and not line.startswith("#"):
				name, n = line.split()[:2]
				rows[name] = int(n)
	return rows


def files(top, absent=()):
	found = []
	for at, _, names in os.walk(top):
		found += [os.path.relpath(os.path.join(at, n), top) for n in names if n.endswith(".wast")]
	return sorted(f for f in found if not absent or not f.startswith(absent))


def run(path, folder):
	extra = next((["--features", v] for k, v in FEATURES.items() if folder.startswith(k)), [])
	try:
		p = subprocess.run(WRENCH + ["wast"] + ARGS + extra + [path], capture_output=True, text=True, timeout=120, errors="replace")
	except subprocess.TimeoutExpired:
		return None, 0, "not finished after 120 s"
	m = ENDS.search(p.stdout.strip())
	out = p.stdout + p.stderr
	if not m or p.returncode not in (0, 1):
		return None, 0, out + f"exit {p.returncode}"
	return int(m[1]), int(m[2]), out


def check(path, name, folder, allowed):
	global count, broken
	passed, failed, out = run(path, folder)
	count += 1
	ok = passed is not None and failed == allowed
	broken |= not ok
	row = table.setdefault(folder, [0, 0, 0])
	row[0] += 1
	row[1] += (passed or 0) + failed
	row[2] += passed or 0
	note = f" ({failed} known failures)" if ok and allowed else ""
	print(f"{'ok' if ok else 'not ok'} {count} - {name}: {passed if passed is not None else 'no'} passed{note}")
	if not ok:
		if allowed and passed is not None and failed < allowed:
			print(f"#   only {failed} fail now: known-failures.txt says {allowed}")
		print("".join("#   " + line[:300] + "\n" for line in out.splitlines()[:12]), end="")


def check_suites():
	rows = known()
	for label, folder, absent in SUITES:
		top = os.path.join(SHARED, folder)
		for name in files(top, absent) if os.path.isdir(top) else ():
			check(os.path.join(top, name), f"{label}/{name}", os.path.join(label, os.path.dirname(name)).rstrip("/"),
				rows.get(name, 0))


def check_document():
	"""docs/conformance.md has the numbers of this run: tools/conformance.sh writes it."""
	global count, broken
	with open(CONFORMANCE, encoding="utf-8") as f:
		lines = f.read().splitlines()
	wrong = [k for k, v in sorted(table.items()) if SHARED and k != "tests/spec"
		and f"| {k} | {v[0]} | {v[1]} | {v[2]} |" not in lines]
	count += 1
	broken |= bool(wrong)
	print(f"{'not ok' if wrong else 'ok'} {count} - docs/conformance.md has these numbers")
	for k in wrong:
		print(f"#   not there: | {k} | {table[k][0]} | {table[k][1]} | {table[k][2]} |")


def main():
	for name in files(HERE):
		check(os.path.join(HERE, name), name, "tests/spec", 0)
	if SHARED:
		check_suites()
	if "--no-document" not in sys.argv:
		check_document()
	print(f"# {'folder':38} {'files':>6} {'assertions':>11} {'passed':>8}")
	for folder, (n, asserted, passed) in sorted(table.items()):
		print(f"# {folder:38} {n:6} {asserted:11} {passed:8}")
	print(f"1..{count}")
	sys.exit(broken)


main()
