import time

import msgpack
import pytest
import zmq
from emgd.client import ClientError, Control, NoAnswerError


@pytest.fixture
def context():
    with zmq.Context() as made:
        yield made
        made.destroy(linger=0)


@pytest.fixture(params=["tcp", "ipc"])
def router(request, context, tmp_path):
    """A bound ROUTER and its endpoint; whether it answers is the test's business."""
    socket = context.socket(zmq.ROUTER)
    socket.bind("tcp://127.0.0.1:0" if request.param == "tcp" else f"ipc://{tmp_path}/control")
    yield socket, socket.getsockopt_string(zmq.LAST_ENDPOINT)
    socket.close()


def reply(socket, answer):
    """Answer the next request and give what was asked."""
    assert socket.poll(5000)
    identity, empty, body = socket.recv_multipart()
    socket.send_multipart([identity, empty, answer])
    return msgpack.unpackb(body)


def settle(question):
    """Wait for the end of a question, as a program with other things to do would."""
    while (answer := question.answer(wait_s=0.05)) is None:
        pass
    return answer


def test_asks_one_map_and_gives_the_answer(router):
    socket, endpoint = router
    with Control(endpoint) as control:
        question = control.begin("mark", label="film", value=3)
        asked = reply(socket, msgpack.packb({"ok": True, "sample": 7}))
        assert settle(question) == {"ok": True, "sample": 7}
    assert asked == {"do": "mark", "label": "film", "value": 3}


def test_refusal_carries_the_sentence_of_the_daemon(router):
    socket, endpoint = router
    sentence = "a recording runs already: stop it first with `emgd record stop`"
    with Control(endpoint) as control:
        question = control.begin("record.start", name="x")
        reply(socket, msgpack.packb({"ok": False, "code": "busy", "error": sentence}))
        with pytest.raises(ClientError, match="a recording runs already") as refused:
            settle(question)
    assert str(refused.value) == sentence
    assert not isinstance(refused.value, NoAnswerError)


def test_silence_ends_in_time_and_names_the_endpoint(router):
    _, endpoint = router
    began = time.monotonic()
    with Control(endpoint, timeout_s=0.2) as control, pytest.raises(NoAnswerError) as silent:
        control.ask("status")
    assert 0.15 < time.monotonic() - began < 2.0
    assert endpoint in str(silent.value)
    assert "emgd run" in str(silent.value)


def test_nobody_at_the_endpoint_ends_in_time(tmp_path):
    endpoint = f"ipc://{tmp_path}/nobody"
    with Control(endpoint, timeout_s=0.2) as control, pytest.raises(NoAnswerError, match=endpoint):
        control.ask("status")


def test_a_late_answer_is_never_taken_for_that_of_the_next_question(router):
    socket, endpoint = router
    with Control(endpoint, timeout_s=0.1) as control:
        with pytest.raises(NoAnswerError):
            control.ask("record.stop")
        identity, empty, _ = socket.recv_multipart()
        later = control.begin("clock")
        socket.send_multipart([identity, empty, msgpack.packb({"ok": True, "path": "/old"})])
        reply(socket, msgpack.packb({"ok": True, "t_ns": 5}))
        assert settle(later) == {"ok": True, "t_ns": 5}


@pytest.mark.parametrize("answer", [b"", b"\xc1", b"HTTP/1.1 400", b"\x80", b"\x81\xa2ok\x01"])
def test_what_is_no_answer_of_a_daemon_is_said_to_be_none(router, answer):
    socket, endpoint = router
    with Control(endpoint) as control:
        question = control.begin("status")
        reply(socket, answer)
        with pytest.raises(NoAnswerError, match="not emgd"):
            settle(question)


@pytest.mark.parametrize("endpoint", ["nonsense", "tcp://", "udp://127.0.0.1:1", ""])
def test_an_endpoint_that_is_none_is_refused_with_an_example(endpoint):
    with Control(endpoint) as control, pytest.raises(ClientError, match="tcp://host:port"):
        control.ask("status")


@pytest.mark.parametrize("value", [2**70, object(), "\udcff"])
def test_what_msgpack_cannot_carry_is_refused(value):
    with Control("tcp://127.0.0.1:9") as control, pytest.raises(ClientError, match="'mark' cannot"):
        control.ask("mark", label="x", value=value)
