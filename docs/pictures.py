"""Terminal text as a picture: one SVG text line for each line, prompts and hints set off."""
import html

import session

COLUMN, ROW, MARGIN = 8.4, 18, 16
STYLE = """<style>
text { font: 14px "DejaVu Sans Mono", Menlo, Consolas, monospace; fill: #d8dee9; white-space: pre }
.prompt { fill: #88c0d0 } .typed { fill: #ffffff; font-weight: bold } .hint { fill: #8f9bb3 }
</style>"""


def spans(line):
	"""The line as tspans: a prompt with what was typed, a hint at the right edge, or plain text."""
	if line.startswith(session.PROMPT):
		n = len(session.PROMPT)
		return (f'<tspan class="prompt">{html.escape(line[:n])}</tspan>'
			f'<tspan class="typed">{html.escape(line[n:])}</tspan>')
	text, mark, hint = line.partition("  next: ")
	hint = f'<tspan class="hint">{html.escape(mark + hint)}</tspan>' if mark else ""
	return html.escape(text) + hint


def svg(lines):
	width = MARGIN * 2 + COLUMN * max(len(line) for line in lines)
	height = MARGIN * 2 + ROW * len(lines)
	out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" height="{height}">', STYLE,
		'<rect width="100%" height="100%" rx="8" fill="#20242d"/>']
	for i, line in enumerate(lines):
		out.append(f'<text x="{MARGIN}" y="{MARGIN + ROW * i + 14}" xml:space="preserve">{spans(line)}</text>')
	return "\n".join(out + ["</svg>", ""])
