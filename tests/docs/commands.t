#!/usr/bin/env python3
"""Every command that README and tutorial show prints what they say: their ```console blocks are run."""
import os
import sys

TOP = os.environ.get("TOP", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
sys.path.insert(0, os.path.join(TOP, "docs"))
sys.dont_write_bytecode = True
import session  # noqa: E402

if not session.has_prompt():
	print("1..0 # SKIP this build has no interactive prompt")
	sys.exit(0)
count, failed = 0, 0
for page in ("README.md", "docs/tutorial.md"):
	for at, line, expected, got in session.run_blocks(os.path.join(TOP, page)):
		count += 1
		ok = session.same(expected, got)
		failed += not ok
		print(f"{'ok' if ok else 'not ok'} {count} - {page}:{at}: {line}")
		if not ok:
			print("\n".join(["# is printed now (make docs writes it into the page):"] + ["#   " + g for g in got]))
print(f"1..{count}")
sys.exit(failed > 0)
