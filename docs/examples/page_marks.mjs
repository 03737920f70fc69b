// Lets a page in a browser on this PC set marks. Needs: npm install zeromq @msgpack/msgpack
//   node page_marks.mjs http://localhost:8080     the address the page was loaded from
import { createServer } from "node:http";
import { decode, encode } from "@msgpack/msgpack";
import { Request } from "zeromq";

const [page, port = "8123", endpoint = "tcp://127.0.0.1:5557"] = process.argv.slice(2);
const bigints = { useBigInt64: true }; // times in nanoseconds do not fit a number
let last = Promise.resolve(); // a Request socket takes one question at a time

async function ask(question) {
  const control = new Request({ linger: 0, receiveTimeout: 2000 });
  try {
    control.connect(endpoint);
    await control.send(encode(question, bigints));
    return decode((await control.receive())[0], bigints);
  } catch {
    return { ok: false, error: `no answer from ${endpoint}: is emgd running there?` };
  } finally {
    control.close();
  }
}

async function mark(body) {
  const { label, value = null, at_ms } = JSON.parse(body);
  const t_ns = at_ms === undefined ? null : BigInt(Math.round(at_ms * 1000)) * 1000n;
  return ask({ do: "mark", label, value, t_ns });
}

createServer(async (request, response) => {
  if (request.method !== "POST" || request.headers.origin !== page) {
    response.writeHead(403).end();
    return;
  }
  let body = "";
  for await (const part of request) body += part;
  last = last.then(() => mark(body)).catch((error) => ({ ok: false, error: String(error) }));
  const answer = await last;
  response.writeHead(answer.ok ? 200 : 400, { "Access-Control-Allow-Origin": page });
  response.end(JSON.stringify(answer, (_, value) => (typeof value === "bigint" ? `${value}` : value)));
}).listen(Number(port), "127.0.0.1", function () {
  console.log(`marks: http://127.0.0.1:${this.address().port}`);
});
