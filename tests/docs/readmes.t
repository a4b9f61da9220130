#!/usr/bin/env python3
"""The README of each folder names every source file of it, and names no file that is not there."""
import fnmatch
import glob
import os
import re
import sys

SOURCES = (".c", ".h", ".def", ".inc", ".lua", ".map", ".S")
TOP = os.environ.get("TOP") or os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
os.chdir(TOP)


def tables(text):
	"""The rows of tables as lists of cells, without their heads."""
	for line in text.splitlines():
		cells = [c.strip() for c in line.strip().strip("|").split("|")]
		if line.startswith("|") and not set("".join(cells)) <= set("-: "):
			yield cells


def names(text):
	return re.findall(r"`([^`\s]+)`", text)


def is_there(folder, name):
	"""NAME is a file of the folder or of the tree, a part of one without its end, a pattern, or a folder."""
	at = os.path.join(folder, name)
	return any(glob.glob(p) for p in [name, at] + [at + end for end in SOURCES])


def is_named(file, known):
	"""`call`, `call.c` and `call.h` name call.c and call.h; `view_*.c` names view_asm.c and view_memory.h."""
	stem = file.split(".")[0]
	return any(fnmatch.fnmatch(stem, n.split(".")[0]) for n in known)


done = bad = 0


def check(ok, what, notes):
	global done, bad
	done += 1
	bad += not ok
	print(f"{'ok' if ok else 'not ok'} {done} - {what}")
	for note in notes:
		print("#", note)


for readme in sorted(glob.glob("*/README.md") + glob.glob("*/*/README.md")):
	folder = os.path.dirname(readme)
	if folder.startswith(("tests", "examples")):
		continue
	text = open(readme, encoding="utf-8").read()
	rows = list(tables(text))
	listed = [n for cells in rows for n in names(cells[0])]
	missing = [n for n in listed if not is_there(folder, n)]
	check(listed and not missing, f"{readme}: what it lists is there", missing)
	known = set(names(text))
	files = [f for f in sorted(os.listdir(folder)) if f.endswith(SOURCES)]
	unnamed = [f for f in files if not is_named(f, known)]
	check(files and not unnamed, f"{readme}: every source file is in it", unnamed)
print(f"1..{done}")
sys.exit(bad > 0)
