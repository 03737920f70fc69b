import struct

import pytest
from emgd.watch.headline import headline, numbers
from emgd.watch.model import Model, State
from emgd.watch.plain import summary


def texts(model):
    return [happening.text for happening in model.happenings]


def test_envelopes_and_ticks_arrive(wire, model):
    wire.env(40, [[1, 2, 3, 4], [5, 6, 7, 8]])
    wire.send("tick", number=17, packets=34, sample=41)
    assert model.history.last.tolist() == [5, 6, 7, 8]
    assert model.history.next_sample == 42
    assert model.tube == 17


@pytest.mark.parametrize(
    "wrong",
    [
        {"dtype": "<f8"},
        {"n": 3},
        {"n": 0},
        {"first": -1},
        {"first": 2**63},
        {"first": None},
        {"n": True},
    ],
)
def test_samples_that_contradict_their_header_are_counted_and_left_out(wire, model, wrong):
    header = {"first": 0, "n": 2, "t_ns": 0, "step_ns": 1e6, "dtype": "<f4"} | wrong
    wire.send("env", payload=struct.pack("<4f", 1, 2, 3, 4), **header)
    assert model.unreadable == 1
    assert model.history is None


def test_state_follows_what_arrives(wire, model):
    assert Model().state(0.0) is State.AWAY
    wire.send("health", 10.0, recording=None)
    assert model.state(10.1) is State.WAITING
    wire.env(0, [[0, 0, 0, 0]], 10.2)
    assert model.state(10.3) is State.STREAMING
    wire.send("health", 11.0, recording={"path": "/d/P1.mcap", "samples": 5, "bytes": 9})
    assert model.state(11.1) is State.RECORDING
    assert model.state(20.0) is State.AWAY
    model.take_status({"ok": True, "state": "streaming"}, 20.0)
    assert model.state(20.1) is State.SILENT
    model.take_status({"ok": True, "state": "waiting"}, 20.2)
    assert model.state(20.3) is State.WAITING


def test_a_stopped_board_is_told_from_one_that_is_waited_for(wire, model):
    model.take_status({"state": "stopped"}, 5.0)
    wire.send("health", 5.0)
    assert model.state(5.1) is State.STOPPED


def test_a_recording_that_does_not_grow_is_said_so(wire, model):
    recording = {"path": "/d/P1.mcap", "samples": 1000, "bytes": 64_000, "free_bytes": 10**11}
    for now_s in range(10):
        wire.send("health", float(now_s), recording=recording | {"samples": 1000 * now_s})
    assert model.stuck_s(9.5) is None
    for now_s in range(10, 20):
        wire.send("health", float(now_s), recording=recording | {"samples": 9000})
    assert model.stuck_s(19.5) == pytest.approx(10.5)
    line = "".join(span.text for span in headline(model, 19.5, 120))
    for said in ("REC", "P1", "0:00:09", "NOT GROWING for 10 s", "64.0 kB", "free 100.0 GB"):
        assert said in line
    assert "NOT GROWING" in summary(model, 19.5)


def test_room_on_the_disk_is_told_as_time_and_loud_when_it_is_short(wire, model):
    def free(free_bytes):
        recording = {"path": "p", "samples": 100_000, "bytes": 10**7, "free_bytes": free_bytes}
        wire.send("health", 1.0, recording=recording)
        return next(span for span in headline(model, 1.1, 200) if span.text.startswith("free"))

    # 10 MB in 100 s: 100 kB a second.
    assert free(36 * 10**9) == ("free 36.0 GB = 100 h", free(37 * 10**9).style)
    assert free(36 * 10**9).style.value == "plain"
    assert free(18 * 10**7) == ("free 180.0 MB = 30 min", free(1).style)
    assert free(18 * 10**7).style.value == "loud"


def test_begin_and_end_of_a_recording_are_news(wire, model):
    wire.send("health", 1.0, recording={"path": "/d/P1.mcap", "samples": 0})
    wire.send("health", 2.0, recording={"path": "/d/P1.mcap", "samples": 990})
    wire.send("health", 3.0, recording=None)
    assert texts(model) == [
        "recording to /d/P1.mcap",
        "recording ended after 990 samples: /d/P1.mcap",
    ]


def test_an_onset_becomes_a_movement_or_nothing(wire, model):
    wire.send("onset", 1.0, id="a", channel=2, muscle="orbicularis oculi", onset=100)
    wire.send("onset", 1.1, id="b", channel=0, muscle="frontalis", onset=110)
    wire.send(
        "interval",
        1.4,
        id="a",
        channel=2,
        muscle="orbicularis oculi",
        also=[0, 1],
        onset=98,
        duration_ms=312.0,
        peak_uv=41.26,
        mvc_pct=None,
        kind="ME",
        aus=[6, 12, 7, 4],
        emotions=["happiness", "other"],
    )
    wire.send("retract", 1.5, id="b")
    assert texts(model) == [
        "ME    c3 orbicularis oculi +2  312 ms  41.3 µV  AU6 AU12 AU7  happiness",
        "onset c1 frontalis: came to nothing",
    ]
    assert [happening.sample for happening in model.happenings] == [98, 110]


def test_marks_and_gaps_are_listed_with_their_place(wire, model):
    wire.send("mark", 1.0, label="film_on", value=3, sample=500, t_ns=10**18)
    wire.send("mark", 1.0, label="pause", value=None, sample=600)
    wire.send("gap", 1.0, first=700, missing=120, reason="reconnect")
    assert texts(model) == [
        "mark  film_on = 3",
        "mark  pause",
        "GAP   120 samples lost (reconnect)",
    ]
    assert [happening.sample for happening in model.happenings] == [500, 600, 700]


def test_a_daemon_started_again_begins_anew_and_says_so(wire, model):
    wire.env(10_000, [[9, 9, 9, 9]], 5.0)
    wire.send("mark", 5.0, label="old", sample=10_000)
    wire.session = "two"
    wire.meta(channels=2)
    wire.env(0, [[1, 2]], 9.0)
    assert model.channels == 2
    assert model.history.next_sample == 1
    assert texts(model) == ["mark  old", "the daemon was started again"]
    assert [happening.sample for happening in model.happenings] == [None, None]
    assert model.unreadable == 0


@pytest.mark.parametrize(
    ("field", "said"),
    [("lost", "lost 3"), ("bad_frames", "bad frames 3"), ("reconnects", "reconnects 3")],
)
def test_every_loss_is_loud_and_none_is_quiet(wire, model, field, said):
    def styles():
        spans = [span for line in numbers(model, 200, 9) for span in line]
        return {span.text: span.style.value for span in spans}

    wire.send("health", **{field: 0})
    assert styles()[said.replace("3", "0")] == "good"
    wire.send("health", **{field: 3})
    assert styles()[said] == "loud"


@pytest.mark.parametrize("state", ["failing", "stuck"])
def test_a_tube_that_shows_nothing_is_loud_and_first(wire, model, state):
    def first():
        return numbers(model, 200, 9)[0][0]

    well = {"name": "serial:///dev/ttyUSB1", "state": "ok", "number": 7, "error": None}
    wire.send("health", tube=well)
    assert first().text.startswith("tube ")
    wire.send("health", tube={**well, "state": state, "error": "was unplugged"})
    said = f"TUBE {state.upper()}: serial:///dev/ttyUSB1: was unplugged"
    assert (first().text, first().style.value) == (said, "loud")
    assert said in summary(model, 1.0)
    for nothing in (None, 3, [], {"state": "untold", "error": "no answer"}, {"state": 7}):
        wire.send("health", tube=nothing)
        assert first().text.startswith("tube ")
