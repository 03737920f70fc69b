"""The stream's socket: `meta` before all else, and nobody waits for anybody."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import zmq
from emgd.publish import EndpointError, Publisher
from hypothesis import given, settings
from hypothesis import strategies as st

Context = zmq.Context[zmq.Socket[bytes]]


@pytest.fixture
def context() -> Iterator[Context]:
    with zmq.Context() as context:
        yield context
        context.destroy(linger=0)


@pytest.fixture
def publisher(context: Context, tmp_path: Path) -> Iterator[Publisher]:
    with closing(Publisher(context, [f"ipc://{tmp_path}/stream"], hwm=100)) as publisher:
        yield publisher


class Reader:
    """A subscriber, and a publisher that serves while it is read."""

    def __init__(
        self,
        context: Context,
        publisher: Publisher,
        *topics: bytes,
        kind: int = zmq.SUB,
        endpoint: str = "",
    ) -> None:
        self._publisher = publisher
        self.socket = context.socket(kind)
        self.socket.setsockopt(zmq.LINGER, 0)
        self.socket.setsockopt(zmq.RCVHWM, 0)
        for topic in topics:
            self.subscribe(topic)
        self.socket.connect(endpoint or publisher.endpoints[0])

    def subscribe(self, topic: bytes) -> None:
        if self.socket.type == zmq.XSUB:
            self.socket.send(b"\x01" + topic)
        else:
            self.socket.subscribe(topic)

    def read(self, meta: Callable[[], bytes | None] = lambda: b"M") -> list[bytes]:
        """The next message, while the publisher serves."""
        deadline = time.monotonic() + 10
        while not self.socket.poll(1):
            assert time.monotonic() < deadline, "nothing came"
            self._publisher.serve(meta)
        return list(self.socket.recv_multipart())

    def rest(self) -> list[list[bytes]]:
        """What is there and still comes, in order."""
        got = []
        while self.socket.poll(100):
            got.append(list(self.socket.recv_multipart()))
        return got


def test_meta_comes_before_the_first_message(context: Context, publisher: Publisher) -> None:
    for topics in ([b""], [b"meta", b"env"], [b"env", b"meta"], [b"e", b"m"]):
        reader = Reader(context, publisher, *topics)
        with closing(reader.socket):
            assert reader.read() == [b"meta", b"M", b""]
            sample = [b"env", b"h", b"p"]
            got = [b"meta", b"M", b""]
            while got != sample:
                assert got == [b"meta", b"M", b""]
                publisher.send(*sample)
                got = reader.read()


def test_a_pipe_that_asked_for_one_topic_gets_meta_too(
    context: Context, publisher: Publisher
) -> None:
    """SUB drops what it did not ask for; XSUB shows what the publisher really sent."""
    reader = Reader(context, publisher, kind=zmq.XSUB)
    with closing(reader.socket):
        reader.subscribe(b"env")
        assert reader.read() == [b"meta", b"M", b""]
        publisher.send(b"raw", b"not asked for")
        publisher.send(b"env", b"h", memoryview(b"p"))
        publisher.send(b"meta", b"M2")
        assert reader.rest() == [[b"env", b"h", b"p"], [b"meta", b"M2", b""]]


def test_who_comes_before_there_is_a_meta_gets_it_with_the_others(
    context: Context, publisher: Publisher
) -> None:
    reader = Reader(context, publisher, b"")
    with closing(reader.socket):
        for _ in range(5):
            publisher.serve(lambda: None)
            assert not reader.socket.poll(10)
        publisher.send(b"meta", b"M")
        publisher.send(b"env", b"h")
        assert reader.rest() == [[b"meta", b"M", b""], [b"env", b"h", b""]]


def test_one_who_leaves_takes_nothing_from_one_who_comes(
    context: Context, publisher: Publisher
) -> None:
    """A viewer is closed and opened again, or two of them change places, at any moment."""
    leaving = Reader(context, publisher, b"")
    assert leaving.read() == [b"meta", b"M", b""]
    for number in range(200):
        coming = Reader(context, publisher, b"env", b"meta")
        leaving.socket.close()
        time.sleep(0.004)  # so that both are there when the publisher looks
        assert coming.read() == [b"meta", b"M", b""]
        expected = [b"env", b"%d" % number, b""]
        deadline = time.monotonic() + 2
        while coming.read() != expected:
            assert time.monotonic() < deadline, f"number {number} gets no samples"
            publisher.send(*expected)
        leaving = coming
    leaving.socket.close()


def test_a_stuck_subscriber_costs_the_others_nothing(
    context: Context, publisher: Publisher
) -> None:
    stuck = Reader(context, publisher, b"")
    reader = Reader(context, publisher, b"")
    stuck.socket.setsockopt(zmq.RCVHWM, 1)
    with closing(stuck.socket), closing(reader.socket):
        assert stuck.read() == [b"meta", b"M", b""]
        assert reader.read() == [b"meta", b"M", b""]
        reader.rest()
        sent = [[b"raw", b"%d" % number, bytes(10_000)] for number in range(1000)]
        got = []
        for message in sent:
            publisher.send(*message)
            while len(got) < len(sent) and reader.socket.poll(1):
                got.append(list(reader.socket.recv_multipart()))
        got += reader.rest()
        assert got == sent
        assert publisher.dropped > 0
        kept = stuck.rest()
        assert 0 < len(kept) < 500  # its own limit, and what the line holds


def test_a_client_that_asks_without_end_does_not_hold_the_samples(
    context: Context, publisher: Publisher
) -> None:
    flood = Reader(context, publisher, kind=zmq.XSUB)
    reader = Reader(context, publisher, b"env")
    ended = threading.Event()

    def ask() -> None:
        with closing(flood.socket) as socket:
            while not ended.is_set():
                socket.send(b"\x01x")
                socket.send(b"\x00x")

    asking = threading.Thread(target=ask)
    asking.start()
    try:
        with closing(reader.socket):
            deadline = time.monotonic() + 10
            for number in range(100):
                publisher.serve(lambda: b"M")
                publisher.send(b"env", b"%d" % number)
            while not reader.socket.poll(1):
                assert time.monotonic() < deadline, "nothing came beside the flood"
                publisher.serve(lambda: b"M")
                publisher.send(b"env", b"late")
    finally:
        ended.set()
        asking.join()


@given(st.lists(st.lists(st.binary(max_size=20), min_size=1, max_size=4), max_size=20))
@settings(max_examples=30, deadline=None)
def test_whatever_a_client_sends_others_are_served(parts: list[list[bytes]]) -> None:
    with (
        zmq.Context() as context,
        TemporaryDirectory() as folder,
        closing(Publisher(context, [f"ipc://{folder}/stream"], hwm=100)) as publisher,
    ):
        odd = Reader(context, publisher, kind=zmq.XSUB)
        with closing(odd.socket):
            for message in parts:
                odd.socket.send_multipart(message)
            reader = Reader(context, publisher, b"")
            with closing(reader.socket):
                assert reader.read() == [b"meta", b"M", b""]


@pytest.mark.parametrize(
    ("endpoint", "words"),
    [
        ("tcp://127.0.0.1:{used}", "something else has it"),
        ("tcp://192.0.2.1:0", "no network interface of this PC has that address"),
        ("tcp://127.0.0.1", "it is no endpoint"),
        ("tcp://", "it is no endpoint"),
        ("tcp://nosuchif0:5556", "no network interface of that name"),
        ("foo://127.0.0.1:0", "are supported"),
        ("nonsense", "it is no endpoint"),
        ("ipc:///no/such/folder/stream", "No such file or directory"),
    ],
)
def test_an_endpoint_that_cannot_be_bound_is_told(
    context: Context, endpoint: str, words: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as used:
        endpoint = endpoint.format(used=used.getsockname()[1])
        with pytest.raises(EndpointError) as refusal:
            Publisher(context, [endpoint], hwm=100)
    assert words in str(refusal.value)
    assert endpoint in str(refusal.value)
    assert "--stream" in str(refusal.value)


@pytest.mark.parametrize("path", ["{folder}/stream", "@{folder}/stream"])
def test_a_file_that_another_one_serves_is_not_taken_from_him(
    context: Context, tmp_path: Path, path: str
) -> None:
    endpoint = "ipc://" + path.format(folder=tmp_path)
    with closing(Publisher(context, [endpoint], hwm=100)) as first:
        with pytest.raises(EndpointError, match="something else has it"):
            Publisher(context, [endpoint], hwm=100)
        reader = Reader(context, first, b"")
        with closing(reader.socket):
            assert reader.read() == [b"meta", b"M", b""]


def test_a_file_that_a_killed_one_left_behind_is_no_hindrance(
    context: Context, tmp_path: Path
) -> None:
    left = tmp_path / "stream"
    with socket.socket(socket.AF_UNIX) as killed:
        killed.bind(str(left))
    assert left.is_socket()
    with closing(Publisher(context, [f"ipc://{left}"], hwm=100)) as publisher:
        reader = Reader(context, publisher, b"")
        with closing(reader.socket):
            assert reader.read() == [b"meta", b"M", b""]


def test_all_endpoints_carry_the_same(context: Context, tmp_path: Path) -> None:
    wanted = ["tcp://127.0.0.1:0", f"ipc://{tmp_path}/stream"]
    with closing(Publisher(context, wanted, hwm=100)) as publisher:
        assert publisher.endpoints[0].startswith("tcp://127.0.0.1:")
        assert not publisher.endpoints[0].endswith(":0")
        assert publisher.endpoints[1] == wanted[1]
        for endpoint in publisher.endpoints:
            reader = Reader(context, publisher, b"", endpoint=endpoint)
            with closing(reader.socket):
                assert reader.read() == [b"meta", b"M", b""]
