#!/bin/sh
# What keyhole prints for each capture of captures/ is what lies in its expected/ folder.
#   golden.sh           compares (a test)
#   golden.sh --renew   writes the files anew (make golden); read the difference before it is committed
#
# Names of files: text.txt and facts.json without a secret, key.txt with the server's key, log.txt and
# log.json with the key log, explain.txt and explain-log.txt step by step. tests/golden/facts.sh holds
# the JSON files against what tshark says.
set -eu
top=$(cd "$(dirname "$0")/../.." && pwd)
scratch=$(mktemp -d "${TMPDIR:-/tmp}/golden.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
status=0
renew=${1:-}

# No terminal: 100 columns, no colour. The names in the output are paths from the top. The only thing
# that depends on the day is the moment of the judgement, as long as the lab's certificates hold (2056).
keyhole()
{
	(cd "$top" && LC_ALL=C.UTF-8 TZ=UTC "$KEYHOLE" --no-env-keylog --ca captures/pki/root.pem -q "$@" 2>&1) |
		sed 's/"judged_now":"[^"]*"/"judged_now":"(today)"/g'
}

# expect NAME FILE OPTION...: keyhole with the options prints captures/NAME/expected/FILE.
expect()
{
	kept=$top/captures/$1/expected/$2
	shown=captures/$1/expected/$2
	shift 2
	keyhole "$@" >"$scratch/printed"
	if [ "$renew" = --renew ]; then
		mkdir -p "${kept%/*}"
		cmp -s "$scratch/printed" "$kept" || cp "$scratch/printed" "$kept"
	elif ! diff -u "$kept" "$scratch/printed" >"$scratch/difference" 2>&1; then
		status=1
		echo "$shown: keyhole $* prints something else:"
		cut -c 1-400 "$scratch/difference" | head -n 40
	fi
}

for file in "$top"/captures/*/capture.pcap*; do
	folder=${file%/*}
	name=${folder##*/}
	capture=captures/$name/${file##*/}
	key=captures/$name/server.key
	log=captures/$name/keys.log
	expect "$name" text.txt "$capture"
	expect "$name" facts.json --json "$capture"
	[ ! -e "$top/$key" ] || expect "$name" key.txt -k "$key" "$capture"
	[ ! -e "$top/$log" ] || expect "$name" log.txt -K "$log" "$capture"
	[ ! -e "$top/$log" ] || expect "$name" log.json --json -K "$log" "$capture"
	case $name in
	plain-http | tls12-rsa | tls12-ecdhe | tls13 | tls12-resumed-id | expired | segment-lost)
		expect "$name" explain.txt -e 1 "$capture"
		;;
	esac
	case $name in
	tls12-rsa | tls13)
		expect "$name" explain-log.txt -e 1 -K "$log" "$capture"
		;;
	esac
done

# Keys and logs that do not help say why.
set -- captures/tls12-rsa/capture.pcap
expect keys other-key.txt -k captures/keys/other.key "$@"
expect keys ec-key.txt -k captures/keys/ec.key "$@"
expect keys foreign-log.txt -K captures/keys/foreign.log "$@"
expect keys half-log.txt -K captures/keys/half.log captures/tls13/capture.pcap
expect keys locked-key.txt -k captures/keys/locked.key --pass-file captures/keys/locked.pass "$@"
expect keys key-and-ecdhe.txt -k captures/tls12-ecdhe/server.key captures/tls12-ecdhe/capture.pcap

exit $status
