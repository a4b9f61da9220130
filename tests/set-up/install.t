#!/bin/sh
# What is missing gets installed without a question, and only then is a package manager called.
# Runs tools/deps.sh with a PATH of its own, in which apt-get and sudo only write down how they
# were called, and gcc (which no test can remove) is absent or present.
. tests/harness/tap.sh

fake=$TMPDIR/fake
log=$TMPDIR/log

fake_path() { # fake_path [COMMAND…]: nothing but basic tools and these fake commands
	rm -rf "$fake"
	mkdir -p "$fake"
	for tool in sh cat cut sed sort grep tr uname ls mktemp rm id test uniq; do
		ln -s "$(command -v $tool)" "$fake/$tool"
	done
	for tool; do
		printf '#!/bin/sh\necho "%s $* [$DEBIAN_FRONTEND]" >>%s\n' "$tool" "$log" >"$fake/$tool"
		chmod +x "$fake/$tool"
	done
	: >"$log"
}

user() { # user ID: who runs it
	rm -f "$fake/id"
	printf '#!/bin/sh\necho %s\n' "$1" >"$fake/id"
	chmod +x "$fake/id"
}

install_build() {
	PATH=$fake tools/deps.sh --install build >"$TMPDIR/out" 2>&1
}

says() { # says FILE TEXT
	grep -qF -e "$2" "$1" || { cat "$1"; return 1; }
}

fake_path apt-get; user 0
check "root installs"                            install_build
check "  what is missing, without questions"     says "$log" "apt-get install -y --no-install-recommends"
check "  non-interactively"                      says "$log" "[noninteractive]"
check "  naming the package"                     says "$log" "gcc"
check "  and says what it does"                  says "$TMPDIR/out" "->  apt-get install -y"

fake_path apt-get sudo; user 1000
check "a user installs with sudo"                install_build
check "  and is told so"                         says "$TMPDIR/out" "->  sudo apt-get install -y"
check "  which is called"                        says "$log" "sudo -E apt-get install -y"

fake_path apt-get; user 1000
check_not "without sudo nothing is installed"    install_build
check "  the administrator's command is said"    says "$TMPDIR/out" "apt-get install -y binutils clang-14 gcc"
check "  and nothing was called"                 test ! -s "$log"

fake_path
check_not "without a package manager neither"    install_build
check "  the command is said all the same"       says "$TMPDIR/out" "give an administrator this command:  apt-get install -y"

fake_path apt-get; user 0
for tool in $(tools/deps.sh --rows | sed -n 's/^build\tcommand:\([^\t]*\)\t.*/\1/p'); do
	printf '#!/bin/sh\n' >"$fake/$tool"
	chmod +x "$fake/$tool"
done
check "with everything there it succeeds"        install_build
check "  prints nothing"                         test ! -s "$TMPDIR/out"
check "  and calls no package manager"           test ! -s "$log"
tap_done
