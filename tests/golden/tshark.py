"""Holds keyhole's JSON of a capture against what tshark reads in the same file, field by field.

tshark.py KEYHOLE CAPTURE [KEYLOG]: prints every contradiction; exit 1 if there is one.
"""
import collections
import hashlib
import json
import subprocess
import sys

NAMES = {0: "hello_request", 1: "client_hello", 2: "server_hello", 4: "new_session_ticket",
         5: "end_of_early_data", 6: "hello_retry_request", 8: "encrypted_extensions", 11: "certificate",
         12: "server_key_exchange", 13: "certificate_request", 14: "server_hello_done",
         15: "certificate_verify", 16: "client_key_exchange", 20: "finished", 21: "certificate_url",
         22: "certificate_status", 23: "supplemental_data", 24: "key_update",
         25: "compressed_certificate", 67: "next_protocol"}
VERSIONS = {0x0002: "2.0", 0x0300: "3.0", 0x0301: "1.0", 0x0302: "1.1", 0x0303: "1.2", 0x0304: "1.3"}
# SHA-256 of "HelloRetryRequest" (RFC 8446, 4.1.3): the random of a ServerHello that is one
RETRY = "cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c"
FIELDS = ["frame.number", "tcp.stream", "tcp.srcport", "tcp.dstport", "tls.handshake.type",
          "tls.handshake.random", "tls.handshake.version", "tls.handshake.extensions.supported_version",
          "tls.handshake.ciphersuite", "tls.handshake.extension.type", "tls.handshake.session_id",
          "tls.handshake.extensions_server_name", "tls.handshake.extensions_alpn_str",
          "tls.handshake.certificate", "tls.handshake.ja3", "tls.handshake.ja3s"]


def tshark(capture, keylog):
    options = ["-o", "tcp.reassemble_out_of_order:TRUE", "-o", "tls.keylog_file:" + (keylog or "")]
    fields = [word for field in FIELDS for word in ("-e", field)]
    said = subprocess.run(["tshark", "-n", "-r", capture, *options, "-Y", "tls.handshake.type", "-T", "json", *fields],
                          check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    return [packet["_source"]["layers"] for packet in json.loads(said.stdout or "[]")]


def keyhole(program, capture, keylog):
    options = ["-K", keylog] if keylog else []
    said = subprocess.run([program, "--no-env-keylog", "--json", "-q", *options, capture],
                          stdout=subprocess.PIPE, check=False)
    records = [json.loads(line) for line in said.stdout.decode("utf-8").splitlines()]
    return [r for r in records if r["schema"] == "keyhole.session/1" and "tls" in r]


def one(layers, field):
    return layers.get(field, [None])[0]


def plain(text):
    return text.replace(":", "").lower()


def hello(layers, who):
    """What a frame with one hello says, in keyhole's words."""
    versions = [int(v, 16) for v in layers.get("tls.handshake.extensions.supported_version", [])]
    found = {"random": plain(one(layers, "tls.handshake.random") or "")}
    names = layers.get("tls.handshake.extensions_alpn_str", [])
    if who == "client":
        found["server_name"] = one(layers, "tls.handshake.extensions_server_name")
        found["suites"] = len(layers.get("tls.handshake.ciphersuite", []))
        found["extensions"] = len(layers.get("tls.handshake.extension.type", []))
        found["alpn"] = names or None
        found["legacy_version"] = VERSIONS.get(int(one(layers, "tls.handshake.version"), 16))
        found["ja3"] = one(layers, "tls.handshake.ja3")
    else:
        chosen = versions[0] if versions else int(one(layers, "tls.handshake.version"), 16)
        found["version"] = VERSIONS.get(chosen, "1.3" if chosen >> 8 == 0x7f else None)
        found["cipher_id"] = int(one(layers, "tls.handshake.ciphersuite"), 0)
        found["ja3s"] = one(layers, "tls.handshake.ja3s")
    return found


class Stream:
    """What tshark says of one TCP stream."""

    def __init__(self):
        self.ports = None
        self.hello = {}
        self.messages = collections.Counter()
        self.certificates = {"client": [], "server": []}

    def add(self, layers):
        types = [int(t) for t in layers.get("tls.handshake.type", [])]
        ports = (int(one(layers, "tcp.srcport")), int(one(layers, "tcp.dstport")))
        if self.ports is None:
            self.ports = ports if 1 in types or not {2, 11, 14} & set(types) else ports[::-1]
        who = "client" if ports == self.ports else "server"
        retry = plain(one(layers, "tls.handshake.random") or "") == RETRY
        for t in types:
            self.messages[who, NAMES.get(6 if t == 2 and retry else t, t)] += 1
        for der in layers.get("tls.handshake.certificate", []):
            self.certificates[who].append(hashlib.sha256(bytes.fromhex(plain(der))).hexdigest())
        if ((1 in types and who == "client") or (2 in types and who == "server")) and not retry:
            self.hello.setdefault(who, hello(layers, who))


def ours(record):
    """The same of keyhole's record."""
    tls = record["tls"]
    client, server = tls.get("client", {}), tls.get("server", {})
    found = {("client", key): client.get(key) for key in
             ("random", "server_name", "suites", "extensions", "alpn", "legacy_version", "ja3")}
    found["server", "random"] = server.get("random")
    found["server", "ja3s"] = server.get("ja3s")
    found["server", "version"] = tls.get("version")
    found["server", "cipher_id"] = tls.get("cipher_id")
    return found


def compare(record, stream):
    found = ours(record)
    if record["tls"].get("client", {}).get("ssl2_form"):
        stream.hello.pop("client", None)  # tshark has other fields for a hello in SSL 2.0's form
    for who, facts in stream.hello.items():
        for key, value in facts.items():
            if found[who, key] != value:
                yield "%s's %s" % (who, key), found[who, key], value
    for who, letter in (("client", "c"), ("server", "s")):
        counts = {(who, name): n for name, n in record["tls"].get("handshake", {}).get(letter, {}).items()
                  if name != "sealed"}
        theirs = {key: n for key, n in stream.messages.items() if key[0] == who}
        if counts != theirs:
            yield "%s's messages" % who, counts, theirs
        chain = [c["sha256"] for c in record["tls"].get(who, {}).get("chain", [])]
        theirs = stream.certificates[who]
        if record["tls"].get("renegotiated"):
            theirs = theirs[:len(chain)]  # the chain of a session is that of its first handshake
        if (who, "compressed_certificate") in stream.messages or record["tls"].get(who, {}).get("raw_public_key"):
            continue  # tshark 4.0 unpacks nothing, and calls a raw public key (RFC 7250) a certificate
        if chain != theirs:
            yield "%s's certificates" % who, chain, theirs


def main():
    program, capture = sys.argv[1:3]
    keylog = sys.argv[3] if len(sys.argv) > 3 else None
    streams = collections.defaultdict(Stream)
    for layers in tshark(capture, keylog):
        if one(layers, "tcp.stream") is not None:
            streams[one(layers, "tcp.stream")].add(layers)
    by_ports = collections.defaultdict(list)
    for record in keyhole(program, capture, keylog):
        by_ports[record["client"]["port"], record["server"]["port"]].append(record)
    faults = 0
    for number, stream in streams.items():
        records = by_ports.get(stream.ports)
        if not records:
            print("%s, stream %s: keyhole has no session of it" % (capture, number))
            faults += 1
            continue
        for what, said, wanted in compare(records.pop(0), stream):
            print("%s, stream %s: %s: keyhole says %s, tshark %s" % (capture, number, what, said, wanted))
            faults += 1
    sys.exit(faults > 0)


main()
