// The story's dialogue by Node: node talk.js serve OPTIONS, or node talk.js ask OPTIONS < REQUEST. OPTIONS are those of Node's
// tls module, as JSON; "key", "cert" and "ca" name files.
const tls = require("tls");
const fs = require("fs");

const options = JSON.parse(process.argv[3]);
for (const name of ["key", "cert", "ca"]) {
	if (options[name]) {
		options[name] = fs.readFileSync(options[name]);
	}
}

const hello = "Hello, your balance is 100 Yuan\n";
const answer = `HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: ${hello.length}\r\n\r\n${hello}`;

if (process.argv[2] == "serve") {
	tls.createServer(options, (talk) => talk.once("data", () => talk.end(answer))).listen(443, "192.0.2.7");
} else {
	const talk = tls.connect({host: "192.0.2.7", port: 443, servername: "www.lab.test", ...options}, () =>
		talk.write(fs.readFileSync(0)));
	talk.pipe(process.stdout);
}
