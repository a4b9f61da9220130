#!/usr/bin/env python3
"""The pages made by `make docs` are those that the program would make now; links between pages lead somewhere."""
import glob
import os
import re
import subprocess
import sys

TOP = os.environ.get("TOP", os.path.abspath(os.path.join(os.path.dirname(__file__), "..", "..")))
sys.path.insert(0, os.path.join(TOP, "docs"))
sys.dont_write_bytecode = True
import pictures  # noqa: E402
import session  # noqa: E402

count, failed = 0, 0


def check(name, ok, why=""):
	global count, failed
	count += 1
	failed += not ok
	print(f"{'ok' if ok else 'not ok'} {count} - {name}" + ("" if ok or not why else f"\n#   {why}"))


def read(name):
	with open(os.path.join(TOP, name), encoding="utf-8") as f:
		return f.read()


def dead_links(page):
	for target in re.findall(r"\]\(([^)#\s]+)", read(page)):
		path = os.path.join(TOP, os.path.dirname(page), target)
		if "://" not in target and not os.path.exists(path):
			yield target


if not session.has_prompt():
	print("1..0 # SKIP the pages describe the build with a prompt")
	sys.exit(0)
reference = subprocess.run([session.WRENCH, "help", "--markdown"], stdout=subprocess.PIPE, check=True, text=True).stdout
check("docs/reference.md is what the registry says", read("docs/reference.md") == reference, "run make docs")
picture = pictures.svg(read("docs/first-minute.txt").split("\n")[:-1])
check("docs/first-minute.svg shows docs/first-minute.txt", read("docs/first-minute.svg") == picture, "run make docs")
pages = ["README.md"] + [os.path.relpath(p, TOP) for p in glob.glob(TOP + "/docs/*.md") + glob.glob(TOP + "/*/README.md") +
	glob.glob(TOP + "/*/*/README.md")]
for page in sorted(p for p in pages if not p.startswith("build/")):
	dead = list(dead_links(page))
	check(f"links of {page}", not dead, "no such file: " + ", ".join(dead))
print(f"1..{count}")
sys.exit(failed > 0)
