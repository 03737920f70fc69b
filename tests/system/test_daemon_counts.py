"""Known counts come out of the stream bit for bit, whatever the line does to the frames."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from support.board import Board, ramp
from support.chain import band, check_chain, envelope
from support.daemon import Daemon, Waiting
from support.stream import Message, Subscriber, check_sequence, joined

SAMPLES = 3000
STATUS = b"\xc0\x00\x00"  # what an ADS1299 sends with lead-off and GPIO unused (data sheet p.36)


def read_ramp(subscriber: Subscriber, samples: int = SAMPLES) -> list[Message]:
    """The `raw` blocks of a board's whole stream."""
    got = 0
    while got < samples:
        got += subscriber.next("raw")["n"]
    subscriber.next("env", first=subscriber.of("raw")[-1]["first"])
    return subscriber.of("raw")


def check_counts(blocks: list[Message], channels: int, samples: int = SAMPLES) -> None:
    """Every sample in its place, no other one, and no bit wrong."""
    indices, counts = joined(blocks)
    np.testing.assert_array_equal(indices - indices[0], np.arange(samples))
    assert counts.dtype == np.dtype("<i4")
    np.testing.assert_array_equal(counts, ramp(0, samples, channels))
    for block in blocks:
        assert (block["unit"], block["dtype"]) == ("count", "<i4")
        assert block["status"] == STATUS * (block["n"] * -(-channels // 8))
        assert len(block.payload) == 4 * block["n"] * channels


@pytest.mark.parametrize(
    "faults",
    [
        [],
        ["bytes"],
        ["coalesce=7"],
        ["garbage=3", "badcrc=5"],
        ["bytes", "coalesce=3", "garbage=2", "badcrc=2"],
    ],
    ids=lambda faults: "-".join(faults) or "sound",
)
def test_nothing_valid_is_lost_beside_broken_frames(
    lab: Waiting, tmp_path: Path, faults: list[str]
) -> None:
    with lab.listening() as subscriber:
        before = subscriber.next("health")
        with lab.board(tmp_path, ramp=True, samples=SAMPLES, speed="max", fault=faults):
            check_counts(read_ramp(subscriber), channels=8)
            health = subscriber.next("health")
        assert [gap for gap in subscriber.of("gap") if gap["reason"] == "lost"] == []
        check_sequence(subscriber.seen)
    packets = SAMPLES // 20
    broken = sum(packets // int(f.partition("=")[2]) for f in faults if f.startswith("badcrc"))
    assert health["lost"] - before["lost"] == sum(gap["missing"] for gap in subscriber.of("gap"))
    if not any(fault.startswith("garbage") for fault in faults):
        assert health["bad_frames"] - before["bad_frames"] == broken
    else:  # each lump of random bytes holds one broken frame or more
        assert health["bad_frames"] - before["bad_frames"] >= broken + packets // 3


@pytest.mark.parametrize("channels", [4, 6, 16])
def test_boards_of_other_sizes_come_and_go(lab: Waiting, tmp_path: Path, channels: int) -> None:
    with lab.listening() as subscriber:
        options = {"ramp": True, "samples": SAMPLES, "speed": "max", "channels": channels}
        with lab.board(tmp_path, **options):
            check_counts(read_ramp(subscriber), channels)
            health = subscriber.next("health")
        meta = subscriber.of("meta")[-1]
        assert len(meta["channels"]) == len(meta["mvc_uv"]) == channels
        assert [channel["active"] for channel in meta["channels"]] == [True] * channels
        topics = [message.topic for message in subscriber.seen]
        newest = subscriber.seen.index(meta)
        assert newest < topics.index("raw")
        for gap in subscriber.of("gap"):  # told in the same clock as everything else
            assert abs(gap["t_ns"] - health_time_ns(subscriber)) < 60e9
        for key in ("lead_off", "clipped", "noise_uv", "not_spotted"):
            assert len(health[key]) == channels
        check_sequence(subscriber.seen)


def health_time_ns(subscriber: Subscriber) -> int:
    return int(subscriber.of("raw")[0]["t_ns"])


@pytest.mark.parametrize(
    ("rate_hz", "gain", "packet", "mains_hz"),
    [
        (250, "[1, 2, 4, 6, 8, 12, 24, 1]", 20, 0),
        (500, "1", 7, 60),
        (1000, "24", 1, 50),
        (2000, "[24, 12, 8, 6, 4, 2, 1, 24]", 32, 0),
    ],
)
def test_rates_gains_and_packets(
    tmp_path: Path, rate_hz: int, gain: str, packet: int, mains_hz: int
) -> None:
    """What was asked for is set, told, and in the samples; emg and env are what scipy makes."""
    gains = [int(word) for word in gain.strip("[]").split(",")]
    gains = gains * 8 if len(gains) == 1 else gains
    settings = {
        "board__rate_hz": rate_hz,
        "board__gain": gain,
        "board__packet_samples": packet,
        "filter__mains_hz": mains_hz,
    }
    with (
        Waiting(tmp_path, **settings) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, samples=SAMPLES, speed="max") as board,
    ):
        blocks = read_ramp(subscriber)
        check_counts(blocks, channels=8)
        check_chain(subscriber)
        [stream] = [line for line in board.truth if line["type"] == "stream"]
    meta = subscriber.of("meta")[-1]
    assert {block["n"] for block in blocks[:-1]} == {packet}
    assert meta["packet_samples"] == packet
    assert meta["rate_hz"] == stream["rate_hz"] == rate_hz
    assert [channel["gain"] for channel in meta["channels"]] == gains
    for channel, its_gain in zip(meta["channels"], gains, strict=True):
        assert channel["uv_per_count"] == 4_500_000 / its_gain / 2**23  # data sheet p.38
    codes = {1: 0, 2: 1, 4: 2, 6: 3, 8: 4, 12: 5, 24: 6}  # p.50
    registers = bytes.fromhex(stream["registers"][0])
    assert [register >> 4 for register in registers[5:13]] == [codes[its] for its in gains]
    check_filter(meta["filter"], rate_hz, mains_hz)


def check_filter(told: dict[str, Any], rate_hz: int, mains_hz: int) -> None:
    """The paper's filters, as far as the rate carries, and the notches that were asked for."""
    assert told["band_hz"] == [20, min(450, 0.45 * rate_hz)]
    np.testing.assert_array_equal(told["sos_band"][-2:], band(rate_hz))
    np.testing.assert_array_equal(told["sos_env"], envelope(rate_hz))
    notches = [hz for hz in (mains_hz, 3 * mains_hz) if 0 < hz < 0.45 * rate_hz]
    assert told["notch_hz"] == notches
    assert len(told["sos_band"]) == 2 + len(notches)


def test_a_board_that_is_dialled_and_more_than_one_endpoint(tmp_path: Path) -> None:
    with (
        Board(tmp_path, ramp=True) as board,
        Daemon(tmp_path, board.url, "--stream", "tcp://127.0.0.1:0") as daemon,
    ):
        endpoints = daemon.status()["endpoints"]
        assert endpoints[0] == daemon.stream
        assert endpoints[1].startswith("tcp://127.0.0.1:")
        logged = daemon.wait_for_line(r"stream on (.*), control on (\S+)")
        assert logged[1].split(", ") == endpoints
        assert logged[2] == daemon.control
        with Subscriber(endpoints[0]) as one, Subscriber(endpoints[1]) as other:
            first = one.next("raw")
            same = other.next("raw")
            if same["first"] < first["first"]:
                same = other.next("raw", first=first["first"])
            else:
                first = (
                    first
                    if first["first"] == same["first"]
                    else one.next("raw", first=same["first"])
                )
            assert same.payload == first.payload
            assert same.header == first.header
            np.testing.assert_array_equal(first.samples, ramp(first["first"], first["n"], 8))
