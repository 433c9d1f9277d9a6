#!/bin/sh
# The same bytes give the same facts, however they were cut into segments, ordered, repeated or put into
# fragments; and any number of workers gives the same output, byte for byte.
# IDENTITY_RUNS=200 tries more seeds.
set -eu
tests=$(cd "$(dirname "$0")/.." && pwd)
captures=$tests/../captures
tools=$(dirname "$KEYHOLE")/tests
runs=${IDENTITY_RUNS:-20}
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null # the machine's own roots take long to read, and change nothing
scratch=$(mktemp -d "${TMPDIR:-/tmp}/identity.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
status=0

# What may differ: the file and its size, where and when something was seen, how many packets it took.
facts()
{
	sed -E \
		-e 's/"(id|file|judged_at|judged_now)":"[^"]*",?//g' \
		-e 's/"time":\{[^}]*\},//g' \
		-e 's/"frames":\[[^]]*\],?//g' \
		-e 's/"([a-z_]*_)?frame":([0-9]+|\{[^}]*\}),?//g' \
		-e 's/"(frames_left_out|after_s|packets|ip_packets|tcp_segments|certificates)":[0-9.]+,?//g' \
		-e 's/("(client|server)":\{"ip":"[^"]*","port":[0-9]+,)"bytes":[0-9]+/\1/g' \
		-e '/keyhole.stats/s/"bytes":[0-9]+,//'
}

keyhole()
{
	"$KEYHOLE" --no-env-keylog --ca "$captures/pki/root.pem" --json -q "$@"
}

# compare NAME CAPTURE N OPTION...: the variants of a capture against itself.
compare()
{
	what=$1 capture=$2 n=$3
	shift 3
	keyhole "$@" "$capture" | facts >"$scratch/once"
	yes "$scratch/once" | head -n "$n" | xargs cat >"$scratch/expected"
	keyhole "$@" "$scratch"/variant-*.pcap | facts >"$scratch/found"
	cmp -s "$scratch/expected" "$scratch/found" && return
	status=1
	echo "$what, options '$*': other facts in another form; the first:"
	for list in expected found; do
		tr ',' '\n' <"$scratch/$list" >"$scratch/$list.words"
	done
	diff -U 2 "$scratch/expected.words" "$scratch/found.words" | head -n 20
}

# try NAME MANNER N: makes and compares N variants; the bytes of a capture without its beginning or
# without one direction are put in no other order, because nothing says what came first.
try()
{
	capture=$(echo "$captures/$1"/capture.pcap*)
	rm -f "$scratch"/variant-*.pcap
	for seed in $(seq "$3"); do
		"$tools/identity/resegment" "$2" "$seed" "$capture" "$scratch/variant-$seed.pcap"
	done
	compare "$1, $2" "$capture" "$3"
	[ ! -e "$captures/$1/server.key" ] || compare "$1, $2" "$capture" "$3" -k "$captures/$1/server.key"
	[ ! -e "$captures/$1/keys.log" ] || compare "$1, $2" "$capture" "$3" -K "$captures/$1/keys.log"
}

# same_for_workers NAME FILE OPTION...
same_for_workers()
{
	what=$1
	shift
	keyhole --workers 1 "$@" | sed 's/"judged_now":"[^"]*"//g' >"$scratch/one"
	for workers in 2 8; do
		keyhole --workers $workers "$@" | sed 's/"judged_now":"[^"]*"//g' >"$scratch/many"
		cmp -s "$scratch/one" "$scratch/many" && continue
		status=1
		echo "$what: $workers workers say something else than one"
	done
}

for folder in "$captures"/*/capture.pcap*; do
	name=$(basename "$(dirname "$folder")")
	case $name in
	snap-short | dsb) ;; # cut packets; secrets that no pcap can hold
	begun-late | one-way | segment-lost)
		try "$name" bytes 1
		try "$name" sizes 5
		try "$name" again 5
		try "$name" fragments 5
		;;
	*)
		try "$name" bytes 1
		try "$name" shuffled 5
		try "$name" fragments 5
		try "$name" all "$runs"
		;;
	esac
	same_for_workers "$name" "$folder"
done

"$tools/bench/make_load" sessions 2000 7 "$scratch/load.pcap" "$captures/tls12-rsa/capture.pcap" \
	"$captures/tls12-ecdhe/capture.pcap" "$captures/tls13/capture.pcap" "$captures/segment-lost/capture.pcap"
same_for_workers '2,000 sessions' "$scratch/load.pcap"
same_for_workers '2,000 sessions, with a key' -k "$captures/tls12-rsa/server.key" "$scratch/load.pcap"

exit $status
