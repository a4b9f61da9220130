-- Lesson 11: a WASI program's system calls and its sandbox.

lesson.define {
	number = 11,
	title = "a WASI program's system calls and its sandbox",
	intro = [[
A program for WASI sees the world through functions that it imports: fd_write, path_open, clock_time_get and some forty
more. Each returns an errno, 0 for success. What is not granted is not there: no directory, no environment.
]],
	module = [[
(module $lesson11
  (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "fd_prestat_get" (func $fd_prestat_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "path_open" (func $path_open (param i32 i32 i32 i32 i32 i64 i64 i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "random_get" (func $random_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "environ_sizes_get" (func $environ_sizes_get (param i32 i32) (result i32)))
  (import "wasi_snapshot_preview1" "proc_exit" (func $proc_exit (param i32)))
  (memory (export "memory") 1)
  ;; two buffers: 3 bytes at 64 and 5 at 80
  (data (i32.const 0) "\40\00\00\00\03\00\00\00\50\00\00\00\05\00\00\00")
  (data (i32.const 64) "ab\n")
  (data (i32.const 80) "wasm\n")
  (data (i32.const 96) "/etc/passwd")
  (func (export "write") (param $fd i32) (result i32)
    (call $fd_write (local.get $fd) (i32.const 0) (i32.const 2) (i32.const 32)))
  (func (export "written") (result i32) (i32.load (i32.const 32)))
  (func (export "granted") (param $fd i32) (result i32) (call $fd_prestat_get (local.get $fd) (i32.const 40)))
  (func (export "open") (param $fd i32) (result i32)
    (call $path_open (local.get $fd) (i32.const 0) (i32.const 96) (i32.const 11) (i32.const 0)
      (i64.const 2) (i64.const 0) (i32.const 0) (i32.const 48)))
  (func (export "random") (param $at i32) (result i32) (call $random_get (local.get $at) (i32.const 8)))
  (func (export "variables") (result i32)
    (drop (call $environ_sizes_get (i32.const 52) (i32.const 56)))
    (i32.load (i32.const 52)))
  (func (export "leave") (call $proc_exit (i32.const 42)) (unreachable)))
]],
	questions = {
		lesson.ask {
			ask = "write(9) writes to descriptor 9, which nobody opened. Which errno does fd_write return? (a number)",
			ahead = "write(9)",
			path = "results.0.value",
			hint = "Try it: it is the errno called badf.",
			why = "8 is badf. An error is a number that the program has to look at; nothing traps.",
		},
		lesson.ask {
			ask = "write(1) writes two buffers, of 3 and 5 bytes, to standard output. How many bytes does fd_write say were written? (written() reads it)",
			answer = "8",
			hint = "`write(1)`, then `written()`: the fourth argument was an address where the count is put.",
			why = "3 + 5: like writev, one call takes many buffers. Results beside the errno go to memory.",
		},
		lesson.ask {
			ask = "Directories that are granted are open from descriptor 3 on. granted(3) asks for the first. Which errno comes back here?",
			ahead = "granted(3)",
			path = "results.0.value",
			hint = "Nothing was granted: there is no descriptor 3.",
			why = "badf again. With `--dir .` it would be 0. Programs ask 3, 4, … until badf to learn what they have.",
		},
		lesson.ask {
			ask = "open(3) tries /etc/passwd. Which errno?",
			ahead = "open(3)",
			path = "results.0.value",
			hint = "A path is looked up from a directory's descriptor.",
			why = [[
There is no path without a directory to begin at, so there is nothing to escape from. And with a directory granted, an
absolute path or one that leads out by .. or a link is notcapable.]],
		},
		lesson.ask {
			ask = "random(65532) asks for 8 random bytes at 65532; the memory ends at 65536. Which errno?",
			ahead = "random(65532)",
			path = "results.0.value",
			hint = "It is called fault.",
			why = "21, fault: the host checks every address that it is given before it writes there.",
		},
		lesson.ask {
			ask = "variables() counts environment variables. How many does the program see?",
			ahead = "variables()",
			path = "results.0.value",
			hint = "None was granted with --env.",
			why = "None: not even PATH. `--env NAME` passes one, `--inherit-env` all.",
		},
		lesson.ask {
			ask = "leave() calls proc_exit(42), with `unreachable` behind it. How does the call end? (one word: finished, trap, exception or exited)",
			ahead = "leave()",
			path = "stop.reason",
			hint = "proc_exit does not return.",
			why = "The program ended by itself, with status 42; the trap behind was never reached.",
		},
	},
	finish = [[
`wrench run --trace=host FILE` shows every system call with its arguments, `--sandbox` takes everything away and sets limits.
]],
}
