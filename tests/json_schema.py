"""Reads record lines from standard input with a JSON reader that is not keyhole's and holds each against
the schema given; with --samples it also compares what tests/sessions.c put in."""
import json
import re
import sys

import jsonschema

HOSTILE = (b"a\x1b[31m\x1b]0;x\x07\r\n\xc2\x9b\xe2\x80\xae\xff\xfe\xc3\"\\<b>\t\x7f\xe2\x80\x8b{\\}zzz")
FORBIDDEN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]")


def refuse_constant(word):
    raise ValueError(word + " is not JSON")


def unique(pairs):
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key is repeated: %s" % [key for key, _ in pairs])
    return dict(pairs)


def walk(value, path=""):
    yield path, value
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from walk(inner, path + "/" + key)
    elif isinstance(value, list):
        for inner in value:
            yield from walk(inner, path)


def check_line(number, line, validators):
    if FORBIDDEN.search(line):
        return ["line %d: a character that must be escaped stands there raw" % number]
    record = json.loads(line, object_pairs_hook=unique, parse_constant=refuse_constant)
    kind = record["schema"].split(".")[1].split("/")[0]
    faults = ["line %d %s: %s" % (number, e.json_path, e.message[:200])
              for e in validators[kind].iter_errors(record)]
    for path, value in walk(record):
        if value is None:
            faults.append("line %d %s: null" % (number, path))
    return faults


def check_samples(lines):
    records = [json.loads(line) for line in lines]
    hostile = [r for r in records if r.get("tls", {}).get("client", {}).get("server_name_hex")]
    assert len(hostile) == 1, "one hostile session"
    record = hostile[0]
    assert record["tls"]["client"]["server_name_hex"] == HOSTILE.hex()
    assert record["talk"]["text"]["c_hex"] == HOSTILE.hex()
    assert record["tls"]["server"]["chain"][0]["subject_hex"] == HOSTILE.hex()
    assert record["tls"]["server"]["chain"][0]["names_hex"] == [HOSTILE.hex()]
    assert record["file_hex"] == b"x\n\xff\"".hex()
    plain = next(r for r in records if r["schema"] == "keyhole.session/1" and r["number"] == 1)
    assert plain["time"] == {"start": "2026-11-22T00:00:01.752728Z",
                             "end": "2026-11-22T00:00:01.768728Z", "duration_s": 0.016}
    assert plain["tls"]["cipher_id"] == 0x9c and plain["tls"]["history"] == "CsxnGItiDdLl"
    assert [s["step"] for s in plain["steps"]] == \
        ["1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "10a", "11", "12"]
    opened = next(r for r in records if r["schema"] == "keyhole.session/1" and r["number"] == 5)
    assert opened["talk"]["text"]["s"].endswith("Hello, your balance is 100 Yuan\n")
    assert [s["step"] for s in opened["steps"]] == \
        ["1", "2", "3", "6", "8", "9", "3a", "4", "7", "10s", "5", "10c", "10a", "11", "12"]


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        schema = json.load(file)
    jsonschema.Draft202012Validator.check_schema(schema)
    validators = {
        kind: jsonschema.Draft202012Validator({"$defs": schema["$defs"], "$ref": "#/$defs/" + kind})
        for kind in ("session", "stats", "error")
    }
    lines = sys.stdin.buffer.read().decode("utf-8").split("\n")
    if lines.pop() != "" or not lines:
        sys.exit("no lines, or the last one has no end")
    faults = [f for i, line in enumerate(lines, 1) for f in check_line(i, line, validators)]
    if "--samples" in sys.argv:
        check_samples(lines)
    if faults:
        sys.exit("\n".join(faults[:20]))
    print("%d lines, all as the schema says" % len(lines))


main()
