import msgpack
import pytest
import zmq
from emgd.client import Message, Subscription, decode, stream_endpoint
from hypothesis import given
from hypothesis import strategies as st


@pytest.fixture(params=["tcp", "ipc"])
def publisher(request, tmp_path):
    with zmq.Context() as context, context.socket(zmq.XPUB) as socket:
        socket.linger = 0
        socket.bind("tcp://127.0.0.1:0" if request.param == "tcp" else f"ipc://{tmp_path}/stream")
        yield socket


def endpoint(publisher):
    return publisher.getsockopt_string(zmq.LAST_ENDPOINT)


def joined(publisher, topics):
    """Wait until the publisher knows that it is subscribed to."""
    for _ in topics:
        assert publisher.poll(5000)
        publisher.recv()


def send(publisher, topic, payload=b"", session="s", **fields):
    header = {"v": 1, "session": session, **fields}
    publisher.send_multipart([topic.encode(), msgpack.packb(header), payload])


def test_gives_what_was_published_of_the_topics_asked_for(publisher):
    topics = ["env", "mark"]
    with Subscription(endpoint(publisher), topics) as stream:
        joined(publisher, topics)
        send(publisher, "raw", seq=0)
        send(publisher, "env", b"\1\2", seq=0, first=40)
        send(publisher, "mark", seq=0, label="Lächeln")
        env, mark = stream.receive(5), stream.receive(5)
        assert env == Message("env", {"v": 1, "session": "s", "seq": 0, "first": 40}, b"\1\2")
        assert mark.header["label"] == "Lächeln"
        assert stream.receive(0.01) is None


def test_counts_what_seq_skips_for_each_topic_and_session(publisher):
    with Subscription([endpoint(publisher)], ["env", "tick"]) as stream:
        joined(publisher, ["env", "tick"])
        for topic, session, seq in (
            ("env", "a", 10),  # joined late: what came before is not missed
            ("env", "a", 11),
            ("tick", "a", 0),
            ("env", "a", 15),  # 12, 13 and 14 are
            ("tick", "a", 2),  # and 1
            ("env", "b", 0),  # started again
            ("env", "b", 1),
        ):
            send(publisher, topic, session=session, seq=seq)
        for _ in range(7):
            assert stream.receive(5) is not None
        assert stream.missed == {"env": 3, "tick": 1}


def test_what_cannot_be_read_is_counted_and_left_out(publisher):
    rubbish = [
        [b"env"],
        [b"env", b"", b""],
        [b"env", b"\xc1\xc1", b""],
        [b"env", msgpack.packb([1]), b""],
        [b"env", msgpack.packb({"v": 2, "session": "s", "seq": 0}), b""],
        [b"env\xff", msgpack.packb({"v": 1}), b""],
        [b"env", msgpack.packb({"v": 1}), b"", b""],
    ]
    with Subscription(endpoint(publisher), ["env"]) as stream:
        joined(publisher, ["env"])
        for parts in rubbish:
            publisher.send_multipart(parts)
        send(publisher, "env", seq=4)
        assert stream.receive(5).header["seq"] == 4
        assert stream.unreadable == len(rubbish)


@given(st.lists(st.binary(), max_size=4))
def test_any_bytes_are_a_message_or_none(parts):
    message = decode(parts)
    assert message is None or (message.header["v"] == 1 and message.payload == parts[2])


def test_deeply_nested_bytes_are_no_message():
    assert decode([b"env", b"\x91" * 100_000, b""]) is None


@given(st.recursive(st.none() | st.integers() | st.text(), st.lists), st.text())
def test_any_answer_and_any_control_give_an_endpoint(endpoints, control):
    assert "://" in stream_endpoint({"endpoints": endpoints}, control)


@pytest.mark.parametrize(
    ("bound", "control", "wanted"),
    [
        (["tcp://127.0.0.1:7000"], "tcp://127.0.0.1:5557", "tcp://127.0.0.1:7000"),
        (["tcp://127.0.0.1:7000"], "tcp://localhost:5557", "tcp://127.0.0.1:7000"),
        (["tcp://127.0.0.1:7000"], "ipc:///run/x", "tcp://127.0.0.1:7000"),
        (["tcp://0.0.0.0:7000"], "tcp://lab-pc:5557", "tcp://lab-pc:7000"),
        (["tcp://*:7000"], "tcp://127.0.0.1:5557", "tcp://127.0.0.1:7000"),
        (["tcp://[::]:7000"], "tcp://[fe80::1]:5557", "tcp://[fe80::1]:7000"),
        # From another PC neither a loopback address nor a socket file leads to the daemon.
        (
            ["tcp://127.0.0.1:7000", "ipc:///tmp", "tcp://10.0.0.5:7001"],
            "tcp://10.0.0.5:5557",
            "tcp://10.0.0.5:7001",
        ),
        (["ipc:///no/such/file", "tcp://127.0.0.1:7000"], "ipc:///c", "tcp://127.0.0.1:7000"),
        (None, "tcp://127.0.0.1:9999", "tcp://127.0.0.1:5556"),
        ([], "tcp://lab-pc:9999", "tcp://lab-pc:5556"),
        ([7, "nonsense"], "tcp://lab-pc:9999", "tcp://lab-pc:5556"),
    ],
)
def test_the_stream_is_named_as_the_client_can_reach_it(bound, control, wanted):
    assert stream_endpoint({"endpoints": bound}, control) == wanted
