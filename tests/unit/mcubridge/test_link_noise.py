"""Nothing on the line may make the host raise, stall or grow, at the level of messages too."""

import random
import time
from concurrent.futures import ThreadPoolExecutor

from hypothesis import given, settings
from hypothesis import strategies as st
from mcubridge.link import Link, RequestFailed
from mcubridge.messages import Reply, Request
from support import spec_wire as wire
from support.memory import resident_bytes


class Script:
    """The other half of a line: gives what it was told to, takes all that is written."""

    name = "script"

    def __init__(self) -> None:
        self.pending: list[bytes] = []

    def read(self, timeout_s: float) -> bytes:
        return self.pending.pop(0) if self.pending else b""

    def write(self, data: bytes) -> bool:
        return True

    def close(self) -> None:
        self.pending.clear()


messages = st.one_of(
    st.tuples(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=100)).map(
        lambda parts: bytes(parts[:2]) + parts[2]
    ),
    st.builds(wire.reply, st.integers(0, 255), st.integers(0, 255), st.binary(max_size=20)),
    st.builds(
        wire.data,
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(0, 40),
        st.binary(max_size=100),
    ),
    st.builds(
        wire.hello,
        st.integers(0, 255),
        version=st.integers(0, 2),
        channels=st.integers(0, 255),
        board_time_us=st.integers(0, 2**64 - 1),
    ),
    st.builds(wire.note, st.integers(0, 255), st.binary(max_size=50)),
)


@settings(deadline=None)
@given(st.lists(messages, max_size=30), st.integers(1, 400))
def test_sound_frames_of_any_content_never_raise(said: list[bytes], chunk: int) -> None:
    line = Script()
    link = Link(line, lambda: None)
    answers: list[Reply | None] = []
    for _ in range(20):
        link.post(Request.TUBE, bytes(4), answers.append)
        link.ping()
    stream = b"".join(map(wire.frame, said))
    line.pending = [stream[i : i + chunk] for i in range(0, len(stream), chunk)]
    while line.pending:
        link.pump(0.0)
    link.close()
    assert len(answers) == 20
    known = sum(message[0] == 2 for message in said)
    assert len(link.data) <= known
    assert link.bad_frames <= len(said)
    assert isinstance(link.clock.to_host_ns(2**64 - 1), int)


class Noise(Script):
    """A line that gives nothing but noise, as much as is read."""

    def __init__(self, seed: int, chunk: int) -> None:
        super().__init__()
        self._chance = random.Random(seed)
        self._chunk = chunk

    def read(self, timeout_s: float) -> bytes:
        return self.pending.pop(0) if self.pending else self._chance.randbytes(self._chunk)


def test_an_hour_of_noise_neither_raises_nor_grows() -> None:
    """40 MB are an hour of a full line at 115200 baud. What looks like a frame is weighed too."""
    line = Noise(7, 1 << 16)
    link = Link(line, lambda: None)
    before = 0
    for chunk in range(640):
        link.ping()
        link.pump(0.0)
        if chunk == 100:
            before = resident_bytes()
    assert resident_bytes() - before < 4 << 20
    assert link.bad_frames > 100_000
    assert not link.data
    line.pending = [b"\0" + wire.frame(wire.data(1, 2, 1, bytes(27)))]
    link.pump(0.0)
    assert len(link.data) == 1


def test_noise_does_not_hold_up_who_waits_for_an_answer() -> None:
    link = Link(Noise(9, 4096), lambda: None)
    before = time.monotonic()
    with ThreadPoolExecutor() as pool:
        asking = pool.submit(link.ask, Request.RREG, b"\0\1")
        assert isinstance(asking.exception(10.0), RequestFailed)
    assert 1.45 < time.monotonic() - before < 2.5
