"""The course of a guided calibration: keys, time and answers in, requests out."""

import numpy as np
import pytest
from emgd.client import Message
from emgd.guided.guide import Ask, Guide, NoStationError, Phase, Plan, Station, stations_of
from emgd.guided.movements import MOVEMENTS, movement
from emgd.guided.screen import render
from emgd.watch.headers import Meta
from emgd.watch.lines import length
from emgd.watch.model import Model
from hypothesis import given, settings
from hypothesis import strategies as st

PLAN = Plan(repetitions=3, hold_s=4.0, rest_s=5.0)
META = Meta.read(
    {
        "channels": [
            {"name": "brow", "muscle": "frontalis"},
            {"name": "c2", "muscle": "corrugator supercilii", "active": False},
            {"name": "c3", "muscle": "left zygomaticus"},
            {"name": "c4", "muscle": ""},
        ]
    }
)
FOUND = {"channel": 0, "mvc_uv": 210.0, "repetitions": 1, "attempt_uv": 210.0, "doubts": []}


def guide(stations: int = 2) -> Guide:
    return Guide([Station(c, f"c{c + 1}", "frontalis") for c in range(stations)], PLAN)


class Course:
    """A guide with its own time."""

    def __init__(self, stations: int = 2) -> None:
        self.guide = guide(stations)
        self.now_s = 100.0

    def press(self, key: str) -> list[Ask]:
        return self.guide.press(key, self.now_s)

    def pass_s(self, seconds: float) -> list[Ask]:
        self.now_s += seconds
        return self.guide.tick(self.now_s)

    def attempt(self, uv: float, doubts: tuple[str, ...] = ()) -> Ask:
        """Countdown, hold and answer; gives the request that began it."""
        assert self.guide.phase is Phase.COUNTDOWN
        [start] = self.pass_s(3.0)
        self.guide.answered("mvc.start", {}, self.now_s)
        assert self.guide.phase is Phase.HOLD
        assert self.pass_s(3.9) == []
        assert self.pass_s(0.2) == [Ask("mvc.stop")]
        answer = FOUND | {"attempt_uv": uv, "doubts": list(doubts)}
        self.guide.answered("mvc.stop", answer, self.now_s)
        return start


def test_three_attempts_follow_one_key() -> None:
    course = Course()
    assert course.pass_s(60) == []
    course.press(" ")
    forgets = [course.attempt(210.0).fields["forget"]]
    for uv in (190.0, 205.0):
        assert course.guide.phase is Phase.REST
        course.pass_s(5.0)
        forgets.append(course.attempt(uv).fields["forget"])
    assert forgets == ["all", None, None]
    assert course.guide.phase is Phase.DONE
    assert course.guide.station.mvc_uv == 210.0
    course.press(" ")
    assert (course.guide.place, course.guide.phase) == (1, Phase.READY)


def test_the_request_names_channel_and_muscle() -> None:
    course = Course()
    course.press("s")
    course.press(" ")
    start = course.attempt(200.0)
    assert start == Ask("mvc.start", {"channel": 1, "label": "c2 frontalis", "forget": "all"})


def test_r_takes_the_last_attempt_back() -> None:
    course = Course()
    course.press(" ")
    course.attempt(900.0, ("a jerk",))
    course.press("r")
    assert course.guide.station.attempts_uv == [900.0]  # until the other one begins
    assert course.attempt(210.0).fields["forget"] == "last"
    assert course.guide.station.attempts_uv == [210.0]
    assert course.guide.station.all_doubts() == []


def test_r_after_the_third_one_measures_it_again() -> None:
    course = Course(1)
    course.press(" ")
    for uv in (200.0, 210.0, 900.0):
        course.attempt(uv)
        course.pass_s(5.0)
    assert course.guide.station.all_doubts() == [
        "attempt 3 (900 uV) is far above the others (210 uV at most): do one more"
    ]
    course.press("r")
    assert course.attempt(220.0).fields["forget"] == "last"
    assert course.guide.phase is Phase.DONE
    assert course.guide.station.result().attempts_uv == (200.0, 210.0, 220.0)
    course.press("enter")
    assert course.guide.phase is Phase.END


def test_an_attempt_that_the_daemon_refuses_is_made_again() -> None:
    course = Course()
    course.press(" ")
    course.pass_s(3.0)
    course.guide.answered("mvc.start", {}, course.now_s)
    course.pass_s(4.0)
    course.guide.refused("mvc.stop: the attempt does not count: 20 samples were lost meanwhile")
    assert course.guide.phase is Phase.READY
    assert "20 samples" in course.guide.station.failed
    course.press(" ")
    assert course.guide.station.failed == ""
    assert course.attempt(200.0).fields["forget"] is None


