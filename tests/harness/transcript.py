#!/usr/bin/env python3
"""Run transcripts: files of commands and what they print, compared byte for byte.

	transcript.py FILE…            one TAP line per command
	transcript.py --update FILE…   write what was printed into the files instead

The format is described in tests/README.md.
"""
import difflib
import os
import shutil
import subprocess
import sys
import tempfile

TIME_LIMIT = 60          # seconds for one command


class Step:
	"""A command with the lines before it (comments, embedded files) and the lines it should print."""

	def __init__(self):
		self.before, self.files, self.command, self.expected, self.blank = [], [], [], [], []


def parse(lines):
	steps, step, i = [], Step(), 0
	while i < len(lines):
		line = lines[i]
		if line.startswith("$ "):
			if step.command:
				steps.append(step)
				step = Step()
			step.command.append(line[2:])
			while i + 1 < len(lines) and lines[i + 1].startswith("> "):
				i += 1
				step.command.append(lines[i][2:])
		elif line.startswith(("#:", "--- file ")) or not step.command:
			if step.command:
				steps.append(step)
				step = Step()
			step.before.append(line)
			if line.startswith("--- file "):
				i = parse_file(lines, i, step)
		else:
			step.expected.append(line)
		i += 1
	steps.append(step)
	for s in steps:
		while s.expected and not s.expected[-1]:
			s.blank.append(s.expected.pop())
	return steps


def parse_file(lines, i, step):
	name, body = lines[i][len("--- file "):].strip(), []
	while i + 1 < len(lines) and lines[i + 1] != "---":
		i += 1
		body.append(lines[i])
		step.before.append(lines[i])
	step.before.append("---")
	step.files.append((name, "\n".join(body) + "\n"))
	return i + 1


def scratch_folder(path, into):
	"""The folder commands run in: a copy of what lies beside the transcript, and examples/."""
	beside = os.path.dirname(os.path.abspath(path))
	for name in os.listdir(beside):
		if os.path.isfile(os.path.join(beside, name)) and not name.endswith(".txt"):
			shutil.copy(os.path.join(beside, name), into)
	if "TOP" in os.environ:
		os.symlink(os.path.join(os.environ["TOP"], "examples"), os.path.join(into, "examples"))


def run_command(step, folder):
	for name, body in step.files:
		os.makedirs(os.path.dirname(os.path.join(folder, name)), exist_ok=True)
		with open(os.path.join(folder, name), "w") as f:
			f.write(body)
	try:
		p = subprocess.run(["sh", "-c", "\n".join(step.command)], cwd=folder, stdin=subprocess.DEVNULL,
			stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=TIME_LIMIT,
			env=dict(os.environ, HOME=folder, PWD=folder))
	except subprocess.TimeoutExpired as e:
		return (e.stdout or b"").decode("utf-8", "backslashreplace").split("\n") + [f"[not finished after {TIME_LIMIT} s]"]
	text = p.stdout.decode("utf-8", "backslashreplace")
	lines = text.split("\n")
	if lines.pop() and text:
		lines = text.split("\n") + ["[no newline]"]
	while lines and not lines[-1]:
		lines.pop()
	return lines + ([f"[exit {p.returncode}]"] if p.returncode else [])


def check(path, update, count):
	with open(path, encoding="utf-8") as f:
		steps = parse(f.read().split("\n")[:-1])
	failed, out = 0, []
	with tempfile.TemporaryDirectory() as folder:
		scratch_folder(path, folder)
		for s in steps:
			got = run_command(s, folder) if s.command else []
			out += s.before + [("> " if i else "$ ") + c for i, c in enumerate(s.command)] + got + s.blank
			if not s.command:
				continue
			count += 1
			ok = got == s.expected
			failed += not ok
			if not update:
				print(f"{'ok' if ok else 'not ok'} {count} - {s.command[0]}")
				if not ok:
					print("\n".join("#   " + d for d in list(difflib.unified_diff(
						s.expected, got, "expected", "printed", lineterm="", n=2))))
	if update:
		with open(path, "w", encoding="utf-8") as f:
			f.write("\n".join(out) + "\n")
	return count, failed


def main():
	update, count, failed = "--update" in sys.argv, 0, 0
	for path in (a for a in sys.argv[1:] if a != "--update"):
		count, n = check(path, update, count)
		failed += n
	if not update:
		print(f"1..{count}")
	sys.exit(failed > 0 and not update)


main()
