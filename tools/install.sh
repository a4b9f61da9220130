#!/bin/sh
# install.sh BUILD-FOLDER DESTINATION: the program, the library, and what the program says about itself.
# RUNNER is the emulator for a program of another machine.
set -eu
b=$1 to=$2

wrench() {
	${RUNNER-} "$b/wrench" "$@"
}

mkdir -p "$to/bin" "$to/lib" "$to/share/man/man1" "$to/share/bash-completion/completions" \
	"$to/share/zsh/site-functions" "$to/share/fish/vendor_completions.d" "$to/share/doc/wrench"
install -m 755 "$b/wrench" "$to/bin/wrench"
install -m 644 "$b/libwrench.a" "$to/lib/libwrench.a"
wrench help --man >"$to/share/man/man1/wrench.1"
wrench completion bash >"$to/share/bash-completion/completions/wrench"
wrench completion zsh >"$to/share/zsh/site-functions/_wrench"
wrench completion fish >"$to/share/fish/vendor_completions.d/wrench.fish"
cp LICENSE README.md CHANGELOG.md "$to/share/doc/wrench/"
cp -R examples "$to/share/doc/wrench/"
mkdir -p "$to/share/wrench/scripts"
cp -R scripts/lib scripts/lessons "$to/share/wrench/scripts/"
mkdir -p "$to/include" "$to/lib/pkgconfig"
install -m 644 include/wrench.h "$to/include/wrench.h"
# the library is for programs that are not position independent, wherever it was put
cat >"$to/lib/pkgconfig/wrench.pc" <<END
prefix=\${pcfiledir}/../..
includedir=\${prefix}/include
libdir=\${prefix}/lib

Name: wrench
Description: WebAssembly engine
Version: $(cat VERSION)
Cflags: -I\${includedir}
Libs: -no-pie -L\${libdir} -lwrench -lm -lpthread
END
echo "installed below $to: bin/wrench, lib/libwrench.a, include/wrench.h, manual page, scripts, completion for bash, zsh and fish"
