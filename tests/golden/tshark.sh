#!/bin/sh
# keyhole and tshark read the same in every capture of captures/: hellos, fingerprints, messages of each
# side and certificates, without a secret and with the key log.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
captures=$here/../../captures
if ! command -v tshark >/dev/null || ! command -v python3 >/dev/null; then
	echo "skipped: tshark and python3 are needed (Debian: tshark, python3)"
	exit 77
fi

export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null # no verdict is looked at: the machine's roots need not be read
status=0
for file in "$captures"/*/capture.pcap*; do
	python3 "$here/tshark.py" "$KEYHOLE" "$file" || status=1
	keys=${file%/*}/keys.log
	[ ! -e "$keys" ] || python3 "$here/tshark.py" "$KEYHOLE" "$file" "$keys" || status=1
done

# A record that says something else must be seen, or nothing above says anything.
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tshark.XXXXXX")
trap 'rm -rf "$scratch"' EXIT
cat >"$scratch/liar" <<EOF
#!/bin/sh
"$KEYHOLE" "\$@" | sed 's/"suites":/"suites":1/'
EOF
chmod +x "$scratch/liar"
if python3 "$here/tshark.py" "$scratch/liar" "$captures/tls12-rsa/capture.pcap" >"$scratch/said"; then
	echo "a changed record passed"
	status=1
fi
exit $status
