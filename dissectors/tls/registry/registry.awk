# registry.awk: turns IANA's tables into registry_tables.c.
#
#   awk -f registry.awk src/model/suite_ciphers.def *.csv > registry_tables.c
#
# Reads CSV as IANA publishes it, so that a table can be replaced by a newer one. What the name of a
# suite or of a group says is derived from the name. A word that is not known here, a code out of
# order or a missing table fails the build: nothing is written and the exit status is 1. POSIX awk
# only, which cannot read hexadecimal numbers: that is done by hand.

BEGIN {
	know_tables("cipher-suites SUITE extension-types EXTENSION supported-groups GROUP " \
		    "signature-schemes SIGNATURE_SCHEME hash-algorithms HASH " \
		    "signature-algorithms SIGNATURE alerts ALERT handshake-types HANDSHAKE " \
		    "content-types CONTENT_TYPE point-formats POINT_FORMAT curve-types CURVE_TYPE " \
		    "compression-methods COMPRESSION psk-modes PSK_MODE certificate-types CERT_TYPE " \
		    "status-types STATUS_TYPE certificate-compressions CERT_COMPRESSION " \
		    "client-certificate-types CLIENT_CERT_TYPE versions VERSION " \
		    "ssl2-ciphers SSL2_CIPHER ssl2-errors SSL2_ERROR ssl2-messages SSL2_MESSAGE " \
		    "authorization-formats AUTHZ_FORMAT token-binding-parameters TOKEN_BINDING " \
		    "srtp-profiles SRTP_PROFILE quic-transport-parameters QUIC_PARAMETER " \
		    "hpke-kems HPKE_KEM hpke-kdfs HPKE_KDF hpke-aeads HPKE_AEAD")
	know_key_exchanges()
	know_hashes()
	# FIPS 203, table 3: bytes of an encapsulation key and of a ciphertext, as in Kyber's third round.
	kem_key[512] = 800; kem_key[768] = 1184; kem_key[1024] = 1568
	kem_text[512] = 768; kem_text[768] = 1088; kem_text[1024] = 1568
}

