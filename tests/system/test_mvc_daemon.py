"""Maximum contractions measured by a daemon: the values, the stream, recordings, refusals."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from emgd import recording
from emgd.app import setup_of
from emgd.config import ConfigError
from emgd.mvcfile import ChannelMvc, PersonMvc, save
from emgd.settings import Mvc, Settings
from support.board import Board
from support.chain import band, envelope, expected
from support.control import done, refused
from support.daemon import Daemon, Waiting
from support.stream import Message, Subscriber, joined

EFFORTS = ("4:8:8", "4:20:8:60", "1:32:8", "0:41:500")
CALM = {"expressions_per_min": 0, "nuisance_per_min": 0, "speech_per_min": 0, "pops_per_min": 0}
SPEED = 4
KNOWN: list[float | None] = [310.0, None, 95.5, *[None] * 5]


def read_to(subscriber: Subscriber, sample: int) -> None:
    subscriber.until(lambda got: got.topic == "env" and got.end >= sample, f"sample {sample}")


def pass_by(daemon: Daemon, subscriber: Subscriber, samples: int) -> None:
    """Wait for so many samples from this moment on, by the daemon's own count."""
    now = done(daemon.control, "mark", label="now")["sample"]
    read_to(subscriber, now + samples)


def measure(
    daemon: Daemon, subscriber: Subscriber, channel: int, first: int, samples: int, **more: object
) -> dict[str, Any]:
    """An attempt from a sample on, of at least so many."""
    read_to(subscriber, first)
    started = done(daemon.control, "mvc.start", channel=channel, label="smile", **more)
    assert started == {"ok": True}
    pass_by(daemon, subscriber, samples)
    return done(daemon.control, "mvc.stop")


class Measured:
    """What a calibrated session left."""

    def __init__(
        self,
        answers: list[dict[str, Any]],
        path: str,
        board: Board,
        daemon: Daemon,
        heard: Subscriber,
    ) -> None:
        self.answers = answers
        self.daemon = daemon
        self.heard = heard
        self.path = Path(path)
        self.true_uv = board.truth[0]["muscles"]["mvc_uv"]
        self.metas = [got["mvc_uv"] for got in heard.of("meta")]
        self.marks = heard.of("mark")
        _, counts = joined(heard.of("raw"))
        scale = np.array([c["uv_per_count"] for c in heard.of("meta")[0]["channels"]])
        _, self.env = expected(counts, scale, band(1000), envelope(1000))

    def best_uv(self, channel: int, start: Message, stop: Message) -> float:
        """The highest mean over half a second of scipy's envelope, between two marks."""
        env = self.env[start["sample"] : stop["sample"], channel].astype(float)
        return float(np.convolve(env, np.ones(500) / 500, "valid").max())


@pytest.fixture(scope="module")
def measured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Measured]:
    """Three attempts, on two channels, with a recording of all."""
    folder = tmp_path_factory.mktemp("mvc")
    with Waiting(folder, "--record-dir", str(folder)) as daemon, daemon.listening() as heard:
        done(daemon.control, "record.start", name="mvc")
        with daemon.board(folder, speed=SPEED, mvc=EFFORTS, **CALM) as board:
            firsts = ((4, 7500), (4, 19_500), (1, 31_500))
            answers = [measure(daemon, heard, channel, first, 7000) for channel, first in firsts]
            done(daemon.control, "mvc.start", channel=0, label="rest")  # its rest is known
            done(daemon.control, "mvc.stop", discard=True)
            pass_by(daemon, heard, 1500)
            path = done(daemon.control, "record.stop")["path"]
            yield Measured(answers, path, board, daemon, heard)


def test_the_value_is_that_of_scipy_on_the_same_samples(measured: Measured) -> None:
    marks = [mark for mark in measured.marks if mark["value"] == "smile"]
    assert [mark["label"] for mark in marks] == ["mvc_start", "mvc_stop"] * 3
    for answer, start, stop in zip(measured.answers, marks[::2], marks[1::2], strict=True):
        best_uv = measured.best_uv(answer["channel"], start, stop)
        assert answer["attempt_uv"] == pytest.approx(best_uv, rel=1e-3)


