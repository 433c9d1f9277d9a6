#!/bin/sh
# Base, model and the decoders call nothing but memcpy, memset, memcmp, memmove, each other, the
# opener and digests; the arena alone may ask for memory. Started in the build folder.
set -eu
nm=${NM:-nm}
cc=${CC:-cc}
awk=${AWK:-awk}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/purity.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# Prints each call out of the given objects and archives; none is success.
# bcmp is what clang makes of memcmp; the rest of the first list is the compiler's own.
impure()
{
	# shellcheck disable=SC2016 # $ is awk's
	"$nm" -A "$@" | "$awk" '
	BEGIN {
		artefact = "^(__stack_chk_fail|__mem(cpy|set|move)_chk|_GLOBAL_OFFSET_TABLE_|__tls_get_addr" \
			"|__(asan|ubsan|sanitizer|sancov|gcov|llvm|start___sancov|stop___sancov|start___llvm|stop___llvm)_.*)$"
		allowed = "^(mem(cpy|set|cmp|move)|bcmp|opener_.*|digest_.*)$"
	}
	$NF == ":" || NF < 3 { next }
	$(NF - 1) ~ /^[Uw]$/ {
		if ($1 !~ /(^|[:_\/-])arena\.o:/)
			wanted[$NF] = wanted[$NF] " " $1
		next
	}
	$(NF - 1) ~ /^[A-Z]$/ { defined[$NF] = 1 }
	END {
		for (name in wanted) {
			if (name in defined || name ~ artefact || name ~ allowed)
				continue
			print name " is called by" wanted[name]
			bad = 1
		}
		exit bad
	}'
}

# must_fail SENTENCE CODE
must_fail()
{
	echo "$2" >"$scratch/bad.c"
	# shellcheck disable=SC2086 # CC may carry options
	$cc -c "$scratch/bad.c" -o "$scratch/bad.o"
	if impure libbase.a "$scratch/bad.o" >/dev/null; then
		echo "not found: $1"
		exit 1
	fi
}

must_fail 'an object that allocates' 'void *malloc(unsigned long); void *f(void) { return malloc(1); }'
must_fail 'an object that asks the time' 'long time(long *); long f(void) { return time(0); }'
impure libbase.a libmodel.a libdissect.a
