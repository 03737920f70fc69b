"""Every sample accounted for: what a board sent is what was received and what was told missing.

The board sends its ramp, so that each count tells which sample since START it is.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgpack
import numpy as np
from mcap.reader import make_reader
from numpy.typing import NDArray
from support.board import Board
from support.process import Program
from support.stream import Message, Subscriber, check_sequence

CHANNEL_STEP = 1_000_003  # boardsim --help: sample s of channel c is (s + c * this) mod 2^24 - 2^23


@dataclass
class Run:
    """Samples since one START, as they came: index less number is the same for all of them."""

    base: int
    numbers: list[range]

    @property
    def first(self) -> int:
        return self.numbers[0].start

    @property
    def last(self) -> int:
        return self.numbers[-1].stop - 1


def number_of(counts: NDArray[Any]) -> int:
    """Which sample since START a block begins with; every count of the block has to agree."""
    first = int(counts[0, 0]) + 2**23
    rows = np.arange(first, first + len(counts))[:, None]
    columns = np.arange(counts.shape[1]) * CHANNEL_STEP
    np.testing.assert_array_equal(counts, (rows + columns) % 2**24 - 2**23)
    return first


def runs_of(messages: Iterable[Message]) -> list[Run]:
    """The runs in a stream, while it is checked that indices never overlap nor leave a hole."""
    runs: list[Run] = []
    reached: int | None = None
    for message in messages:
        if message.topic == "gap":
            assert message["missing"] >= 0
            if reached is not None:
                assert message["first"] == reached, "a gap begins where the samples ended"
                reached += message["missing"]
        elif message.topic == "raw":
            assert reached is None or message["first"] == reached, "what is missing was told"
            reached = message.end
            number = number_of(message.samples)
            base = message["first"] - number
            if not runs or number <= runs[-1].last:
                runs.append(Run(base, []))
            assert base == runs[-1].base, "lost samples keep their place in the count"
            runs[-1].numbers.append(range(number, number + message["n"]))
    return runs


def check_account(
    subscriber: Subscriber,
    sent: Sequence[int],
    health: Mapping[str, Any] | None = None,
    under_way: int = 20,
) -> None:
    """`sent` is how many samples the board made in each stream, as far as one arrived of it.

    What was sent after the last sample that arrived lies in the gap that follows, if any does; at
    the very end at most `under_way` samples are those that the board had on its hands.
    """
    runs = runs_of(subscriber.seen)
    assert len(runs) == len(sent), f"{len(runs)} streams arrived, {len(sent)} were sent"
    for run, made, after in zip(runs, sent, [*runs[1:], None], strict=True):
        assert run.last < made, "a sample that was never sent"
        if after is not None:
            assert run.base + made <= after.base + after.first, "the tail lies in the gap"
        else:
            assert made - run.last - 1 <= under_way, "all that was sent came"
    received = sum(len(numbers) for run in runs for numbers in run.numbers)
    samples, lost = before(subscriber)
    told = health or subscriber.next("health")
    if health is None:  # all that came before it belongs to it
        received = sum(message["n"] for message in subscriber.of("raw"))
    assert told["samples"] - samples == received
    assert told["lost"] - lost == sum(gap["missing"] for gap in subscriber.of("gap"))
    check_ticks(subscriber)
    check_sequence(subscriber.seen)


def before(subscriber: Subscriber) -> tuple[int, int]:
    """What the daemon had received and missed before this subscriber's first block."""
    for message in subscriber.seen:
        if message.topic == "health":
            return message["samples"], message["lost"]
        if message.topic in ("raw", "gap"):
            break
    return 0, 0


def check_ticks(subscriber: Subscriber) -> None:
    """A tick each two packets that came, in order, and none left out."""
    ticks = subscriber.of("tick")
    packets = [tick["packets"] for tick in ticks]
    assert packets == list(range(packets[0], packets[0] + 2 * len(packets), 2)) if packets else True
    blocks = {block["seq"] + 1: block for block in subscriber.of("raw")}  # by packets so far
    for tick in ticks:
        if tick["packets"] in blocks:
            assert tick["sample"] == blocks[tick["packets"]].end - 1


def sent_of(board: Board) -> list[int]:
    """How many samples each stream had, of the streams that have ended."""
    return [line["samples"] for line in board.truth if line["type"] == "end"]


def check_recording(paths: Sequence[str | Path], subscriber: Subscriber) -> None:
    """The files hold the very blocks of the stream, and no other, between start and stop."""
    kept = []
    for path in paths:
        with Path(path).open("rb") as file:
            kept += [
                (channel.topic, msgpack.unpackb(message.data))
                for _, channel, message in make_reader(file).iter_messages(log_time_order=False)
            ]
    blocks = [header for topic, header in kept if topic == "raw"]
    firsts = {message["first"]: message for message in subscriber.of("raw")}
    assert blocks
    for block in blocks:
        assert block["data"] == firsts[block["first"]].payload
    within = [
        message["first"]
        for message in subscriber.of("raw")
        if blocks[0]["first"] <= message["first"] <= blocks[-1]["first"]
    ]
    assert [block["first"] for block in blocks] == within
    gaps = [header["first"] for topic, header in kept if topic == "gap"]
    told = [gap["first"] for gap in subscriber.of("gap")]
    assert gaps == [at for at in told if at > blocks[0]["first"] and at <= blocks[-1]["first"]]


def check_log(program: Program) -> None:
    """No exception that is not a sentence for the user."""
    assert "Traceback" not in program.said
    assert "Error:" not in program.said
