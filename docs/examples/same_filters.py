"""Filters `raw` with scipy and compares with `emg` and `env`, bit for bit. Needs scipy, too."""

import sys
from typing import Any

import msgpack
import numpy as np
import zmq
from scipy.signal import sosfilt, sosfilt_zi


class Chain:
    """The daemon's chain in scipy's words, carried from block to block."""

    def __init__(self, meta: dict[str, Any]) -> None:
        plan = meta["filter"]
        self.band, self.env = np.array(plan["sos_band"]), np.array(plan["sos_env"])
        self.uv_per_count = np.array([c["uv_per_count"] for c in meta["channels"]])
        self.band_state: Any = None
        self.env_state = np.zeros((len(self.env), 2, len(self.uv_per_count)))
        settle_s = 1 / plan["band_hz"][0]
        if plan["notch_hz"]:
            settle_s = max(settle_s, 3 * 12.5 / (np.pi * plan["notch_hz"][0]))
        self.settle, self.settling = round(settle_s * meta["rate_hz"]), 0

    def process(self, counts: Any) -> dict[str, Any]:
        """Give emg and env of a block in microvolts."""
        uv = counts * self.uv_per_count
        if self.band_state is None:  # as if the first sample had been there for ever
            self.band_state = sosfilt_zi(self.band)[:, :, None] * uv[0]
        emg, self.band_state = sosfilt(self.band, uv, axis=0, zi=self.band_state)
        rectified = np.abs(emg)
        if self.settling:
            rectified[: self.settling] = self.held
            self.settling = max(0, self.settling - len(counts))
        env, self.env_state = sosfilt(self.env, rectified, axis=0, zi=self.env_state)
        self.last_env = env[-1].astype("<f4")
        return {"emg": emg.astype("<f4"), "env": env.astype("<f4")}

    def gap(self) -> None:
        """Samples are missing before the next block: the band starts anew, the envelope waits."""
        if self.band_state is not None:
            self.band_state, self.settling = None, self.settle
            self.held = np.maximum(self.last_env, 0)


stream = zmq.Context().socket(zmq.SUB)
stream.rcvhwm = 0
stream.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
stream.subscribe("")
wanted = int(sys.argv[2]) if len(sys.argv) > 2 else 10_000
samples = gaps = 0
topic = b""
meta: dict[str, Any] = {}
while samples < wanted or topic != b"env":
    topic, packed, payload = stream.recv_multipart()
    header = msgpack.unpackb(packed)
    if topic == b"health" and not meta:
        print("listening", flush=True)
    elif topic == b"meta" and header != meta:  # another board; a repetition says nothing new
        chain, meta = Chain(header), header
    elif topic == b"gap":
        chain.gap()
        gaps += 1
    elif payload:
        block = np.frombuffer(payload, header["dtype"]).reshape(header["n"], -1)
        if topic == b"raw":
            if not samples and header["seq"]:
                sys.exit("start this program before the daemon: it needs the first sample")
            expected = chain.process(block)
            samples += len(block)
        elif expected[topic.decode()].tobytes() != block.tobytes():
            sys.exit(f"{topic.decode()} differs from scipy in the block at {header['first']}")
print(f"{samples} samples over {gaps} gaps: emg and env equal scipy's to the last bit")