def test_the_value_is_near_what_the_muscle_can_do(measured: Measured) -> None:
    """The best half second lies some percent above the mean of a steady contraction."""
    full, part, other = measured.answers
    assert 0.98 < full["mvc_uv"] / measured.true_uv[4] < 1.15
    assert 0.98 < part["attempt_uv"] / (0.6 * measured.true_uv[4]) < 1.15
    assert 0.98 < other["mvc_uv"] / measured.true_uv[1] < 1.15


def test_the_largest_attempt_counts_and_the_stream_tells_at_once(measured: Measured) -> None:
    full, part, other = measured.answers
    assert [a["repetitions"] for a in measured.answers] == [1, 2, 1]
    assert part["mvc_uv"] == full["mvc_uv"] == full["attempt_uv"]
    assert part["doubts"] == [said for said in part["doubts"] if "differ much" in said] != []
    assert full["doubts"] == other["doubts"] == []
    unknown: list[float | None] = [None] * 8
    first, second = list(unknown), list(unknown)
    first[4] = second[4] = full["mvc_uv"]
    second[1] = other["mvc_uv"]
    assert measured.metas == [unknown, first, first, second]


def test_the_recording_and_its_replay_have_them(measured: Measured, tmp_path: Path) -> None:
    kept = recording.open(measured.path)
    metas = [message.header["mvc_uv"] for message in kept.messages({"meta"})]
    assert metas == measured.metas
    with (
        Daemon(tmp_path, f"file://{measured.path}?speed=100", publish__hwm=1_000_000) as daemon,
        daemon.listening() as heard,
    ):
        heard.until(
            lambda got: got.topic == "health" and got["samples"] >= 39_900, "the recording's end"
        )
    replayed = [got["mvc_uv"] for got in heard.of("meta")]
    assert replayed[-1] == metas[-1]
    assert [v for n, v in enumerate(replayed) if v not in replayed[:n]] == [
        v for n, v in enumerate(metas) if v not in metas[:n]
    ]


def test_a_file_stands_above_the_recording(measured: Measured, tmp_path: Path) -> None:
    path = tmp_path / "mvc_P1.json"
    save(PersonMvc("P1", tuple(ChannelMvc("", "", uv) for uv in KNOWN)), path)
    url = f"file://{measured.path}?speed=1"
    with Daemon(tmp_path, url, mvc__file=path) as daemon, daemon.subscribe("meta") as heard:
        assert heard.next("meta")["mvc_uv"] == KNOWN


def test_values_are_set_and_forgotten(measured: Measured) -> None:
    daemon, heard = measured.daemon, measured.heard
    values = [None, 250.5, None, None, 400, None, None, None]
    assert done(daemon.control, "mvc.set", mvc_uv=values) == {"ok": True}
    assert daemon.status()["meta"]["mvc_uv"] == values
    assert measure(daemon, heard, 0, 43_000, 1500)["repetitions"] == 1
    assert measure(daemon, heard, 0, 0, 1500)["repetitions"] == 2
    assert measure(daemon, heard, 0, 0, 1500, forget="last")["repetitions"] == 2
    only = measure(daemon, heard, 0, 0, 1500, forget="all")
    assert (only["repetitions"], only["mvc_uv"]) == (1, only["attempt_uv"])
    done(daemon.control, "mvc.start", channel=0)
    given_up = done(daemon.control, "mvc.stop", discard=True)
    assert given_up == {"ok": True, "channel": 0, "mvc_uv": only["mvc_uv"], "repetitions": 1}
    assert daemon.status()["meta"]["mvc_uv"] == [only["mvc_uv"], *values[1:]]
    for bad in ([1.0] * 7, [0.0] * 8, [-1.0] * 8, [True] * 8, ["9"] * 8, {}, None, [1e9] * 8):
        code = refused(daemon.control, "mvc.set", mvc_uv=bad)["code"]
        assert code == ("bad_argument" if bad == [1.0] * 7 else "bad_value")


