#!/bin/sh
# The generator of the registries refuses what it does not understand: exit status 1, a reason, no output.
set -u
registry=${srcdir:-.}/dissectors/tls/registry
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
failures=0

# generate FILE TABLE: runs the generator with FILE in the place of TABLE.
generate() {
	cp "$registry"/*.csv "$work"/ && cp "$1" "$work/$2" &&
		${AWK:-awk} -f "$registry/registry.awk" "${srcdir:-.}/src/model/suite_ciphers.def" "$work"/*.csv \
			>"$work/out" 2>"$work/reason"
}

fail() {
	echo "not so: $1"
	failures=$((failures + 1))
}

# rejects WHAT TABLE ROWS REASON: the table with nothing but ROWS must be refused for REASON.
rejects() {
	printf 'Value,Description\n%b' "$3" >"$work/made-up"
	if generate "$work/made-up" "$2"; then
		fail "$1 is rejected"
	elif [ -s "$work/out" ]; then
		fail "$1 leaves no output"
	elif ! grep -q "$4" "$work/reason"; then
		fail "$1 is rejected because of: $4"
		cat "$work/reason"
	fi
	rm -f "$work/$2"
}

# accepts WHAT TABLE ROWS LINE: the table with ROWS must give LINE.
accepts() {
	printf 'Value,Description\n%b' "$3" >"$work/made-up"
	if ! generate "$work/made-up" "$2"; then
		fail "$1 is accepted"
		cat "$work/reason"
	elif ! grep -qF "$4" "$work/out"; then
		fail "$1 gives $4"
	fi
}

rejects "an unknown cipher" cipher-suites.csv \
	'"0x00,0x01",TLS_RSA_WITH_ROT13_CBC_SHA\n' 'unknown cipher "ROT13_CBC"'
rejects "an unknown key exchange" cipher-suites.csv \
	'"0x00,0x01",TLS_PIGEON_WITH_AES_128_CBC_SHA\n' 'unknown key exchange "PIGEON"'
rejects "an unknown kind of export" cipher-suites.csv \
	'"0x00,0x62",TLS_RSA_EXPORT2048_WITH_DES_CBC_SHA\n' 'unknown key exchange "RSA_EXPORT2048"'
rejects "an unknown MAC" cipher-suites.csv \
	'"0x00,0x01",TLS_RSA_WITH_AES_128_CBC_MD6\n' 'unknown cipher "AES_128_CBC_MD6"'
rejects "a cipher without its MAC" cipher-suites.csv \
	'"0x00,0x01",TLS_RSA_WITH_AES_128_CBC\n' 'no MAC'
rejects "an unknown group" supported-groups.csv '1,secx163k1\n' 'unknown group "secx163k1"'
rejects "an unknown KEM" supported-groups.csv '1,X25519MLKEM999\n' 'unknown KEM'
rejects "an unknown half of a hybrid" supported-groups.csv '1,X999MLKEM768\n' 'unknown curve'
rejects "a code that comes twice" alerts.csv '1,one\n1,two\n' 'codes must ascend'
rejects "a code out of order" alerts.csv '2,two\n1,one\n' 'codes must ascend'
rejects "a code that is no number" alerts.csv 'x1,one\n' 'cannot be read'
rejects "a code beyond 16 bits" alerts.csv '65536,one\n' 'cannot be read'
rejects "a name that C could not hold" alerts.csv '1,"a ""quoted"" one"\n' 'cannot be read'
rejects "a quoted field without an end" versions.csv '1,"one\n' 'does not end\|inside a quoted field'
rejects "a table without rows" alerts.csv '' 'no rows for REG_ALERT'
rejects "a table of no registry" alarms.csv '1,one\n' 'no registry has this name'
rejects "an ALPN name that is no text" alpn-ids.csv 'Pigeon,0x01 0x02\n' 'this protocol cannot be read'

accepts "a table with IANA's reserved ranges" alerts.csv \
	'0,close_notify\n"1-9",Unassigned\n10,"Reserved to avoid conflicts with\ndeployed ones"\n11,end\n' \
	'[REG_ALERT] = {rows_ALERT, 2}'
accepts "a number of two bytes" cipher-suites.csv \
	'"0xCC,0xA8",TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256\n' \
	'{0xcca8, "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"}'

[ "$failures" -eq 0 ]
