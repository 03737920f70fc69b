"""A replay gives the blocks, gaps and marks of the board it was recorded from."""

import contextlib

import numpy as np
import pytest
from ads1299.block import Block, Gap
from ads1299.source import ChipError, Source, SourceEnded
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.replay import Replay, replay_of


class Clock:
    """Time that passes only when somebody sleeps."""

    def __init__(self):
        self.ns = 5_000_000_000

    def now(self):
        return self.ns

    def sleep(self, seconds):
        self.ns += round(seconds * 1e9)


def header_of(block):
    return {"board_us": block.board_us, "taken_ns": block.taken_ns, "arrival_ns": block.arrival_ns}


@pytest.fixture
def session(stream, lab):
    """Blocks of a board with losses, recorded from the start; the file and the blocks."""
    numbers = np.random.default_rng(7)
    blocks, gap = [], None
    recorder = lab.recorder()
    recorder.offer(*stream.meta())
    recorder.start("session", meta=stream.sent[0][1])
    for i in range(200):
        if i in (40, 41, 120):
            told = stream.gap({40: 60, 41: 0, 120: 1000}[i], "reconnect" if i == 41 else "lost")
            recorder.offer(*told)
            gap = Gap(told[1]["first"], told[1]["missing"], told[1]["reason"])
        at = 1_000_000_000 + stream.first * 1_000_000
        message = stream.raw(
            board_us=stream.first * 1000, taken_ns=at, arrival_ns=at + int(numbers.integers(1e7))
        )
        _, header, payload = message
        counts = np.frombuffer(payload, "<i4").reshape(20, 8)
        times = [header[key] for key in ("board_us", "taken_ns", "arrival_ns")]
        blocks.append(Block(header["first"], counts, header["status"], *times, gap))
        gap = None
        recorder.offer(*message)
        if i % 10 == 5:
            recorder.offer(*stream.mark(f"m{i}", i, sample=stream.first - 33))
    return recorder.stop().path, blocks


def to_the_end(source, timeout_s=0.01):
    """Each block as it comes, until the source says that there are no more."""
    with contextlib.suppress(SourceEnded):
        while True:
            block = source.read(timeout_s)
            if block is not None:
                yield block


def played(source):
    return list(to_the_end(source))


def fields(block, origin_ns):
    return (
        block.first,
        block.counts.tobytes(),
        block.status,
        block.gap,
        block.board_us,
        block.taken_ns - origin_ns,
        block.arrival_ns - origin_ns,
    )


def test_the_blocks_are_the_same(session):
    path, blocks = session
    source: Source = replay_of(f"file://{path}?speed=max")
    board = source.start(lambda: None)
    assert (board.rate_hz, board.channels, board.packet_samples) == (1000, 8, 20)
    assert board.gains == (24,) * 8
    assert not board.has_tube
    got = played(source)
    there, here = blocks[0].arrival_ns, got[0].arrival_ns
    assert [fields(b, here) for b in got] == [fields(b, there) for b in blocks]
    with pytest.raises(SourceEnded):
        source.read(0)
    assert not source.streaming
    source.close()
    source.close()


def test_the_same_settings_give_the_same_signals_bit_for_bit(session):
    path, blocks = session
    source = replay_of(f"file://{path}?speed=max")
    board = source.start(lambda: None)
    plan = design(FilterPlan(mains_hz=50), board.rate_hz)
    live, again = Chain(plan, board.uv_per_count), Chain(plan, board.uv_per_count)

    def signals(chain, some):
        out = []
        for block in some:
            if block.gap is not None:
                chain.bridge()
            out.append(chain.process(block.counts).copy())
        return np.concatenate(out, axis=1)

    assert signals(live, blocks).tobytes() == signals(again, played(source)).tobytes()


@pytest.mark.parametrize("speed", [1.0, 4.0])
def test_blocks_come_when_they_are_due(session, speed):
    path, blocks = session
    clock = Clock()
    source = Replay(path, speed, clock.now, clock.sleep)
    source.start(lambda: None)
    begun_ns = clock.ns
    for block in to_the_end(source, 0.003):
        due_ns = (block.arrival_ns - begun_ns) / speed
        assert -1 <= clock.ns - begun_ns - due_ns <= 1000
    whole_ns = blocks[-1].arrival_ns - blocks[0].arrival_ns
    assert clock.ns - begun_ns == pytest.approx(whole_ns / speed, abs=4_000_000)


def test_waiting_calls_idle_often_enough(session):
    path, _ = session
    clock = Clock()
    called = []
    source = Replay(path, 1.0, clock.now, clock.sleep)
    source.start(lambda: called.append(clock.ns))
    for _ in to_the_end(source, 5.0):
        pass
    assert max(np.diff(called)) <= 50_000_000


def test_recorded_utc_comes_with_it(session, stream):
    path, _ = session
    source = replay_of(f"file://{path}?speed=max")
    source.start(lambda: None)
    for block in played(source):
        assert block.taken_ns + source.utc_offset_ns == stream.t_ns(block.first)


def test_marks_come_again_at_their_samples(session, stream):
    path, _ = session
    source = replay_of(f"file://{path}?speed=max")
    source.start(lambda: None)
    got = []
    for block in to_the_end(source, 0):
        marks = source.events_before(block.end)
        assert all(m.header["sample"] < block.end for m in marks)
        assert source.events_before(block.end) == []
        got += marks
    assert [m.header for m in got] == [header for header, _ in stream.packed("mark")]


def test_a_hole_in_the_file_alone_is_a_gap_too(lab, make_stream):
    stream = make_stream(4)
    recorder = lab.recorder()
    recorder.start("hole")
    for i in range(6):
        message = stream.raw() if i else stream.meta()
        if i != 3:
            recorder.offer(*message)
    source = Replay(recorder.stop().path, float("inf"))
    source.start(lambda: None)
    assert [b.gap for b in played(source)] == [None, None, Gap(40, 20, "overrun"), None]


def test_without_the_clocks_the_recorded_times_do(lab, stream):
    recorder = lab.recorder()
    recorder.start("plain")
    recorder.offer(*stream.meta())
    for _ in range(5):
        recorder.offer(*stream.raw())
    source = Replay(recorder.stop().path, float("inf"))
    source.start(lambda: None)
    blocks = played(source)
    assert {b.board_us for b in blocks} == {None}
    assert np.diff([b.taken_ns for b in blocks]).tolist() == [20_000_000] * 4
    assert blocks[0].arrival_ns - blocks[0].taken_ns == 20_000_000


@pytest.mark.parametrize("query", ["speed=0", "speed=-1", "speed=fast", "speed=nan", "rate=3"])
def test_a_wrong_url_is_told(query):
    with pytest.raises(ChipError, match=query.split("=")[0]):
        replay_of(f"file:///x.mcap?{query}")


def test_a_file_that_cannot_be_replayed_is_told(tmp_path, lab):
    with pytest.raises(ChipError, match=r"none\.mcap"):
        replay_of(f"file://{tmp_path}/none.mcap").start(lambda: None)
    recorder = lab.recorder()
    recorder.start("no-meta")
    path = recorder.stop().path
    with pytest.raises(ChipError, match="no `meta`"):
        replay_of(f"file://{path}").start(lambda: None)
