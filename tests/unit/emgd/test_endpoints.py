"""Who could connect to what the daemon's sockets are bound to."""

import pytest
from emgd.endpoints import is_local, stream_faults
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    "endpoint",
    [
        *("tcp://127.0.0.1:5556", "tcp://127.9.9.9:1", "tcp://localhost:5556", "tcp://[::1]:5556"),
        *("tcp://lo:5556", "ipc:///run/emgd/stream", "ipc://@abstract", "inproc://x"),
    ],
)
def test_this_pc_alone(endpoint: str) -> None:
    assert is_local(endpoint)
    assert stream_faults([endpoint], endpoint, anywhere=False) == []


@pytest.mark.parametrize(
    "endpoint",
    [
        *("tcp://0.0.0.0:5556", "tcp://*:5556", "tcp://192.168.1.5:5556", "tcp://eth0:5556"),
        *("tcp://[::]:5556", "tcp://[fe80::1]:5556", "tcp://lab-pc:5556", "tcp://:5556"),
        *("tcp://127.0.0.1@0.0.0.0:5556", "tcp://0.0.0.0:5556#@127.0.0.1", "tcp://128.0.0.1:1"),
        *("tcp://lo:80@eth0:1", "tcp://127.0.0.1.example.org:1", "tcp://"),
    ],
)
def test_others_too(endpoint: str) -> None:
    assert not is_local(endpoint)
    [of_stream, of_control] = stream_faults([endpoint], endpoint, anywhere=False)
    assert of_stream.startswith("stream: ")
    assert of_control.startswith("control: ")
    for fault in (of_stream, of_control):
        assert endpoint in fault
        assert "insecure = true" in fault
    assert stream_faults([endpoint], endpoint, anywhere=True) == []


def test_no_endpoint_at_all() -> None:
    [fault] = stream_faults([], "ipc:///x", anywhere=False)
    assert "at least one endpoint" in fault


@pytest.mark.parametrize("endpoint", ["", "5556", "127.0.0.1:5556", "udp://x:1", "tcp://[::1"])
def test_what_is_no_endpoint(endpoint: str) -> None:
    [fault] = stream_faults([endpoint], "ipc:///x", anywhere=True)
    assert "is no endpoint" in fault


@given(st.text() | st.text().map("tcp://{}".format) | st.text().map("ipc://{}".format))
def test_whatever_is_given(endpoint: str) -> None:
    for fault in stream_faults([endpoint], endpoint, anywhere=False):
        assert fault.partition(":")[0] in ("stream", "control")
