"""Receives bytes and publishes as many in three parts: the least that any daemon can do."""

import json
import socket
import sys
import threading
import time

import msgpack
import zmq


def main() -> None:
    endpoint, host, port = sys.argv[1:]
    ended = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
    publisher = zmq.Context.instance().socket(zmq.PUB)
    publisher.bind(endpoint)
    line = socket.create_connection((host, int(port)))
    line.settimeout(0.1)
    arrivals: dict[int, int] = {}
    first = 0
    payload = bytes(640)
    while not ended.is_set():
        try:
            if not line.recv(1 << 16):
                break
        except TimeoutError:
            continue
        arrivals[first] = time.monotonic_ns()
        header = msgpack.packb({"first": first, "status": bytes(180)})
        publisher.send_multipart((b"raw", header, payload))
        first += 20
    json.dump(arrivals, sys.stdout)


main()
