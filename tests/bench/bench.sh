#!/bin/sh
# bench.sh SOURCES BUILD: makes the inputs, runs keyhole on them beside cat, tcpdump and tshark, and
# prints a table. Everything is measured in the same run on the same files, each read once before.
# BENCH_SCALE scales the inputs (1: 200,000 sessions, 500,000 open flows, 1 GB of bulk data).
set -eu
captures=$1/captures corpus=$1/tests/fuzz/corpus/handshake
bench=$2/tests/bench keyhole=$2/keyhole
scale=${BENCH_SCALE:-1}
scratch=$(mktemp -d "${TMPDIR:-/tmp}/keyhole-bench.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# scaled NUMBER: at least 1
scaled()
{
	awk -v n="$1" -v scale="$scale" 'BEGIN { n = int(n * scale); print n < 1 ? 1 : n }'
}

have()
{
	command -v "$1" >/dev/null 2>&1
}

# measure COMMAND...: sets cpu, wall, memory (KiB) and code.
measure()
{
	"$bench/measure" "$@" >"$scratch/measured"
	read -r cpu wall memory code <"$scratch/measured"
}

heading()
{
	printf '\n%s\n%-26s %8s %8s %8s %10s %8s %8s\n' "$1" '' 'CPU s' 'wall s' 'MB/s' "$2" 'MB peak' 'to tcpdump'
}

# row NAME UNITS BYTES: one line of the table from what was measured last; MB/s and units a second
# are by CPU time.
row()
{
	awk -v name="$1" -v units="$2" -v bytes="$3" -v cpu="$cpu" -v wall="$wall" -v memory="$memory" \
		-v code="$code" -v base="${base:-0}" 'BEGIN {
		if (cpu < 0.001) cpu = 0.001
		ratio = base + 0 ? sprintf("%.2f x", cpu / base) : "-"
		said = code + 0 ? "  exit " code : ""
		printf "%-26s %8.2f %8.2f %8.0f %10.0f %8.1f %8s%s\n", name, cpu, wall, bytes / cpu / 1e6, units / cpu,
			memory / 1024, ratio, said }'
}

# compare FILE UNITS WHAT: the table of one file.
compare()
{
	file=$1 units=$2 what=$3
	bytes=$(wc -c <"$file")
	base=0
	cat "$file" >/dev/null
	heading "$4 ($(awk -v b="$bytes" 'BEGIN { printf "%.0f MB", b / 1e6 }'), $units $what)" "$what/s"
	measure cat "$file"
	row cat "$units" "$bytes"
	if have tcpdump; then
		measure tcpdump -r "$file" -w /dev/null
		base=$cpu
		row 'tcpdump -w /dev/null' "$units" "$bytes"
	fi
	measure "$keyhole" --json --workers 1 "$file"
	row 'keyhole --json, 1 worker' "$units" "$bytes"
	index=$cpu
	measure "$keyhole" --json "$file"
	row 'keyhole --json' "$units" "$bytes"
}

# against_tshark FILE UNITS ALL: tshark on a slice; its CPU time, less that on an empty file, is
# scaled to ALL units and set beside keyhole's.
against_tshark()
{
	have tshark || return 0
	measure tshark -n -r "$scratch/empty.pcap"
	start=$cpu
	measure tshark -n -r "$1" -Y tls.handshake.type -T fields -e frame.number -e tls.handshake.type \
		-e tls.handshake.extensions_server_name -e tls.handshake.ciphersuite
	awk -v cpu="$cpu" -v start="$start" -v units="$2" -v all="$3" -v index_cpu="$index" 'BEGIN {
		whole = (cpu - start) / units * all
		printf "%-26s %8.2f  by %.2f s for %d of them; keyhole takes 1/%.0f\n", "tshark, for all of it", whole,
			cpu - start, units, index_cpu + 0 ? whole / index_cpu : 0 }'
}

say_machine()
{
	printf '%s, %s processors, %s\n' "$("$keyhole" --version | head -n 1)" "$(getconf _NPROCESSORS_ONLN)" \
		"$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)"
	echo "MB/s and units/s are by CPU time (user and system)"
}

make_load()
{
	"$bench/make_load" "$@"
}

handshakes()
{
	n=$(scaled 200000) slice=2000
	set -- "$captures/tls12-rsa/capture.pcap" "$captures/tls12-ecdhe/capture.pcap" "$captures/tls13/capture.pcap"
	make_load sessions "$n" 1 "$scratch/sessions.pcap" "$@"
	make_load sessions "$slice" 1 "$scratch/slice.pcap" "$@"
	compare "$scratch/sessions.pcap" "$n" sessions 'Short sessions: TLS 1.2 RSA, ECDHE, TLS 1.3'
	against_tshark "$scratch/slice.pcap" "$slice" "$n"
	rm "$scratch"/s*.pcap
}

bulk()
{
	megabytes=$(scaled 1000) slice=20
	set -- "$captures/tls12-rsa/capture.pcap" "$captures/tls12-rsa/keys.log"
	"$bench/make_bulk" "$megabytes" "$scratch/bulk.pcap" "$@"
	"$bench/make_bulk" "$slice" "$scratch/slice.pcap" "$@"
	compare "$scratch/bulk.pcap" "$megabytes" MB 'Bulk data: 8 downloads, TLS 1.2 RSA, AES-128-GCM'
	measure "$keyhole" --json --workers 1 -k "$captures/tls12-rsa/server.key" "$scratch/bulk.pcap"
	row 'keyhole -k, opened' "$megabytes" "$bytes"
	against_tshark "$scratch/slice.pcap" "$slice" "$megabytes"
	rm "$scratch"/[bs]*.pcap
}

noise()
{
	megabytes=$(scaled 500)
	make_load noise "$megabytes" 1 "$scratch/noise.pcap" "$captures/tls12-rsa/capture.pcap" \
		"$captures/tls13/capture.pcap"
	compare "$scratch/noise.pcap" "$megabytes" MB 'Noise: random TCP and UDP, 1 % TLS'
	rm "$scratch/noise.pcap"
}

# Memory of a flow: the peak with open flows, less the peak on a capture without packets.
open_flows()
{
	n=$(scaled 500000)
	make_load open "$n" 1 "$scratch/open.pcap" "$captures/tls12-rsa/capture.pcap" "$captures/tls13/capture.pcap"
	measure "$keyhole" --json --workers 1 "$scratch/empty.pcap"
	nothing=$memory
	compare "$scratch/open.pcap" "$n" flows 'Open flows that have shown their ClientHello'
	measure "$keyhole" --json --workers 1 --memory 4096 "$scratch/open.pcap"
	awk -v with="$memory" -v without="$nothing" -v n="$n" 'BEGIN {
		printf "memory of an open flow: %.0f bytes (peak %d KiB, without flows %d KiB)\n",
			(with - without) * 1024 / n, with, without }'
	rm "$scratch/open.pcap"
}

say_machine
make_load sessions 0 1 "$scratch/empty.pcap" "$captures/tls12-rsa/capture.pcap"
handshakes
bulk
noise
open_flows
printf '\nOne ClientHello\n'
"$bench/bench_hello" "$corpus/client_hello.tls12-rsa" "$corpus/client_hello.tls12-ecdhe" "$corpus/client_hello.tls13" |
	sed "s|^$corpus/||"
