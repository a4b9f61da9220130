#!/usr/bin/env python3
"""Pictures of the workbench from real runs: docs/workbench-*.svg.

	docs/screens.py              runs ./wrench (or $WRENCH) in a pseudo-terminal and writes the pictures anew

Needs python3-pexpect and python3-pyte, as tests/tui does. `make docs` leaves these pictures alone.
"""
import html
import os
import sys
import time

try:
	import pexpect
	import pyte
except ImportError:
	other = "/usr/bin/python3"      # packages of the system may belong to another interpreter
	if os.environ.get("TRIED") or not os.path.exists(other):
		sys.exit("screens.py: install python3-pexpect and python3-pyte")
	os.environ["TRIED"] = "1"
	os.execv(other, [other, "-B", *sys.argv])

TOP = os.path.abspath(os.path.join(os.path.dirname(__file__), ".."))
WRENCH = os.environ.get("WRENCH", os.path.join(TOP, "wrench"))
COLUMN, ROW, MARGIN = 8.4, 18, 12
TEXT, GROUND = "d8dee9", "20242d"

# name, size, file, what is typed (a float: seconds to wait)
PICTURES = [
	("stepping", (120, 30), "examples/list.wat",
		["\x1bx", "break 18\r", "\x1bx", "start main()\r", "c", "ss"]),
	("exploring", (120, 30), "examples/list.wat",
		["\x18lexploring\r", "\x1bx", "start main()\r", "sss"]),
	("memory", (120, 30), "examples/memory.wat",
		["\x18lmemory\r", "\x1bx", "start turn()\r", "\x1553s"]),
	("tutorial", (120, 30), None, ["\x08t", "\x18o\x18o", 0.3]),
]


def run(size, file, keys):
	"""The screen after the keys were typed."""
	screen = pyte.Screen(*size)
	stream = pyte.ByteStream(screen)
	env = {**os.environ, "TERM": "xterm-256color", "COLORTERM": "truecolor", "LC_ALL": "C.UTF-8", "NO_COLOR": ""}
	p = pexpect.spawn(WRENCH, ["tui", "--no-init", *([file] if file else [])], dimensions=(size[1], size[0]), env=env, cwd=TOP)

	def read(seconds):
		end = time.time() + seconds
		while time.time() < end:
			try:
				stream.feed(p.read_nonblocking(65536, 0.05))
			except (pexpect.TIMEOUT, pexpect.EOF):
				pass

	read(1)
	for key in keys:
		if isinstance(key, float):
			read(key)
		else:
			p.send(key)
			read(0.4)
	read(0.3)
	p.close(force=True)
	return screen


def snapshot(size, file, keys):
	"""Rows of (text, colour, ground, bold), runs of one look each."""
	screen = run(size, file, keys)
	rows = []
	for y in range(size[1]):
		runs = []
		for x in range(size[0]):
			c = screen.buffer[y][x]
			fg = TEXT if c.fg == "default" else c.fg
			bg = GROUND if c.bg == "default" else c.bg
			look = (bg, fg, c.bold) if c.reverse else (fg, bg, c.bold)
			if runs and runs[-1][1:] == look:
				runs[-1] = (runs[-1][0] + c.data, *look)
			else:
				runs.append((c.data, *look))
		rows.append(runs)
	return rows


def svg(rows, size):
	width, height = MARGIN * 2 + COLUMN * size[0], MARGIN * 2 + ROW * size[1]
	out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}">',
		'<style>text { font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }</style>',
		f'<rect width="100%" height="100%" rx="8" fill="#{GROUND}"/>']
	for y, runs in enumerate(rows):
		x = 0
		for text, fg, bg, bold in runs:
			left, top = MARGIN + COLUMN * x, MARGIN + ROW * y
			if bg != GROUND:
				out.append(f'<rect x="{left:.1f}" y="{top}" width="{COLUMN * len(text):.1f}" height="{ROW}" fill="#{bg}"/>')
			if text.strip():
				weight = ' font-weight="bold"' if bold else ""
				out.append(f'<text x="{left:.1f}" y="{top + 14}" fill="#{fg}"{weight} textLength="{COLUMN * len(text):.1f}" '
					f'xml:space="preserve">{html.escape(text)}</text>')
			x += len(text)
	return "\n".join(out + ["</svg>", ""])


for name, size, file, keys in PICTURES:
	path = os.path.join(TOP, f"docs/workbench-{name}.svg")
	with open(path, "w", encoding="utf-8") as f:
		f.write(svg(snapshot(size, file, keys), size))
	print(os.path.relpath(path, TOP))