FNR == 1 { begin_file() }
FILENAME ~ /\.def$/ { learn_cipher($0); next }
record == "" && (/^#/ || /^(Value|Protocol),/) { next }
{
	record = record $0
	if (gsub(/"/, "\"", record) % 2) { record = record " "; next }
	take_record(record)
	record = ""
}
END { finish() }

function know_tables(list,    word, n, i) {
	n = split(list, word, " ")
	for (i = 1; i < n; i += 2) {
		table_of[word[i] ".csv"] = word[i + 1]
		table[++n_tables] = word[i + 1]
	}
}

# Key exchange, authentication, and whether the long-term key's holder cannot read a recording.
function know_key_exchanges() {
	kx["NULL"] = "NULL NULL false"
	kx["RSA"] = kx["RSA_FIPS"] = "RSA RSA false"
	kx["DH_RSA"] = "DH RSA false"; kx["DH_DSS"] = "DH DSS false"
	kx["DHE_RSA"] = "DHE RSA true"; kx["DHE_DSS"] = "DHE DSS true"
	kx["DH_anon"] = "DHE ANON true"
	kx["ECDH_RSA"] = "ECDH RSA false"; kx["ECDH_ECDSA"] = "ECDH ECDSA false"
	kx["ECDHE_RSA"] = "ECDHE RSA true"; kx["ECDHE_ECDSA"] = "ECDHE ECDSA true"
	kx["ECDH_anon"] = "ECDHE ANON true"
	kx["PSK"] = "PSK PSK false"; kx["RSA_PSK"] = "RSA_PSK RSA false"
	kx["DHE_PSK"] = kx["PSK_DHE"] = "DHE_PSK PSK true"
	kx["ECDHE_PSK"] = "ECDHE_PSK PSK true"
	kx["SRP_SHA"] = "SRP SRP true"
	kx["SRP_SHA_RSA"] = "SRP RSA true"; kx["SRP_SHA_DSS"] = "SRP DSS true"
	kx["KRB5"] = "KRB5 KRB5 false"
	kx["ECCPWD"] = "ECCPWD PWD true"
	# RFC 9189, 4.2: the premaster secret is sent under the server's certified key.
	kx["GOSTR341112_256"] = kx["GOSTR341094"] = kx["GOSTR341001"] = "GOST GOST false"
	kx["(none)"] = "TLS13 TLS13 true"
}

function know_hashes() {
	hash["NULL"] = "NULL"; hash["MD5"] = "MD5"; hash["SHA"] = "SHA1"; hash["SHA256"] = "SHA256"
	hash["SHA384"] = "SHA384"; hash["SHA512"] = "SHA512"; hash["SM3"] = "SM3"
	hash["OMAC"] = "OMAC"; hash["IMIT"] = "IMIT"; hash["GOSTR3411"] = "GOST94"
}

function begin_file(    name) {
	name = FILENAME
	sub(/^.*\//, "", name)
	if (record != "")
		bad("the file before this one ends inside a quoted field")
	record = ""
	last_code = -1
	reg = name == "alpn-ids.csv" ? "ALPN" : table_of[name]
	if (reg == "" && name !~ /\.def$/)
		bad("no registry has this name")
}

function learn_cipher(line,    part) {
	if (line !~ /^SUITE_CIPHER\(/)
		return
	gsub(/^SUITE_CIPHER\(|\).*$/, "", line)
	split(line, part, / *, */)
	integrity[part[1]] = part[3]
}

function bad(why) {
	printf "%s:%d: %s\n", FILENAME, FNR, why > "/dev/stderr"
	wrong = 1
}

function take_record(line,    field, code, name) {
	split_csv(line, field)
	if (field[2] ~ /^(Unassigned|Reserved)/ || field[2] == "")
		return
	if (reg == "ALPN")
		return take_alpn(field[1], field[2])
	code = number(field[1])
	name = short_name(field[2])
	if (code < 0 || code > (reg == "SSL2_CIPHER" ? 16777215 : 65535) || name ~ /["\\]/)
		return bad("this row cannot be read: " line)
	if (code <= last_code)
		return bad("codes must ascend: " line)
	last_code = code
	rows[reg, ++n_rows[reg]] = sprintf("{0x%04x, \"%s\"}", code, name)
	if (reg == "SUITE")
		suites[n_rows[reg]] = suite(code, name)
	if (reg == "GROUP")
		groups[n_rows[reg]] = group(code, name)
}

# IANA gives the bytes and, when they are text, the text: 0x68 0x32 ("h2").
function take_alpn(protocol, sequence,    id) {
	if (protocol ~ /^Reserved/)
		return
	id = sequence
	sub(/^(0x[0-9A-Fa-f]+ )*\("/, "", id)
	if (id !~ /^[!-~]+"\)$/ || id ~ /\\|".*"/ || protocol ~ /["\\]/)
		return bad("this protocol cannot be read: " sequence)
	sub(/"\)$/, "", id)
	alpns[++n_rows["ALPN"]] = sprintf("{\"%s\", %d, \"%s\"}", id, length(id), protocol)
}

function split_csv(line, field,    i, n, c, quoted) {
	field[1] = ""
	field[2] = ""
	n = 1
	for (i = 1; i <= length(line); i++) {
		c = substr(line, i, 1)
		if (c == "\"" && quoted && substr(line, i + 1, 1) == "\"") {
			field[n] = field[n] c
			i++
		} else if (c == "\"")
			quoted = !quoted
		else if (c == "," && !quoted)
			field[++n] = ""
		else if (c != "\r")
			field[n] = field[n] c
	}
}

# "0x00,0x2F", "0x0401" or "47"; -1 for what is none of them.
function number(text) {
	if (text ~ /^0x[0-9A-Fa-f][0-9A-Fa-f],0x[0-9A-Fa-f][0-9A-Fa-f]$/)
		return hexadecimal(substr(text, 3, 2) substr(text, 8, 2))
	if (text ~ /^0x[0-9A-Fa-f]+$/)
		return hexadecimal(substr(text, 3))
	return text ~ /^[0-9]+$/ ? text + 0 : -1
}

function hexadecimal(digits,    i, sum) {
	sum = 0
	for (i = 1; i <= length(digits); i++)
		sum = sum * 16 + index("123456789abcdef", tolower(substr(digits, i, 1)))
	return sum
}

function short_name(name) {
	sub(/ \((renamed|OBSOLETE).*$/, "", name)
	sub(/_RESERVED$/, "", name)
	return name
}

# --- suites ---------------------------------------------------------------------------------------

function suite(code, name,    s, at, key, rest, old, export, part) {
	if (name ~ /_SCSV$/)
		return "{.name = NULL}"
	s = name
	sub(/^(TLS|SSL)_/, "", s)
	old = sub(/_OLD$/, "", s) ? "_OLD" : ""
	at = index(s, "_WITH_")
	key = at ? substr(s, 1, at - 1) : "(none)"
	rest = at ? substr(s, at + 6) : s
	export = sub(/_EXPORT(1024)?$/, "", key) ? "true" : "false"
	if (rest ~ /_MGM_[LS]$/) # RFC 9367: suites of TLS 1.3, whatever their names say before "WITH"
		key = "(none)"
	if (!(key in kx))
		return bad("unknown key exchange \"" key "\" in " name)
	split(kx[key], part, " ")
	return sprintf("{0x%04x, \"%s\", KX_%s, AUTH_%s, %s, %s, %s}", code, name, part[1], \
		       part[2], protection(name, part[1], rest, old), part[3], aead ", " export)
}

# Cipher, MAC and hash of the handshake; sets `aead`.
function protection(name, exchange, rest, old,    last, cipher, mac) {
	last = rest
	sub(/^.*_/, "", last)
	cipher = rest
	if (last in hash)
		cipher = substr(rest, 1, length(rest) - length(last) - 1)
	if (cipher == "DES_CBC_40")
		cipher = "DES40_CBC" # RFC 2712's word for the same
	if (exchange == "TLS13" && cipher in hash) # RFC 9150: a hash in the cipher's place protects alone
		cipher = "NULL"
	cipher = cipher old # a draft's cipher under the name that its RFC kept
	if (!(cipher in integrity))
		return bad("unknown cipher \"" cipher "\" in " name)
	aead = integrity[cipher] == "AEAD" ? "true" : "false"
	if (aead == "false" && !(last in hash))
		return bad("no MAC in " name)
	mac = aead == "true" ? "NULL" : hash[last]
	return sprintf("CIPHER_%s, HASH_%s, HASH_%s", cipher, mac, handshake_hash(name, rest, exchange, last))
}

# RFC 5246, 5: SHA-256 unless the suite says a stronger one.
function handshake_hash(name, rest, exchange, last) {
	if (name ~ /^TLS_GOSTR341(094|001)_/)
		return "GOST94"
	if (exchange == "GOST" || rest ~ /_MGM_[LS]$/)
		return "STREEBOG256"
	return last ~ /^(SHA384|SHA512|SM3)$/ ? hash[last] : "SHA256"
}

# --- groups ---------------------------------------------------------------------------------------

function group(code, name,    kem, bits, curve) {
	if (name == "CECPQ2") # X25519 and HRSS-701, whose key and ciphertext have 1138 bytes each
		return group_row(code, name, "HYBRID", 32 + 1138, 32 + 1138)
	if (match(name, /(MLKEM|Kyber)[0-9]+(Draft00)?$/)) {
		kem = substr(name, RSTART)
		curve = substr(name, 1, RSTART - 1)
		sub(/Draft00$/, "", kem)
		return kem_group(code, name, digits_of(kem), curve)
	}
	if (name ~ /^ffdhe[0-9]+$/) {
		bits = digits_of(name)
		return group_row(code, name, "FF", bits / 8, bits / 8)
	}
	bits = share_of_curve(name)
	if (bits < 0)
		return bad("unknown group \"" name "\"")
	return group_row(code, name, "EC", bits, bits)
}

function kem_group(code, name, size, curve,    point) {
	if (!(size in kem_key))
		return bad("unknown KEM in group \"" name "\"")
	if (curve == "")
		return group_row(code, name, "KEM", kem_key[size], kem_text[size])
	point = share_of_curve(curve)
	if (point <= 0)
		return bad("unknown curve in group \"" name "\"")
	return group_row(code, name, "HYBRID", point + kem_key[size], point + kem_text[size])
}

function group_row(code, name, kind, client, server) {
	return sprintf("{0x%04x, \"%s\", GROUP_%s, %d, %d}", code, name, kind, client, server)
}

# Bytes of a point: RFC 7748 for two curves, uncompressed as in X9.62 for the others; 0 when that is
# not fixed or not known.
function share_of_curve(name) {
	name = tolower(name)
	if (name == "x25519")
		return 32
	if (name == "x448")
		return 56
	if (name == "curvesm2")
		return uncompressed(256)
	if (name ~ /^sec[tp][0-9]+[kr][12]$/)
		return uncompressed(digits_of(substr(name, 1, length(name) - 2)))
	if (name ~ /^brainpoolp[0-9]+r1(tls13)?$/)
		return uncompressed(substr(name, 11, 3))
	return name ~ /^gc(256|512)[abcd]$|^arbitrary_explicit_(prime|char2)_curves$/ ? 0 : -1
}

function uncompressed(bits) {
	return 1 + 2 * int((bits + 7) / 8)
}

function digits_of(text) {
	gsub(/[^0-9]/, "", text)
	return text + 0
}

# --- the C file -----------------------------------------------------------------------------------

function finish(    t) {
	if (record != "")
		bad("a quoted field does not end")
	for (t = 1; t <= n_tables; t++)
		need_rows(table[t])
	need_rows("ALPN")
	if (wrong)
		exit 1
	print "/* Made by registry.awk from the tables beside it: change those. */"
	print "#include \"dissectors/tls/registry/registry_tables.h\"\n"
	for (t = 1; t <= n_tables; t++)
		print_rows(table[t])
	print "const struct registry_table registry_tables[N_REGISTRIES] = {"
	for (t = 1; t <= n_tables; t++)
		printf "\t[REG_%s] = {rows_%s, %d},\n", table[t], table[t], n_rows[table[t]]
	print "};\n"
	print_infos("const struct suite suite_table", suites, n_rows["SUITE"])
	print_infos("const struct group_info group_table", groups, n_rows["GROUP"])
	print_infos("const struct alpn_row alpn_table", alpns, n_rows["ALPN"])
	printf "const size_t n_alpns = %d;\n", n_rows["ALPN"]
}

function need_rows(t) {
	if (n_rows[t])
		return
	print "registry.awk: no rows for REG_" t > "/dev/stderr"
	wrong = 1
}

function print_rows(t,    i) {
	printf "static const struct registry_row rows_%s[] = {\n", t
	for (i = 1; i <= n_rows[t]; i++)
		printf "\t%s,\n", rows[t, i]
	print "};\n"
}

function print_infos(head, info, n,    i) {
	printf "%s[%d] = {\n", head, n
	for (i = 1; i <= n; i++)
		printf "\t%s,\n", info[i]
	print "};\n"
}
