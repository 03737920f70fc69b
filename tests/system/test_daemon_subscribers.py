"""Who comes late, who leaves, who never reads, and who talks nonsense."""

import random
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import msgpack
import pytest
import zmq
from support.daemon import Daemon, Waiting
from support.process import resident_kb
from support.stream import Subscriber, check_sequence


@pytest.fixture(scope="module")
def fast(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Daemon]:
    """A stream of 1500 messages a second."""
    folder = tmp_path_factory.mktemp("fast")
    settings = {"board__rate_hz": 2000, "board__packet_samples": 4, "publish__hwm": 1_000_000}
    source = "sim:?ramp"
    with Daemon(folder, source, "--stream=tcp://127.0.0.1:0", **settings) as daemon:
        daemon.wait_for_state("streaming")
        yield daemon


def test_late_joiners_have_meta_before_their_first_samples(fast: Daemon) -> None:
    endpoints = fast.status()["endpoints"]
    wishes = [("",), ("meta", "env"), ("raw", "meta"), ("e", "m"), ("env", "tick", "raw", "meta")]
    for number in range(60):
        with Subscriber(endpoints[number % 2], *wishes[number % len(wishes)]) as subscriber:
            assert subscriber.take().topic == "meta"
            block = subscriber.until(lambda got: bool(got.payload), "a block")
            meta = subscriber.of("meta")[-1]
            assert meta["session"] == block["session"]
            assert len(meta["channels"]) == block.samples.shape[1]


def test_many_joiners_at_once(fast: Daemon) -> None:
    with ExitStack() as open_ones:
        many = [open_ones.enter_context(fast.subscribe("meta", "env")) for _ in range(25)]
        for subscriber in many:
            assert subscriber.take().topic == "meta"
            subscriber.next("env")
        end = max(subscriber.next("env").end for subscriber in many) + 100
        for subscriber in many:
            subscriber.until(lambda got: got.topic == "env" and got.end > end, "the same block")
        same = [[got for got in one.of("env") if got["first"] == end - 4] for one in many]
        assert len({tuple(got.payload for got in blocks) for blocks in same}) == 1
        assert len(same[0]) == 1
        for subscriber in many:
            check_sequence(subscriber.seen)


def test_one_who_wants_envelopes_alone_gets_them(fast: Daemon) -> None:
    """SUB itself keeps the meta from him that the daemon sends; XSUB shows it."""
    with fast.subscribe("env") as subscriber:
        for _ in range(10):
            assert subscriber.take().topic == "env"
    with zmq.Context() as context, context.socket(zmq.XSUB) as socket_:
        socket_.linger = 0
        socket_.connect(fast.stream)
        socket_.send(b"\x01env")
        assert socket_.poll(10_000)
        assert socket_.recv_multipart()[0] == b"meta"


def test_one_may_change_his_mind(fast: Daemon) -> None:
    with zmq.Context() as context, context.socket(zmq.SUB) as socket_:
        socket_.linger = 0
        socket_.connect(fast.stream)
        for topic in (b"env", b"raw", b"emg"):
            socket_.subscribe(topic)
            while socket_.recv_multipart()[0] != topic:
                pass
            socket_.unsubscribe(topic)
        while socket_.poll(300):  # what was under way, and then nothing
            socket_.recv_multipart()
        socket_.subscribe(b"meta")
        assert socket_.poll(10_000)
        topic, header, _ = socket_.recv_multipart()
        assert (topic, msgpack.unpackb(header)["v"]) == (b"meta", 1)


def test_bytes_that_are_no_zeromq_hurt_nobody(fast: Daemon) -> None:
    host, _, port = fast.status()["endpoints"][1].removeprefix("tcp://").rpartition(":")
    noise = random.Random(1)
    with fast.subscribe() as subscriber:
        for size in (0, 1, 10, 64, 100, 10_000):
            with closing(socket.create_connection((host, int(port)))) as line:
                line.sendall(noise.randbytes(size))
                subscriber.next("raw")
        begun = subscriber.seen[-1]
        subscriber.until(lambda got: got.topic == "raw" and got.end > begun.end + 500, "more")
        check_sequence(subscriber.seen)
        assert subscriber.of("gap") == []


def test_one_who_never_reads_costs_nobody_a_message_nor_memory(tmp_path: Path) -> None:
    """12 MB go by; a limit of 1000 messages is 2 MB."""
    settings = {"board__packet_samples": 32, "publish__hwm": 1000}
    with ExitStack() as open_ones:
        daemon = open_ones.enter_context(Waiting(tmp_path, **settings))
        board = open_ones.enter_context(daemon.board(tmp_path, ramp=True, channels=16, speed=10))
        daemon.wait_for_state("streaming")  # what had to wait for the start has gone by
        context = open_ones.enter_context(zmq.Context())
        stuck = open_ones.enter_context(context.socket(zmq.SUB))
        stuck.linger = 0
        stuck.rcvhwm = 1
        stuck.subscribe(b"")
        stuck.connect(daemon.stream)
        assert stuck.poll(10_000)
        subscriber = open_ones.enter_context(daemon.subscribe())
        begun = subscriber.next("raw")["first"]
        read_to(subscriber, begun + 5_000)
        before_kb = resident_kb(daemon.pid)
        read_to(subscriber, begun + 65_000)
        grown_kb = resident_kb(daemon.pid) - before_kb
        board.end()
        health = subscriber.next("health")
        check_sequence(subscriber.seen)
        assert health["publish_dropped"] > 0
        assert grown_kb < 6_000
        got = 0
        while stuck.poll(200):
            stuck.recv_multipart()
            got += 1
        assert got < len(subscriber.seen) / 2


def read_to(subscriber: Subscriber, sample: int) -> None:
    subscriber.until(lambda got: got.topic == "raw" and got.end > sample, f"sample {sample}", 60)


META = "board:str firmware:str rate_hz:int channels:list packet_samples:int filter:dict "
META += "mvc_uv:list daemon:str started_ns:int"
HEALTH = "rate_hz:float clock_ppm:float t_error_ms:float samples:int lost:int bad_frames:int "
HEALTH += "reconnects:int publish_dropped:int latency_ms:dict lead_off:list clipped:list "
HEALTH += "noise_uv:list not_spotted:list"
KEYS = {
    b"meta": META,
    b"raw": "first:int n:int t_ns:int step_ns:float dtype:str unit:str status:bytes",
    b"emg": "first:int n:int t_ns:int step_ns:float dtype:str unit:str",
    b"env": "first:int n:int t_ns:int step_ns:float dtype:str unit:str",
    b"tick": "number:int packets:int sample:int t_ns:int lit_ns:int",
    b"health": HEALTH,
}


def test_every_message_is_of_the_contracts_form(fast: Daemon) -> None:
    with zmq.Context() as context, context.socket(zmq.SUB) as socket_:
        socket_.linger = 0
        socket_.subscribe(b"")
        socket_.connect(fast.stream)
        session = fast.status()["session"]
        topics = set()
        while topics != KEYS.keys():
            assert socket_.poll(10_000)
            topic, packed, payload = socket_.recv_multipart()
            topics.add(topic)
            header = msgpack.unpackb(packed)
            assert (header["v"], header["session"]) == (1, session)
            assert type(header["seq"]) is int
            for key, kind in (pair.split(":") for pair in KEYS[topic].split()):
                assert type(header[key]).__name__ == kind
            assert len(payload) == header.get("n", 0) * 8 * 4
