"""The same record from wasmtime (PyPI: wasmtime), in process.

The calls and their arguments are read from the other engine's record; everything after `=` and the final state are
written anew from what wasmtime does. See record.h for the form.
"""
import ctypes
import zlib
from ctypes import byref

import wasmtime
from wasmtime import _ffi as ffi

I32, I64, F32, F64, V128, FUNC, EXTERN, ANY, EXN = range(9)
NUMBERS = {"i32": (I32, 4), "i64": (I64, 8), "f32": (F32, 4), "f64": (F64, 8), "v128": (V128, 16)}
REFS = {"func": FUNC, "extern": EXTERN, "any": ANY, "exn": EXN}
NAMES = {FUNC: "func", EXTERN: "extern", ANY: "any", EXN: "exn"}
FUEL = 300
STACK = 64 << 20        # bytes; run in a thread that has more

TRAPS = {0: "limit", 1: "memory", 2: "unaligned", 3: "table", 4: "uninitialized", 5: "type", 6: "overflow", 7: "zero",
	8: "conversion", 9: "unreachable", 10: "limit", 11: "limit", 12: "not-shared", 13: "null", 14: "array", 15: "limit",
	16: "cast"}
# what a wasmtime error says when it ran out of something
LIMITS = ("GC heap out of memory", "out of memory", "failed to allocate", "maximum possible")


class Oracle:
	def __init__(self):
		config = wasmtime.Config()
		p = config.ptr()
		for name in ("wasm_threads", "shared_memory", "wasm_tail_call", "wasm_reference_types", "wasm_function_references",
				"wasm_gc", "wasm_simd", "wasm_relaxed_simd", "wasm_relaxed_simd_deterministic", "wasm_bulk_memory",
				"wasm_multi_value", "wasm_multi_memory", "wasm_memory64", "wasm_wide_arithmetic", "wasm_exceptions",
				"wasm_custom_page_sizes"):
			getattr(ffi, f"wasmtime_config_{name}_set")(p, True)
		ffi.wasmtime_config_parallel_compilation_set(p, False)
		ffi.wasmtime_config_cranelift_opt_level_set(p, 0)
		ffi.dll.wasmtime_config_async_stack_size_set(p, ctypes.c_size_t(2 * STACK))    # must be larger, is not used
		ffi.wasmtime_config_max_wasm_stack_set(p, STACK)
		self.engine = wasmtime.Engine(config)

	def record(self, module, asked):
		"""The record for the calls that ASKED, another record, has."""
		if asked.startswith("start trap limit\n"):
			return "start trap limit\n"      # wasmtime may well go on, with gigabytes of objects
		try:
			compiled = wasmtime.Module(self.engine, module)
		except wasmtime.WasmtimeError as e:
			return f"start error {str(e).splitlines()[-1]}\n"
		return Run(self.engine, compiled).record(asked)


