#!/usr/bin/env python3
"""Writes the small captures of the fuzz corpora: make_capture.py FOLDER fills FOLDER/source (capture
files of every kind the reader knows, some of them broken) and FOLDER/net (packets of every link type,
as tests/fuzz/fuzz_net.c takes them). The same bytes each time; nothing is recorded from a network."""
import gzip
import os
import struct
import sys

SECONDS = 1700000000


def ipv4(payload, protocol=6, ident=1, at=0, more=0, total=None):
    length = 20 + len(payload) if total is None else total
    return struct.pack('>BBHHHBBH4s4s', 0x45, 0, length, ident, more << 13 | at // 8, 64, protocol, 0,
                       bytes((192, 0, 2, 1)), bytes((198, 51, 100, 2))) + payload


def ipv6(payload, following=6):
    source = bytes.fromhex('20010db8') + bytes(11) + b'\1'
    target = bytes.fromhex('20010db8') + bytes(11) + b'\2'
    return struct.pack('>IHBB', 6 << 28, len(payload), following, 64) + source + target + payload


def tcp(payload=b''):
    return struct.pack('>HHIIBBHHH', 50000, 443, 1, 1, 0x50, 0x18, 1024, 0, 0) + payload


def udp(port, payload):
    return struct.pack('>HHHH', 40000, port, len(payload) + 8, 0) + payload


def ethernet(payload, kind=0x0800):
    return b'\2\0\0\0\0\2\2\0\0\0\0\1' + struct.pack('>H', kind) + payload


def pcap(packets, order='<', magic=0xa1b2c3d4, link=1, snap=65535):
    out = struct.pack(order + 'IHHiIII', magic, 2, 4, 0, 0, snap, link)
    for n, packet in enumerate(packets):
        out += struct.pack(order + 'IIII', SECONDS, n, len(packet), len(packet)) + packet
    return out


def block(kind, body, order='<'):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + 'I', len(body) + 12)
    return struct.pack(order + 'I', kind) + length + body + length


def option(code, value, order='<'):
    return struct.pack(order + 'HH', code, len(value)) + value + bytes(-len(value) % 4)


def section(order='<'):
    return block(0x0a0d0d0a, struct.pack(order + 'IHHq', 0x1a2b3c4d, 1, 0, -1), order)


def interface(link=1, options=b'', order='<'):
    return block(1, struct.pack(order + 'HHI', link, 0, 0) + options, order)


def enhanced(packet, number=0, order='<', captured=None, options=b''):
    time = SECONDS * 10**6
    length = len(packet) if captured is None else captured
    body = struct.pack(order + 'IIIII', number, time >> 32, time & 0xffffffff, length, length)
    return block(6, body + packet + bytes(-len(packet) % 4) + options, order)


def statistics():
    return block(5, struct.pack('<III', 0, 0, 0) + option(5, struct.pack('<Q', 5)) +
                 option(7, struct.pack('<Q', 37)))


def sources():
    one = ethernet(ipv4(tcp(b'hello')))
    good = pcap([one, one])
    yield 'pcap', good
    yield 'pcap-big-nanoseconds', pcap([one], '>', 0xa1b23c4d)
    yield 'pcap-cut', good[:-3]
    yield 'pcap-empty-record', pcap([b'', one])
    yield 'pcap-length-lie', good + struct.pack('<IIII', 0, 0, 0xffffffff, 1)
    yield 'pcap-gzip', gzip.compress(good[:60], mtime=0) + gzip.compress(good[60:], mtime=0)
    yield 'text', b'hello, no capture'
    yield 'pcapng', section() + interface() + enhanced(one) + block(0x0bad, b'abc') + enhanced(one)
    yield 'pcapng-two-sections', (section() + interface() + enhanced(one) + section('>') +
                                  interface(101, option(9, b'\x09', '>'), '>') +
                                  enhanced(ipv4(tcp()), 0, '>'))
    yield 'pcapng-old-blocks', (section() + interface() + block(3, struct.pack('<I', len(one)) + one) +
                                block(2, struct.pack('<HHIIII', 0, 0, 0, 7, len(one), len(one)) + one))
    yield 'pcapng-clocks', (section() + interface(1, option(9, b'\xff') + option(14, b'\x7f' * 8)) +
                            interface(1, option(9, b'\x94')) + enhanced(one) + enhanced(one, 1))
    yield 'pcapng-secrets', (section() + block(10, struct.pack('<II', 0x544c534b, 20) +
                                               b'CLIENT_RANDOM 00 11\n') + interface() + statistics())
    yield 'pcapng-broken', (section() + interface(1, struct.pack('<HH', 2, 60000) + b'eth0') +
                            enhanced(one, 99) + enhanced(one, 0, '<', 65535) + enhanced(one)[:-4] +
                            b'\0\0\0\0' + enhanced(one) + struct.pack('<II', 6, 0))


def packets(link, *frames):
    out = struct.pack('>H', link)
    for frame in frames:
        out += b'\1' + struct.pack('>H', len(frame)) + frame + b'\0'
    return out


