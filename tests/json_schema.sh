#!/bin/sh
# The records are read back by another JSON reader (python3) and held against their schema (jsonschema):
# those of the sample sessions, and those that keyhole makes of the bundled captures.
set -eu
srcdir=${srcdir:-.}
has_schema()
{
	"$1" -c 'import jsonschema; jsonschema.Draft202012Validator' 2>/dev/null
}

python=python3
has_schema $python || python=/usr/bin/python3
if ! has_schema $python; then
	echo "skipped: python3 with jsonschema 4 is needed (Debian: python3-jsonschema)"
	exit 77
fi
schema=$srcdir/src/output/schema/keyhole.session.schema.json
check=$srcdir/tests/json_schema.py

./tests/json_lines | $python "$check" "$schema" --samples

# A record that breaks the schema must be refused, or nothing above says anything.
if ./tests/json_lines | sed 's/"transport":"tcp"/"transport":"udp"/' |
	$python "$check" "$schema" >/dev/null 2>&1; then
	echo "a broken record passed"
	exit 1
fi

# The machine's own roots take long to read, and no verdict is looked at here.
export SSL_CERT_FILE=/dev/null SSL_CERT_DIR=/dev/null
for capture in "$srcdir"/captures/*/capture.pcap*; do
	folder=$(dirname "$capture")
	"$KEYHOLE" --json -q "$capture" || echo "exit $? for $capture"
	if [ -f "$folder/server.key" ] && [ -f "$folder/keys.log" ]; then
		"$KEYHOLE" --json -q -k "$folder/server.key" -K "$folder/keys.log" "$capture" || echo "exit $? for $capture"
	fi
done | $python "$check" "$schema" >/dev/null
