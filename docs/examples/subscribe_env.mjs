// Prints the newest envelope of every channel. Needs: npm install zeromq @msgpack/msgpack
import { decode } from "@msgpack/msgpack";
import { Subscriber } from "zeromq";

const stream = new Subscriber();
stream.connect(process.argv[2] ?? "tcp://127.0.0.1:5556");
stream.subscribe("meta", "env");
let names = [];
for await (const [topic, packed, payload] of stream) {
  const header = decode(packed, { useBigInt64: true });
  if (String(topic) === "meta") {
    names = header.channels.map((channel) => channel.name);
  } else {
    const { buffer, byteOffset, length } = payload;
    const env = new Float32Array(buffer.slice(byteOffset, byteOffset + length));
    const newest = Array.from(env.slice(-names.length), (uv, i) => [names[i], uv.toFixed(1)]);
    console.log(header.first, Object.fromEntries(newest));
  }
}
