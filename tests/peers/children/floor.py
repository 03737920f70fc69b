"""The least that a reader can do: receive, decode with numpy, publish. It checks nothing."""

import socket
import sys

import msgpack
import numpy as np
import zmq

HEAD = 15  # type, tag, counter, t_us, n
STATUS = 3


def main() -> None:
    endpoint, host, port, samples = sys.argv[1:]
    n = int(samples)
    size = HEAD + n * (STATUS + 3 * 8)
    publisher = zmq.Context.instance().socket(zmq.PUB)
    publisher.bind(endpoint)
    line = socket.create_connection((host, int(port)))
    line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    rest, first = b"", 0
    while received := line.recv(1 << 16):
        rest += received
        while len(rest) >= size:
            octets = np.frombuffer(rest[HEAD:size], np.uint8).reshape(n, -1)
            words = octets[:, STATUS:].reshape(n, 8, 3).astype(np.int32)
            counts = (words[..., 0] << 24 | words[..., 1] << 16 | words[..., 2] << 8) >> 8
            header = msgpack.packb({"first": first, "n": n})
            publisher.send_multipart((b"raw", header, counts.tobytes()))
            rest, first = rest[size:], first + n


main()