@pytest.mark.parametrize("key", ["s", "q"])
def test_what_is_under_way_is_ended_without_counting(key: str) -> None:
    course = Course()
    course.press(" ")
    course.pass_s(3.0)
    course.guide.answered("mvc.start", {}, course.now_s)
    assert course.press(key) == [Ask("mvc.stop", {"discard": True})]
    assert course.guide.phase is (Phase.READY if key == "s" else Phase.END)
    assert course.guide.stations[0].skipped is (key == "s")


def test_enough_attempts_of_a_muscle_are_kept() -> None:
    course = Course()
    course.press(" ")
    course.attempt(200.0)
    assert course.press("s") == []
    assert (course.guide.place, course.guide.stations[0].skipped) == (1, False)


STEPS = st.lists(
    st.sampled_from([" ", "enter", "s", "r", "q", "x", "time", "answer", "refusal"]), max_size=60
)


@settings(max_examples=40)
@given(STEPS, st.integers(20, 120), st.integers(5, 40))
def test_whatever_is_pressed_the_daemon_is_asked_in_order(
    steps: list[str], width: int, height: int
) -> None:
    """Start and stop take turns, and nothing is under way at the end; the screen always fits."""
    course, asked, open_ = Course(), [], []
    for step in [*steps, "q"]:
        match step:
            case "time":
                new = course.pass_s(6.0)
            case "answer" | "refusal":
                new = []
                if open_:
                    ask = open_.pop(0)
                    if step == "answer":
                        course.guide.answered(ask.do, FOUND, course.now_s)
                    else:
                        course.guide.refused("no")
                        if ask.do == "mvc.start":  # and the stop of who gave up meanwhile
                            del asked[next(i for i, one in enumerate(asked) if one is ask) :]
            case key:
                new = course.press(key)
        asked += new
        open_ += new
        lines = render(course.guide, Model(), "P1", course.now_s, (width, height))
        assert len(lines) <= height
        assert all(length(line) <= width for line in lines)
    names = [ask.do for ask in asked]
    assert course.guide.phase is Phase.END
    assert names == ["mvc.start", "mvc.stop"] * (len(names) // 2)


def test_what_looks_wrong_is_seen_on_a_small_screen() -> None:
    course, model = Course(), Model()
    names = [{"name": f"c{c + 1}", "muscle": "frontalis"} for c in range(16)]
    meta = {"v": 1, "session": "s", "channels": names, "rate_hz": 1000}
    model.take(Message("meta", meta, b""), 0.0)
    place = {"first": 0, "n": 1, "t_ns": 0, "step_ns": 1e6, "dtype": "<f4"}
    env = {"v": 1, "session": "s", **place}
    model.take(Message("env", env, np.ones(16, "<f4").tobytes()), 0.0)
    course.press(" ")
    course.pass_s(3.0)
    course.guide.refused("20 samples were lost meanwhile")
    lines = render(course.guide, model, "P1", 0.0, (70, 14))
    shown = ["".join(span.text for span in line) for line in lines]
    assert "! the attempt does not count: 20 samples were lost meanwhile" in shown
    assert any(line.startswith(" >c1") for line in shown)
    assert not any("c16" in line for line in shown)
    tall = render(course.guide, model, "P1", 0.0, (70, 40))
    assert any("c16" in span.text for line in tall for span in line)


def test_channels_that_lie_on_a_muscle_and_are_on() -> None:
    assert [s.name for s in stations_of(META, ())] == ["brow", "c3"]
    assert [(s.channel, s.name) for s in stations_of(META, ("c4", "brow"))] == [
        (3, "c4"),
        (0, "brow"),
    ]
    with pytest.raises(NoStationError, match="there is no channel c9; there are brow, c2, c3, c4"):
        stations_of(META, ("c9",))
    with pytest.raises(NoStationError, match="c2 is switched off"):
        stations_of(META, ("c2",))
    with pytest.raises(NoStationError, match="no channel lies on a muscle"):
        stations_of(Meta.read({"channels": [{"name": "c1", "muscle": ""}]}), ())


def test_each_muscle_has_its_movement() -> None:
    assert len(set(MOVEMENTS.values())) == 7
    assert movement("Left Zygomaticus", "c5") == MOVEMENTS["zygomaticus major"]
    assert movement("orbicularis", "c3").startswith("Contract the muscle under c3 (orbicularis)")
    assert movement("", "c8") == "Contract the muscle under c8 as hard as you can."