def nets():
    four, six = ipv4(tcp(b'hello')), ipv6(tcp(b'hello'))
    tagged = struct.pack('>HH', 5, 0x8100) + struct.pack('>HH', 6, 0x0800) + four
    chain = ipv6(b'\x3c\0' + bytes(6) + b'\x06\0' + bytes(6) + tcp(), 0)
    pieces = [ethernet(ipv4(b'x' * 8, 6, 7, at, at < 16)) for at in (16, 0, 8)]
    clash = [ethernet(ipv4(c * 16, 6, 7, at, 1)) for c, at in ((b'x', 0), (b'y', 8))]
    six_pieces = [ethernet(ipv6(struct.pack('>BBHI', 6, 0, at | more, 9) + b'x' * 8, 44), 0x86dd)
                  for at, more in ((8, 0), (0, 1))]
    yield 'ethernet', packets(1, ethernet(four), ethernet(six, 0x86dd), ethernet(b'arp', 0x0806))
    yield 'vlan', packets(1, ethernet(tagged, 0x88a8), ethernet(b'\0\5\x81\0' * 20, 0x8100))
    yield 'sll', packets(113, bytes(14) + b'\x08\0' + four)
    yield 'sll2', packets(276, b'\x86\xdd' + bytes(18) + six)
    yield 'raw', packets(101, four, six, b'\0')
    yield 'null', packets(0, b'\2\0\0\0' + four, b'\0\0\0\x1e' + six)
    yield 'extensions', packets(1, ethernet(chain, 0x86dd), ethernet(ipv6(b'\x3c\0' + bytes(6), 60), 0x86dd))
    yield 'lies', packets(101, ipv4(tcp(), total=0), ipv4(tcp(), total=10), ipv4(tcp(), total=60000))
    yield 'tunnel', packets(101, ipv4(ipv4(four, 4), 4), ipv4(six, 41))
    inner = b'\2' * 6 + b'\4' * 6 + b'\x08\0' + four
    gtp = b'\x34\xff' + struct.pack('>HI', len(four) + 8, 7) + b'\0\0\0\x85\1\x10\1\0' + four
    wlan = b'\x88\1' + bytes(24) + b'\xaa\xaa\3\0\0\0\x08\0' + four
    yield 'gre', packets(101, *(ipv4(g, 47) for g in (
        b'\xb0\0\x08\0' + bytes(12) + four, b'\x20\0\x65\x58' + bytes(4) + inner,
        b'\x10\0\x88\xbe' + bytes(4) + b'\x10' + bytes(7) + inner,
        b'\x10\0\x22\xeb' + bytes(4) + b'\x20' + bytes(10) + b'\1' + bytes(8) + inner,
        b'\x30\x81\x88\x0b' + bytes(12) + b'\xff\3\0\x21' + four, b'\0\0\x88\x47\0\1\1\x40' + six)))
    yield 'udp-tunnels', packets(101, *(ipv4(udp(port, u), 17) for port, u in (
        (4789, b'\x08' + bytes(7) + inner), (4790, b'\x0c\0\0\1\0\0\7\0' + four),
        (6081, b'\1\0\x65\x58\0\0\7\0\1\2\3\0' + inner), (2152, gtp),
        (1701, b'\x0a\2\0\1\0\1\0\1\0\1\0\0\xff\3\0\x21' + four), (1701, b'\0\3' + bytes(5) + b'\7' + inner),
        (3544, b'\0\1\1\1xx' + bytes(9) + bytes(8) + six), (6635, b'\0\1\1\x40' + four))))
    yield 'ip-tunnels', packets(101, ipv4(b'\4\1' + bytes(10) + four, 51), ipv4(b'\x30\0' + inner, 97),
                                ipv4(bytes(3) + b'\7' + inner, 115), ipv4(b'\0\1\1\x40' + inner, 137))
    yield 'mpls-pppoe', packets(1, ethernet(b'\0\1\0\x40\0\2\1\x40' + bytes(4) + inner, 0x8847),
                                ethernet(b'\x11\0\0\1' + struct.pack('>H', len(four) + 2) + b'\0\x21' + four, 0x8864),
                                ethernet(b'\x22' + bytes(13) + b'\x08\0' + four, 0x88e5),
                                ethernet(b'\xaa\xaa\3\0\0\0\x08\0' + four, len(four) + 8))
    yield 'wlan', packets(105, wlan, b'\x08\x41' + bytes(30), b'\x88\1' + bytes(22) + b'\x80\0' + bytes(30))
    yield 'radiotap', packets(127, b'\0\0\x08\0' + bytes(4) + wlan)
    yield 'nflog', packets(239, b'\2\0\0\0\x08\0\1\0' + bytes(4) + struct.pack('<HH', len(four) + 4, 9) + four)
    yield 'pktap', packets(258, b'\x10\0\0\0\1\0\0\0\x65' + bytes(7) + six)
    yield 'tunnel-fragments', packets(101, *(ipv4((b'\0\0\x08\0' + four)[at:at + 32], 47, 7, at, at == 0)
                                              for at in (0, 32)))
    yield 'fragments', packets(1, *pieces)
    yield 'fragments-clash', packets(1, *clash)
    yield 'fragments-six', packets(1, *six_pieces)


def main(folder):
    for room, files in (('source', sources()), ('net', nets())):
        os.makedirs(os.path.join(folder, room), exist_ok=True)
        for name, content in files:
            with open(os.path.join(folder, room, name), 'wb') as out:
                out.write(content)


if __name__ == '__main__':
    if len(sys.argv) != 2:
        sys.exit('usage: make_capture.py FOLDER')
    main(sys.argv[1])
