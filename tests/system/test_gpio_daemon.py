"""Triggers on the board's GPIO inputs come out of the stream as marks at their exact samples."""

from pathlib import Path

import pytest
from support.daemon import Waiting
from support.stream import joined


def pins_of(subscriber) -> dict[int, int]:
    """The inputs at each sample, from the status that `raw` carries (data sheet p.36)."""
    indices, _ = joined(subscriber.of("raw"))
    size = len(subscriber.of("raw")[0]["status"]) // subscriber.of("raw")[0]["n"]
    status = b"".join(message["status"] for message in subscriber.of("raw"))
    return {int(index): status[size * at + 2] & 0xF for at, index in enumerate(indices)}


@pytest.mark.parametrize("channels", [8, 16])
def test_codes_become_marks(tmp_path: Path, channels: int) -> None:
    """Two of them named, a third one not, one too short to count."""
    gpio = "0.3=1,0.31=0,0.5=2,0.7=3,0.9=0,1=7,1.001=0"
    with (
        Waiting(tmp_path, gpio__mode="code", gpio__codes='{1="baseline",2="film"}') as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, channels=channels, gpio=gpio),
    ):
        daemon.wait_for_line("WARNING GPIO: code 3 at sample 700 is none of gpio.codes")
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 1100, "1100 samples")
        health = subscriber.next("health")
    marks = subscriber.of("mark")
    assert [(mark["sample"], mark["label"], mark["value"]) for mark in marks] == [
        (300, "baseline", 1),
        (500, "film", 2),
        (700, "unexpected code 3", 3),
    ]
    assert {mark["source"] for mark in marks} == {"gpio"}
    pins = pins_of(subscriber)
    assert [pins[mark["sample"] - 1] for mark in marks] == [0, 0, 2]
    assert [pins[mark["sample"]] for mark in marks] == [1, 2, 3]
    for mark in marks:
        raw = max(
            (one for one in subscriber.of("raw") if one["first"] <= mark["sample"]),
            key=lambda one: one["first"],
        )
        taken_ns = raw["t_ns"] + (mark["sample"] - raw["first"]) * raw["step_ns"]
        assert abs(mark["t_ns"] - taken_ns) < 5e6
    assert health["gpio"] == {"marks": 3, "unexpected": 1, "brief": 1}
    assert subscriber.of("meta")[-1]["gpio"]["codes"] == {"1": "baseline", "2": "film"}


def test_lines_become_marks(tmp_path: Path) -> None:
    """A trigger on pin 1, both edges of a photodiode on pin 3, nothing of pin 2."""
    with (
        Waiting(
            tmp_path,
            gpio__mode="lines",
            gpio__names='["trigger","","photodiode"]',
            gpio__edges='["rising","rising","both","rising"]',
        ) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, gpio=["1:0.5:0.01", "0.25=4,0.65=6,0.75=2"]),
    ):
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 1200, "1200 samples")
    assert [(mark["sample"], mark["label"], mark["value"]) for mark in subscriber.of("mark")] == [
        (250, "photodiode", 1),
        (500, "trigger", 1),
        (750, "photodiode", 0),
        (1000, "trigger", 1),
    ]


def test_without_the_setting_nothing_is_marked(tmp_path: Path) -> None:
    with (
        Waiting(tmp_path) as daemon,
        daemon.listening() as subscriber,
        daemon.board(tmp_path, ramp=True, gpio="1:0.02:0.01"),
    ):
        subscriber.until(lambda got: got.topic == "raw" and got.end >= 500, "500 samples")
        assert subscriber.next("health")["gpio"] is None
    assert subscriber.of("mark") == []