class Run:
	def __init__(self, engine, compiled):
		self.store = wasmtime.Store(engine)
		self.cx = self.store._context()
		self.compiled = compiled
		self.instance = ffi.wasmtime_instance_t()
		self.exports = []
		self.fuel = None
		self.out = []
		self.cut = False

	def record(self, asked):
		trap = ctypes.POINTER(ffi.wasm_trap_t)()
		error = ffi.wasmtime_instance_new(self.cx, self.compiled.ptr(), None, 0, byref(self.instance), byref(trap))
		how = self.ending(error, trap)
		self.out.append(f"start {how or 'ok'}")
		if not how:
			self.find_exports()
			self.calls(asked)
		if not how and not self.cut:
			self.state()
		for item in self.exports:
			ffi.wasmtime_extern_delete(byref(item))
		return "\n".join(self.out) + "\n"

	def find_exports(self):
		name, size = ctypes.POINTER(ctypes.c_char)(), ctypes.c_size_t(0)
		item = ffi.wasmtime_extern_t()
		while ffi.wasmtime_instance_export_nth(self.cx, byref(self.instance), len(self.exports), byref(name), byref(size),
				byref(item)):
			self.exports.append(item)
			if ctypes.string_at(name, size.value) == b".fuel":
				self.fuel = item
			item = ffi.wasmtime_extern_t()

	# ---- calls --------------------------------------------------------------------------------------------------------------

	def calls(self, asked):
		for line in asked.splitlines():
			if line.startswith("call ") and not self.cut:
				self.call(line)

	def call(self, line):
		words, answer = line.split(" ="), line.split(" =")[1].split()
		at, *texts = words[0].split()[1:]
		if answer == ["trap", "limit"]:
			# it may wait for ever here
			self.out.append(line)
			self.cut = True
			return
		func = self.exports[int(at)].of.func
		args = (ffi.wasmtime_val_t * len(texts))()
		for slot, text in zip(args, texts):
			self.read(text, slot)
		results = (ffi.wasmtime_val_t * self.result_count(func))()
		if self.fuel:
			ffi.wasmtime_global_set(self.cx, byref(self.fuel.of.global_), byref(ffi.wasmtime_val_t(kind=I32,
				of=ffi.wasmtime_valunion_t(i32=FUEL))))
		trap = ctypes.POINTER(ffi.wasm_trap_t)()
		error = ffi.wasmtime_func_call(self.cx, byref(func), args, len(args), results, len(results), byref(trap))
		how = self.ending(error, trap) or " ".join(self.text(v) for v in results)
		self.out.append(f"{words[0]} ={' ' if how else ''}{how}")
		for value in (*args, *results):
			ffi.wasmtime_val_unroot(byref(value))

	def result_count(self, func):
		kind = ffi.wasmtime_func_type(self.cx, byref(func))
		count = ffi.wasm_functype_results(kind).contents.size
		ffi.wasm_functype_delete(kind)
		return count

	def ending(self, error, trap):
		"""How something ended; None: well."""
		exception = ffi.wasmtime_exnref_t()
		if ffi.wasmtime_context_take_exception(self.cx, byref(exception)):
			if trap:
				ffi.wasm_trap_delete(trap)
			if error:
				ffi.wasmtime_error_delete(error)
			return self.exception(exception)
		if error:
			message = str(wasmtime.WasmtimeError._from_ptr(error))
			how = "trap limit" if any(l in message for l in LIMITS) else f"error {message.splitlines()[-1]}"
		elif trap:
			code = ffi.wasmtime_trap_code_t()
			if ffi.wasmtime_trap_code(trap, byref(code)):
				how = f"trap {TRAPS.get(code.value, code.value)}"
				ffi.wasm_trap_delete(trap)
			else:
				message = wasmtime.Trap._from_ptr(trap).message
				how = "trap limit" if any(l in message for l in LIMITS) else f"trap {message.splitlines()[-1]}"
		else:
			return None
		self.cut = how == "trap limit"
		return how

	def exception(self, exception):
		words = ["exception"]
		for i in range(ffi.wasmtime_exnref_field_count(self.cx, byref(exception))):
			value = ffi.wasmtime_val_t()
			ffi.wasmtime_exnref_field(self.cx, byref(exception), i, byref(value))
			words.append(self.text(value))
			ffi.wasmtime_val_unroot(byref(value))
		ffi.wasmtime_exnref_unroot(byref(exception))
		return " ".join(words)

	# ---- values -------------------------------------------------------------------------------------------------------------

	def read(self, text, out):
		kind, _, rest = text.partition(":")
		if kind in NUMBERS:
			out.kind, size = NUMBERS[kind]
			ctypes.memmove(byref(out.of), int(rest, 16).to_bytes(size, "little"), size)
			return
		out.kind = REFS[kind]
		if rest.startswith("i31:"):
			ffi.wasmtime_anyref_from_i31(self.cx, int(rest[4:]), byref(out.of.anyref))
		elif rest == "ref":
			none = ctypes.CFUNCTYPE(None, ctypes.c_void_p)()
			ffi.wasmtime_externref_new(self.cx, 1, none, byref(out.of.externref))

	def text(self, value):
		of = value.of
		if value.kind == I32:
			return f"i32:{of.i32 & 0xffffffff:08x}"
		if value.kind == I64:
			return f"i64:{of.i64 & (1 << 64) - 1:016x}"
		if value.kind == F32:
			bits = of.i32 & 0xffffffff
			return "f32:nan" if bits & 0x7fffffff > 0x7f800000 else f"f32:{bits:08x}"
		if value.kind == F64:
			bits = of.i64 & (1 << 64) - 1
			return "f64:nan" if bits & (1 << 63) - 1 > 0x7ff0000000000000 else f"f64:{bits:016x}"
		if value.kind == V128:
			return f"v128:{int.from_bytes(bytes(of.v128), 'little'):032x}"
		return f"{NAMES[value.kind]}:{self.reference(value)}"

	def reference(self, value):
		if value.of.funcref.store_id == 0:      # the first field of every reference
			return "null"
		number = ctypes.c_uint32()
		if value.kind == ANY and ffi.wasmtime_anyref_i31_get_u(self.cx, byref(value.of.anyref), byref(number)):
			return f"i31:{number.value}"
		return "ref"

	# ---- state --------------------------------------------------------------------------------------------------------------

	def state(self):
		for at, item in enumerate(self.exports):
			if item.kind == ffi.WASMTIME_EXTERN_GLOBAL.value:
				value = ffi.wasmtime_val_t()
				ffi.wasmtime_global_get(self.cx, byref(item.of.global_), byref(value))
				self.out.append(f"global {at} {self.text(value)}")
				ffi.wasmtime_val_unroot(byref(value))
			elif item.kind == ffi.WASMTIME_EXTERN_TABLE.value:
				self.table(at, item.of.table)
			elif item.kind == ffi.WASMTIME_EXTERN_MEMORY.value:
				self.memory(at, ffi.wasmtime_memory_data(self.cx, byref(item.of.memory)),
					ffi.wasmtime_memory_data_size(self.cx, byref(item.of.memory)))
			elif item.kind == ffi.WASMTIME_EXTERN_SHAREDMEMORY.value:
				self.memory(at, ffi.wasmtime_sharedmemory_data(item.of.sharedmemory),
					ffi.wasmtime_sharedmemory_data_size(item.of.sharedmemory))

	def memory(self, at, data, size):
		crc = zlib.crc32((ctypes.c_char * size).from_address(ctypes.addressof(data.contents))) if size else 0
		self.out.append(f"memory {at} {size} {crc:08x}")

	def table(self, at, table):
		size = ffi.wasmtime_table_size(self.cx, byref(table))
		value, bits = ffi.wasmtime_val_t(), bytearray()
		for i in range(size):
			ffi.wasmtime_table_get(self.cx, byref(table), i, byref(value))
			bits += b"1" if value.of.funcref.store_id else b"0"
			ffi.wasmtime_val_unroot(byref(value))
		self.out.append(f"table {at} {size} {zlib.crc32(bits):08x}")
