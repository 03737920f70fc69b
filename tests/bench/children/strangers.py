"""A hundred clients that no daemon lets in, until standard input ends."""

import sys

import zmq

STRANGERS = 100


def main() -> None:
    endpoint, daemon = sys.argv[1], sys.argv[2].encode()
    context = zmq.Context()
    sockets = []
    for number in range(STRANGERS):
        socket = context.socket(zmq.SUB)
        socket.linger = 0
        public, secret = zmq.curve_keypair()
        socket.curve_publickey, socket.curve_secretkey = public, secret
        socket.curve_serverkey = daemon if number % 2 else zmq.curve_keypair()[0]
        socket.subscribe("")
        socket.connect(endpoint)
        sockets.append(socket)
    sys.stdin.read()
    context.destroy(linger=0)


main()
