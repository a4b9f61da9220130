#!/usr/bin/env python3
"""The first session of a newcomer is docs/first-minute.txt, byte for byte; and the same without a terminal."""
import difflib
import os
import subprocess
import sys

TOP = os.environ.get("TOP", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
sys.path.insert(0, os.path.join(TOP, "docs"))
sys.dont_write_bytecode = True
import session  # noqa: E402

failed = 0


def compare(number, name, want, got):
	global failed
	print(f"{'ok' if want == got else 'not ok'} {number} - {name}")
	if want != got:
		failed = 1
		print("\n".join("#   " + d for d in difflib.unified_diff(want.split("\n"), got.split("\n"), "expected", "printed",
			lineterm="", n=1)))


if not session.has_prompt():
	print("1..0 # SKIP this build has no interactive prompt")
	sys.exit(0)
with open(os.path.join(TOP, "docs/first-minute.txt"), encoding="utf-8") as f:
	want = f.read()
compare(1, "the welcome session at a terminal", want, session.first_minute())
p = subprocess.run([session.WRENCH, "--welcome", "examples/fac.wat"], cwd=TOP, stdin=subprocess.DEVNULL,
	stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
compare(2, "the same without a terminal", want.replace("(wrench) ⏎", "(wrench) stepr"), p.stdout)
print(f"{'ok' if p.returncode == 0 else 'not ok'} 3 - status 0")
print("1..3")
sys.exit(failed or p.returncode)
