#!/usr/bin/env -S python3 -B
"""Write docs/conformance.md: what spec.t counts, by folder of the testsuite. Needs ../shared/testsuite.

	tests/spec/conformance.py          with ./wrench, or $WRENCH
"""
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
TOP = os.path.dirname(os.path.dirname(HERE))
ROW = re.compile(r"# (\S+) +(\d+) +(\d+) +(\d+)$")
MEANING = {
	"core": "WebAssembly 3.0: the folder's own files, SIMD, GC, exceptions, memory64, … included",
	"custom": "`@custom`, `@name` and branch hints in the text format",
	"legacy": "the older exception instructions: `try`, `catch`, `delegate`, `rethrow`",
	"proposals/threads": "shared memories and atomics; with `--features -multi-memory,-reference-types`, because "
		"these files expect the older specification they were written for",
	"proposals/custom-page-sizes": "memories with pages of one byte",
	"proposals/wide-arithmetic": "128-bit addition, subtraction and multiplication",
}
HEAD = """# Conformance

What `wrench wast` makes of the specification's testsuite, by folder; made by `tests/spec/conformance.py` from the same
runs as `tests/spec/spec.t`, which `make test` repeats file by file when the suite is at hand. Only assertions are counted,
none is left out; a module or action that fails counts as a failure too.

| folder | files | assertions | passed | |
|---|---:|---:|---:|---|
"""
TAIL = """
Invalid, malformed and unlinkable modules and traps have to fail for the right reason: our text begins with the one that
is expected, or a table maps the two (`repl/command/wast_match.c`). The folder `proposals/custom-descriptors` is not run:
Wrench does not have that proposal. `wrench features` lists what it has.
"""


def table():
	shared = os.environ.get("SHARED", os.path.join(os.path.dirname(TOP), "shared"))
	env = dict(os.environ, SHARED=shared, WRENCH=os.environ.get("WRENCH", os.path.join(TOP, "wrench")))
	if not os.path.isdir(os.path.join(shared, "testsuite")):
		sys.exit("conformance.py: no testsuite in ../shared")
	p = subprocess.run([os.path.join(HERE, "spec.t")], stdout=subprocess.PIPE, env=env, text=True, check=False)
	rows = [ROW.match(line).groups() for line in p.stdout.splitlines() if ROW.match(line)]
	return [(folder, *map(int, numbers)) for folder, *numbers in rows if folder != "tests/spec"]


def main():
	rows = table()
	rows.append(("**all**", *(sum(r[i] for r in rows) for i in (1, 2, 3))))
	with open(os.path.join(TOP, "docs", "conformance.md"), "w", encoding="utf-8") as f:
		f.write(HEAD)
		for folder, files, assertions, passed in rows:
			f.write(f"| {folder} | {files} | {assertions} | {passed} | {MEANING.get(folder, '')} |\n")
		f.write(TAIL)


main()
