// Makes an ML-DSA-65 key and a certificate for www.lab.test signed by itself (RFC 9881), new.key and new.pem: Debian's openssl
// cannot do so yet.
const crypto = require("crypto");
const fs = require("fs");

function der(tag, ...parts) {
	const content = Buffer.concat(parts);
	const size = content.length;
	const length = size < 128 ? [size] : size < 256 ? [0x81, size] : [0x82, size >> 8, size & 255];
	return Buffer.concat([Buffer.from([tag, ...length]), content]);
}

const sequence = (...parts) => der(0x30, ...parts);
const oid = (hex) => der(0x06, Buffer.from(hex, "hex"));
const time = (text) => der(0x18, Buffer.from(text));

const {privateKey, publicKey} = crypto.generateKeyPairSync("ml-dsa-65");
const algorithm = sequence(oid("608648016503040312"));
const name = sequence(der(0x31, sequence(oid("550403"), der(0x0c, Buffer.from("www.lab.test")))));
const names = sequence(oid("551d11"), der(0x04, sequence(der(0x82, Buffer.from("www.lab.test")))));
const signed = sequence(der(0xa0, der(0x02, Buffer.from([2]))), der(0x02, Buffer.from([1])), algorithm, name,
	sequence(time("20260101000000Z"), time("20560101000000Z")), name, publicKey.export({format: "der", type: "spki"}),
	der(0xa3, sequence(names)));
const certificate = sequence(signed, algorithm, der(0x03, Buffer.from([0]), crypto.sign(null, signed, privateKey)));
const lines = certificate.toString("base64").match(/.{1,64}/g).join("\n");

fs.writeFileSync("new.pem", `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`);
fs.writeFileSync("new.key", privateKey.export({format: "pem", type: "pkcs8"}));
