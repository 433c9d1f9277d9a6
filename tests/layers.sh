#!/bin/sh
# The includes and calls of all sources are as tests/layers.txt says, and the check finds what is not.
set -eu
tests=$(cd "$(dirname "$0")" && pwd)
top=$tests/..
scratch=$(mktemp -d "${TMPDIR:-/tmp}/layers.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
status=0

layers()
{
	find src dissectors ui tests -name '*.[ch]' -exec "${AWK:-awk}" -f "$tests/layers.awk" "$tests/layers.txt" {} +
}

# must_fail SENTENCE FILE LINE...: a tree with that one file is refused.
must_fail()
{
	sentence=$1
	file=$2
	shift 2
	make_tree "$file" "$@"
	if (cd "$scratch" && layers >/dev/null); then
		echo "not found: $sentence"
		status=1
	fi
}

# must_pass SENTENCE FILE LINE...: a tree with that one file is taken.
must_pass()
{
	sentence=$1
	file=$2
	shift 2
	make_tree "$file" "$@"
	if ! (cd "$scratch" && layers); then
		echo "wrongly refused: $sentence"
		status=1
	fi
}

make_tree()
{
	file=$1
	shift
	rm -rf "${scratch:?}"/*
	mkdir -p "$scratch/src" "$scratch/dissectors" "$scratch/ui" "$scratch/tests"
	mkdir -p "$scratch/$(dirname "$file")"
	printf '%s\n' "$@" >"$scratch/$file"
}

must_fail 'the base includes the engine' src/base/a.c '#include "src/engine/run.h"'
must_fail 'a dissector includes the capture room' dissectors/tls/a.c '#include "src/capture/source.h"'
must_fail 'a dissector includes another one' dissectors/http/a.c '#include "dissectors/tls/record.h"'
must_fail 'a dissector sees more of secrets than the opener' dissectors/tls/a.c '#include "src/secrets/ring.h"'
must_fail 'the engine draws' src/engine/a.c '#include "ui/text.h"'
must_fail 'the screen includes the engine' ui/a.c '#include "src/engine/run.h"'
must_fail 'an include is not a path from the top' src/base/a.c '#include "reader.h"'
must_fail 'the model prints' src/model/a.c '# include <stdio.h>'
must_fail 'a decoder allocates' dissectors/tls/a.c '#include <stdlib.h>'
must_fail 'the engine calls OpenSSL' src/engine/a.c '#include <openssl/evp.h>'
must_fail 'the engine calls libpcap' src/engine/a.c '#include <pcap/pcap.h>'
must_fail 'main includes curses' src/main.c '#include <curses.h>'
must_fail 'a banned function is called' src/engine/a.c 'int f(void)' '{' '	return system ("ls");' '}'
must_fail 'a banned function after a comment' ui/a.c '/* a' 'b */ strcpy(a, b);'
must_pass 'a banned word in a comment' ui/a.c '/* no system(), ' 'no strcpy() */ int a; // gets()'
must_pass 'a banned word in a text' ui/a.c 'const char *a = "gets(\"socket(\")";'
must_pass 'a longer name' ui/a.c 'int a = my_system(keyring_connect());'
must_pass 'the opener in a decoder' dissectors/tls/a.c '#include "src/secrets/opener.h"'
must_pass 'the allocator of the arena' src/base/arena.c '#include <stdlib.h>'
must_pass 'all rooms in main' src/main.c '#include "ui/text.h"' '#include "src/engine/run.h"'

make_tree ui/a.c '#include <curses.h>'
cp "$scratch/ui/a.c" "$scratch/ui/b.c"
if (cd "$scratch" && layers >/dev/null); then
	echo 'not found: two files include curses'
	status=1
fi

cd "$top"
layers || status=1
exit $status
