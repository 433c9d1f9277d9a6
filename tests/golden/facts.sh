#!/bin/sh
# keyhole's record of each talk of captures/ says what tshark and openssl say, as captures/CHECKED.tsv
# keeps it: version, suite, name, the frames of the messages, the verdict, and what can be read with the
# key log and with the server's key.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
captures=$here/../../captures
scratch=$(mktemp -d "${TMPDIR:-/tmp}/facts.XXXXXX")
trap 'rm -rf "$scratch"' EXIT

# record NAME HOW OPTION...: adds the session lines, each behind NAME and HOW.
record()
{
	name=$1 how=$2
	shift 2
	"$KEYHOLE" --no-env-keylog --no-embedded-secrets --ca "$captures/pki/root.pem" --json -q "$@" |
		sed -n "/\"keyhole.session\\/1\"/s/^/$name	$how	/p" >>"$scratch/records"
}

for file in "$captures"/*/capture.pcap*; do
	folder=${file%/*}
	record "${folder##*/}" plain "$file"
	[ ! -e "$folder/keys.log" ] || record "${folder##*/}" log -K "$folder/keys.log" "$file"
	[ ! -e "$folder/server.key" ] || record "${folder##*/}" key -k "$folder/server.key" "$file"
done
"${AWK:-awk}" -f "$here/facts.awk" "$scratch/records" "$captures/CHECKED.tsv"
