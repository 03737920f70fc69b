"""A daemon that is none: speaks spec version 1 of the stream and control socket with invented data.

Written from the contract alone, with pyzmq and msgpack; it shares no code with emgd.
Prints one line of JSON with its endpoints once they are bound. Beside the contract's requests it
takes `fake.health` (fields to overrule), `fake.gap` (`missing`), `fake.quiet` (`quiet`: no samples)
and `fake.send` (`parts`: any bytes, published as they are).
"""

import argparse
import json
import math
import os
import random
import struct
import time

import msgpack
import zmq

RATE_HZ = 1000
PACKET = 20
FACE = [
    ("c1", "frontalis"),
    ("c2", "corrugator supercilii"),
    ("c3", "orbicularis oculi"),
    ("c4", "levator labii superioris alaeque nasi"),
    ("c5", "zygomaticus major"),
    ("c6", "orbicularis oris"),
    ("c7", "depressor anguli oris"),
]


class FakeDaemon:
    """All topics with moving data."""

    def __init__(self, streams, control, channels):
        self.session = f"fake-{os.getpid()}-{time.time_ns()}"
        self.context = zmq.Context()
        self.stream = self.context.socket(zmq.XPUB)
        self.stream.xpub_verbose = True
        self.control = self.context.socket(zmq.ROUTER)
        self.stream.linger = self.control.linger = 0
        self.streams = [self._bind(self.stream, endpoint) for endpoint in streams]
        self.control_endpoint = self._bind(self.control, control)
        self.channels = channels
        self.seq = {}
        self.packets = self.lost = self.first = 0
        self.started_ns = time.time_ns()
        self.recording = None
        self.quiet = False
        self.overruled = {}
        self.moving = {}

    @staticmethod
    def _bind(socket, endpoint):
        socket.bind(endpoint)
        return socket.getsockopt_string(zmq.LAST_ENDPOINT)

    def run(self):
        print(json.dumps({"control": self.control_endpoint, "streams": self.streams}), flush=True)
        poller = zmq.Poller()
        poller.register(self.stream, zmq.POLLIN)
        poller.register(self.control, zmq.POLLIN)
        next_packet = next_health = time.monotonic()
        while True:
            wait_s = min(next_packet, next_health) - time.monotonic()
            ready = dict(poller.poll(max(0, math.ceil(1000 * wait_s))))
            if self.stream in ready and self.stream.recv()[:1] == b"\x01":
                self.publish("meta", self.meta())
            if self.control in ready:
                self.answer(self.control.recv_multipart())
            if time.monotonic() >= next_packet:
                next_packet += PACKET / RATE_HZ
                if not self.quiet:
                    self.packet()
            if time.monotonic() >= next_health:
                next_health += 1.0
                self.publish("health", self.health())

    def publish(self, topic, fields, payload=b""):
        self.seq[topic] = self.seq.get(topic, -1) + 1
        header = {"v": 1, "session": self.session, "seq": self.seq[topic], **fields}
        self.stream.send_multipart([topic.encode(), msgpack.packb(header), payload])

    def meta(self):
        names = [FACE[c] if c < len(FACE) else (f"c{c + 1}", "") for c in range(self.channels)]
        return {
            "board": "fake board",
            "firmware": "0.9",
            "rate_hz": RATE_HZ,
            "channels": [
                {"name": n, "muscle": m, "gain": 24, "uv_per_count": 0.0223517, "active": True}
                for n, m in names
            ],
            "packet_samples": PACKET,
            "filter": {"mains_hz": 0},
            "spotter": {},
            "mvc_uv": [400.0] + [None] * (self.channels - 1),
            "daemon": "9.9-fake",
            "started_ns": self.started_ns,
        }

    def health(self):
        recording = None
        if self.recording is not None:
            samples = self.first - self.recording["from"]
            recording = {
                "path": self.recording["path"],
                "samples": samples,
                "bytes": 4096 + 60 * samples,
                "free_bytes": 120_000_000_000,
            }
        return {
            "rate_hz": 999.98,
            "clock_ppm": -20.0,
            "t_error_ms": 0.42,
            "samples": self.first,
            "lost": self.lost,
            "bad_frames": 0,
            "reconnects": 0,
            "publish_dropped": 0,
            "latency_ms": {"p50": 0.31, "p99": 0.84, "max": 2.1},
            "recording": recording,
            "lead_off": [False] * self.channels,
            "clipped": [False] * self.channels,
            "noise_uv": [1.5] * self.channels,
            "not_spotted": [None] * self.channels,
            **self.overruled,
        }

    def time_of(self, sample):
        return self.started_ns + sample * 10**9 // RATE_HZ

    def envelope(self, sample, channel):
        """Rest, and a burst of 0.3 s every few seconds, each channel with its own height."""
        phase = (sample / RATE_HZ + 0.7 * channel) % (3 + 0.5 * channel)
        burst = math.exp(-(((phase - 1) / 0.15) ** 2)) * (20 + 12 * channel)
        return 2 + 0.4 * random.random() + burst

    def packet(self):
        samples = range(self.first, self.first + PACKET)
        values = [self.envelope(s, c) for s in samples for c in range(self.channels)]
        place = {
            "first": self.first,
            "n": PACKET,
            "t_ns": self.time_of(self.first),
            "step_ns": 1e9 / RATE_HZ,
        }
        floats = struct.pack(f"<{len(values)}f", *values)
        counts = struct.pack(f"<{len(values)}i", *(int(v / 0.0223517) for v in values))
        chips = -(-self.channels // 8)
        status = b"\xc0\x00\x00" * PACKET * chips
        raw = {"dtype": "<i4", "unit": "count", "status": status}
        self.publish("raw", place | raw, counts)
        for topic in ("emg", "env"):
            self.publish(topic, place | {"dtype": "<f4", "unit": "uV", "status": status}, floats)
        self.first += PACKET
        self.packets += 1
        if self.packets % 2 == 0:
            tick = {"number": self.packets // 2, "packets": self.packets, "sample": self.first - 1}
            self.publish("tick", tick | {"t_ns": self.time_of(self.first), "lit_ns": None})
        if self.packets % 10 == 0:
            self.spot()

    def spot(self):
        """Say that a channel moves, and what became of it."""
        for channel in range(min(self.channels, 7)):
            moves = self.envelope(self.first, channel) > 10
            if moves and channel not in self.moving:
                self.moving[channel] = self.first
                self.publish("onset", self._movement(channel))
            elif not moves and channel in self.moving:
                onset = self._movement(channel)
                began = self.moving.pop(channel)
                if channel == 3:
                    self.publish("retract", {"id": onset["id"]})
                else:
                    self.publish("interval", onset | self._rest(began))

    def _movement(self, channel):
        onset = self.moving[channel]
        return {
            "id": f"{channel}-{onset}",
            "channel": channel,
            "muscle": FACE[channel][1],
            "onset": onset,
            "t_ns": self.time_of(onset),
        }

    def _rest(self, began):
        return {
            "also": [5],
            "apex": began + 100,
            "offset": self.first,
            "duration_ms": float(self.first - began),
            "peak_uv": 41.3,
            "mvc_pct": 8.1,
            "iemg": 71.0,
            "kind": "ME",
            "aus": [12],
            "emotions": ["happiness"],
            "detector": "fake",
        }

    def answer(self, parts):
        *route, body = parts
        try:
            request = msgpack.unpackb(body)
            answer = {"ok": True, **self.do(request)}
        except (ValueError, TypeError, KeyError, zmq.ZMQError) as error:
            answer = {"ok": False, "code": "bad", "error": f"that is no request: {error}"}
        self.control.send_multipart([*route, msgpack.packb(answer)])

    def do(self, request):
        match request["do"]:
            case "status":
                state = "waiting" if self.quiet else "streaming"
                now = {"meta": self.meta(), "health": self.health(), "state": state}
                return now | {"endpoints": self.streams}
            case "clock":
                return {"t_ns": time.time_ns()}
            case "mark":
                return self.mark(request)
            case "record.start":
                path = f"/data/{request['name']}.mcap"
                self.recording = {"path": path, "from": self.first}
                return {"path": path}
            case "record.stop":
                self.recording = None
                return {}
            case "fake.health":
                self.overruled = request["fields"]
            case "fake.gap":
                gap = {"first": self.first, "missing": request["missing"], "reason": "lost"}
                self.publish("gap", gap | {"t_ns": self.time_of(self.first)})
                self.first += request["missing"]
                self.lost += request["missing"]
            case "fake.quiet":
                self.quiet = request["quiet"]
            case "fake.send":
                self.stream.send_multipart(request["parts"])
            case unknown:
                raise ValueError(f"unknown: {unknown}")
        return {}

    def mark(self, request):
        if not request["label"]:
            raise ValueError("a mark needs a label")
        t_ns = request.get("t_ns") or time.time_ns()
        sample = (t_ns - self.started_ns) * RATE_HZ // 10**9
        place = {"sample": max(0, sample), "t_ns": t_ns}
        said = {"label": request["label"], "value": request["value"], "source": "control"}
        self.publish("mark", place | said)
        return place


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--stream", action="append", required=True)
    parser.add_argument("--control", required=True)
    parser.add_argument("--channels", type=int, default=8)
    args = parser.parse_args()
    FakeDaemon(args.stream, args.control, args.channels).run()


if __name__ == "__main__":
    main()