@pytest.fixture(scope="module")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Daemon, Subscriber]]:
    """A channel off, one that clips, an electrode off, a lost packet every 2 s, known values."""
    folder = tmp_path_factory.mktemp("faulty")
    path = folder / "mvc_P1.json"
    channels_known = tuple(ChannelMvc(f"c{c + 1}", "", uv) for c, uv in enumerate(KNOWN[:3]))
    save(PersonMvc("P1", channels_known), path)
    faults = ("offset=1:400", "open=5:P", "drop=100")
    channels = "[{},{},{active=false},{},{},{},{},{}]"
    with (
        Board(folder, speed=SPEED, fault=faults, mvc="0:1:60", **CALM) as board,
        Daemon(
            folder, board.url, board__channels=channels, board__lead_off__mode="dc", mvc__file=path
        ) as daemon,
        daemon.listening() as heard,
    ):
        read_to(heard, 1000)
        heard.next("health")
        yield daemon, heard


def test_what_cannot_be_begun(faulty: tuple[Daemon, Subscriber]) -> None:
    control = faulty[0].control
    for fields, code, says in (
        ({}, "bad_argument", "channel must be a whole number"),
        ({"channel": -1}, "bad_argument", "channel must be a whole number"),
        ({"channel": True}, "bad_argument", "channel must be a whole number"),
        ({"channel": 8}, "bad_argument", "the board has channels 0 to 7"),
        ({"channel": 2}, "channel_off", "channel 2 is switched off"),
        ({"channel": 5}, "electrode_off", "electrode + off on channel 5"),
        ({"channel": 0, "label": 7}, "bad_label", "label must be a text"),
        ({"channel": 0, "label": "x" * 201}, "bad_label", "label must be a text"),
        ({"channel": 0, "forget": "first"}, "bad_argument", "forget must be last or all"),
    ):
        answer = refused(control, "mvc.start", **fields)
        assert (answer["code"], says in answer["error"]) == (code, True), answer
    assert refused(control, "mvc.stop")["code"] == "not_started"
    assert refused(control, "mvc.stop", discard=1)["code"] == "bad_argument"


def test_attempts_that_do_not_count(faulty: tuple[Daemon, Subscriber]) -> None:
    daemon, heard = faulty

    def attempt(channel: int, samples: int) -> str:
        done(daemon.control, "mvc.start", channel=channel, label="try")
        busy = refused(daemon.control, "mvc.start", channel=0)
        assert busy["code"] == "busy"
        assert f"channel {channel} is under way" in busy["error"]
        assert refused(daemon.control, "mvc.set", mvc_uv=[None] * 8)["code"] == "busy"
        pass_by(daemon, heard, samples)
        answer = refused(daemon.control, "mvc.stop")
        assert answer["error"].startswith("mvc.stop: the attempt does not count: ")
        return str(answer["code"])

    for wanted, channel, samples in (("gap", 0, 2500), ("clipped", 1, 300), ("too_short", 0, 20)):
        assert any(attempt(channel, samples) == wanted for _ in range(10)), wanted
    assert daemon.status()["meta"]["mvc_uv"] == KNOWN


def test_without_a_board_there_is_nothing_to_measure(tmp_path: Path) -> None:
    with Waiting(tmp_path) as daemon:
        for do, fields in (
            ("mvc.start", {"channel": 0}),
            ("mvc.stop", {}),
            ("mvc.set", {"mvc_uv": [None] * 8}),
        ):
            answer = refused(daemon.control, do, **fields)
            assert answer["code"] in ("no_board", "not_started", "bad_argument")


def test_values_from_a_file_hold_from_the_start(faulty: tuple[Daemon, Subscriber]) -> None:
    daemon, heard = faulty
    assert heard.of("meta")[0]["mvc_uv"] == KNOWN
    daemon.wait_for_line("maximum contractions are known of 3 channels, the board has 8")


def test_a_file_that_cannot_be_used_ends_the_start(tmp_path: Path) -> None:
    path = tmp_path / "mvc_P1.json"
    path.write_text("{}")
    with pytest.raises(
        ConfigError, match=r"mvc\.file: .*mvc_P1\.json: this is no file of `emgd mvc`"
    ):
        setup_of(Settings(mvc=Mvc(file=str(path))))
