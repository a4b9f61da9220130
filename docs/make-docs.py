#!/usr/bin/env -S python3 -B
"""The pages that come from the program.

	make-docs.py                  write them: `make docs`
	make-docs.py --check WHAT     compare, as a test (TAP): commands, generated or first-minute
"""
import difflib
import glob
import os
import re
import subprocess
import sys

import pictures
import session

PAGES = ("README.md", "docs/tutorial.md")       # with ```console blocks


class Tap:
	def __init__(self):
		self.count = self.failed = 0

	def check(self, name, ok, lines=()):
		self.count += 1
		self.failed += not ok
		print(f"{'ok' if ok else 'not ok'} {self.count} - {name}")
		if not ok:
			print("".join(f"#   {line}\n" for line in lines), end="")

	def compare(self, name, want, got):
		self.check(name, want == got, difflib.unified_diff(want.split("\n"), got.split("\n"), "expected", "printed",
			lineterm="", n=1))

	def end(self):
		print(f"1..{self.count}")
		sys.exit(self.failed > 0)


def read(name):
	with open(os.path.join(session.TOP, name), encoding="utf-8") as f:
		return f.read()


def write(name, text):
	with open(os.path.join(session.TOP, name), "w", encoding="utf-8") as f:
		f.write(text)


def reference():
	return subprocess.run([session.WRENCH, "help", "--markdown"], stdout=subprocess.PIPE, check=True, text=True).stdout


def picture(text):
	return pictures.svg(text.split("\n")[:-1])


def write_all():
	write("docs/reference.md", reference())
	write("docs/first-minute.txt", session.first_minute())
	write("docs/first-minute.svg", picture(read("docs/first-minute.txt")))
	for page in PAGES:
		session.update(os.path.join(session.TOP, page))


# ---- checks ------------------------------------------------------------------------------------------

def check_commands(tap):
	"""Every command that the pages show prints what they say."""
	for page in PAGES:
		for at, line, expected, got in session.run_blocks(os.path.join(session.TOP, page)):
			tap.check(f"{page}:{at}: {line}", session.same(expected, got), ["printed (make docs writes it):"] + got)


def dead_links(page):
	for target in re.findall(r"\]\(([^)#\s]+)", read(page)):
		if "://" not in target and not os.path.exists(os.path.join(session.TOP, os.path.dirname(page), target)):
			yield target


def check_generated(tap):
	"""The generated pages are those that the program would make now; links between pages lead somewhere."""
	tap.compare("docs/reference.md is what the registry says", read("docs/reference.md"), reference())
	tap.compare("docs/first-minute.svg shows docs/first-minute.txt", read("docs/first-minute.svg"),
		picture(read("docs/first-minute.txt")))
	found = [p for level in ("", "*/", "*/*/") for p in glob.glob(f"{session.TOP}/{level}*.md")]
	for page in sorted(os.path.relpath(p, session.TOP) for p in found):
		if not page.startswith("build/"):
			dead = list(dead_links(page))
			tap.check(f"links of {page}", not dead, ["no such file: " + ", ".join(dead)])


def check_first_minute(tap):
	"""The first session of a newcomer, byte for byte, and the same without a terminal."""
	want = read("docs/first-minute.txt")
	tap.compare("the welcome session at a terminal", want, session.first_minute())
	p = subprocess.run([session.WRENCH, "--welcome", "examples/fac.wat"], cwd=session.TOP, stdin=subprocess.DEVNULL,
		stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
	tap.compare("the same without a terminal", want.replace("(wrench) ⏎", "(wrench) stepr"), p.stdout)
	tap.check("status 0", p.returncode == 0)


CHECKS = {"commands": check_commands, "generated": check_generated, "first-minute": check_first_minute}


def main():
	if sys.argv[1:2] != ["--check"]:
		return write_all()
	if not session.has_prompt():
		print("1..0 # SKIP the pages describe a build with a prompt")
		return None
	tap = Tap()
	CHECKS[sys.argv[2]](tap)
	return tap.end()


main()
