"""Prints the newest envelope of every channel. Needs pyzmq, msgpack and numpy."""

import sys

import msgpack
import numpy as np
import zmq

stream = zmq.Context().socket(zmq.SUB)
stream.connect(sys.argv[1] if len(sys.argv) > 1 else "tcp://127.0.0.1:5556")
stream.subscribe("meta")
stream.subscribe("env")
names: list[str] = []
while True:
    topic, packed, payload = stream.recv_multipart()
    header = msgpack.unpackb(packed)
    if topic == b"meta":
        names = [channel["name"] for channel in header["channels"]]
    else:
        env = np.frombuffer(payload, header["dtype"]).reshape(header["n"], -1)
        newest = dict(zip(names, env[-1].astype(float).round(1).tolist(), strict=True))
        print(header["first"], newest, flush=True)
