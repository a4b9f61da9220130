#!/bin/sh
# make.sh — make the modules of this folder anew, with clang 14 and wasm-ld 14.
cd "$(dirname "$0")"
flags="--target=wasm32 -ffreestanding -nostdlib -fdebug-compilation-dir=/src -fdebug-prefix-map=$PWD=/src
	-Wl,--no-entry -Wl,--export-dynamic"
export="-fvisibility=hidden -Wl,--export=measure -Wl,--export=crash"
clang-14 $flags $export -gdwarf-4 -O0 shapes.c -o shapes4.wasm
clang-14 $flags $export -gdwarf-5 -O0 shapes.c -o shapes5.wasm
clang-14 $flags $export -gdwarf-5 -O2 shapes.c -o shapes-o2.wasm
clang-14 $flags -fvisibility=hidden -Wl,--export=circles -x c++ -fno-exceptions -gdwarf-5 -O0 geometry.cpp -o geometry.wasm
clang-14 $flags -fvisibility=hidden -Wl,--export=guarded -x c++ -fwasm-exceptions -gdwarf-5 -O0 throws.cpp -o throws.wasm
