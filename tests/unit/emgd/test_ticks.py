"""Packets to numbers, ticks that wait for the light, and numbers that somebody sets."""

import pytest
from emgd.messages import Header
from emgd.shared import Shared
from emgd.sync import Ticks
from hypothesis import given
from hypothesis import strategies as st
from mcubridge.tube import Done, NoTube, Shown, TubeStatus

OFFSET_NS = 10**18


class SlowTube:
    """Tells when each number was lit once the test says so."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.done: dict[int, Done] = {}
        self.at_the_end: list[Shown] = []

    def show(self, number: int, done: Done) -> None:
        self.shown.append(number)
        self.done[number] = done

    def lit(self, number: int, lit_ns: int | None = None, written_ns: int | None = None) -> None:
        self.done[number](Shown(lit_ns, written_ns))

    def serve(self) -> None:
        while self.at_the_end:
            self.done[self.shown[-1]](self.at_the_end.pop())

    def status(self) -> TubeStatus:
        return TubeStatus("slow", number=self.shown[-1])

    def close(self) -> None: ...


def ticking() -> tuple[Ticks, SlowTube, list[Header], Shared]:
    sent: list[Header] = []
    tube = SlowTube()
    shared = Shared(OFFSET_NS)
    shared.state = "streaming"
    return Ticks(tube, shared, sent.append), tube, sent, shared


def packets(ticks: Ticks, count: int) -> None:
    for _ in range(count):
        ticks.packet(20 * (ticks.packets + 1) - 1)


def test_every_second_packet_changes_the_number() -> None:
    ticks, tube, sent, _ = ticking()
    packets(ticks, 9)
    assert tube.shown == [1, 2, 3, 4]
    assert sent == []  # nothing is known yet of when they were lit
    for number in tube.shown:
        tube.lit(number, 1000 * number)
    assert [(tick["number"], tick["packets"], tick["sample"]) for tick in sent] == [
        (1, 2, 39),
        (2, 4, 79),
        (3, 6, 119),
        (4, 8, 159),
    ]
    assert [tick["lit_ns"] for tick in sent] == [OFFSET_NS + 1000 * n for n in (1, 2, 3, 4)]
    assert {tick["written_ns"] for tick in sent} == {None}
    assert all(tick["t_ns"] > OFFSET_NS for tick in sent)


def test_a_reply_that_was_lost_holds_up_nothing() -> None:
    ticks, tube, sent, _ = ticking()
    packets(ticks, 6)
    tube.lit(2, 2000)  # that of 1 never comes, or comes too late
    assert [(tick["number"], tick["lit_ns"]) for tick in sent] == [(1, None), (2, OFFSET_NS + 2000)]
    tube.lit(1, 1000)
    tube.lit(3)
    assert [tick["number"] for tick in sent] == [1, 2, 3]
    assert sent[2]["lit_ns"] is None


def test_a_display_on_this_pc_tells_when_it_had_the_number() -> None:
    ticks, tube, sent, _ = ticking()
    packets(ticks, 4)
    tube.lit(1, written_ns=5)
    tube.lit(2)
    assert [(tick["lit_ns"], tick["written_ns"]) for tick in sent] == [
        (None, OFFSET_NS + 5),
        (None, None),
    ]


def test_a_tube_that_is_none() -> None:
    sent: list[Header] = []
    ticks = Ticks(NoTube(), Shared(OFFSET_NS), sent.append)
    packets(ticks, 5)
    assert [(tick["number"], tick["lit_ns"]) for tick in sent] == [(1, None), (2, None)]
    assert ticks.words() is None
    ticks.close()


def test_a_number_that_is_set_is_the_next_ones_and_the_count_goes_on_from_it() -> None:
    ticks, tube, sent, _ = ticking()
    packets(ticks, 5)
    ticks.set(777)
    assert tube.shown == [1, 2]  # what no tick tells of is never shown
    packets(ticks, 5)
    assert tube.shown == [1, 2, 777, 778, 779]
    tube.lit(779)
    assert [(tick["number"], tick["packets"]) for tick in sent] == [
        (1, 2),
        (2, 4),
        (777, 6),
        (778, 8),
        (779, 10),
    ]


@pytest.mark.parametrize("state", ["waiting", "stopped"])
def test_without_samples_a_number_is_shown_at_once_and_is_the_next_ticks(state: str) -> None:
    ticks, tube, sent, shared = ticking()
    packets(ticks, 2)
    shared.state = state  # type: ignore[assignment]  # one of its words
    ticks.set(500)
    assert tube.shown == [1, 500]
    tube.lit(500)
    assert sent == []  # that was no tick
    shared.state = "streaming"
    packets(ticks, 4)
    tube.lit(501)
    assert [tick["number"] for tick in sent] == [1, 500, 501]


@given(
    st.lists(
        st.integers(1, 5) | st.tuples(st.integers(0, 2**32 - 1)), min_size=1, max_size=12
    )  # so many packets, or a number is set
)
def test_numbers_go_up_by_one_or_stand_where_they_were_set(steps: list[int | tuple[int]]) -> None:
    ticks, tube, sent, _ = ticking()
    wanted, count, following = [], 0, 1
    for step in steps:
        if isinstance(step, tuple):
            [following] = step
            ticks.set(following)
            continue
        packets(ticks, step)
        for _ in range(step):
            count += 1
            if count % 2 == 0:
                wanted.append(following)
                following = 0 if following == 4294967295 else following + 1
    assert tube.shown == wanted
    ticks.close()
    assert [tick["number"] for tick in sent] == wanted
    assert [tick["packets"] for tick in sent] == list(range(2, count + 1, 2))


def test_a_tick_of_a_recording_is_repeated_as_it_was() -> None:
    ticks, tube, sent, _ = ticking()
    then = {"number": 812, "packets": 1624, "sample": 9, "t_ns": 5, "lit_ns": 6, "written_ns": None}
    ticks.repeat(then)
    tube.lit(812, 99)
    assert (sent, tube.shown) == ([then], [812])


def test_the_last_ticks_go_out_with_what_is_known_at_the_end() -> None:
    ticks, tube, sent, _ = ticking()
    packets(ticks, 6)
    tube.at_the_end = [Shown(written_ns=7)]
    ticks.close()
    assert [(tick["number"], tick["written_ns"]) for tick in sent] == [
        (1, None),
        (2, None),
        (3, OFFSET_NS + 7),
    ]
    assert ticks.words() == {
        "name": "slow",
        "state": "waiting",
        "number": 3,
        "shown": 0,
        "failed": 0,
        "late": 0,
        "slowest_ms": None,
        "error": None,
    }
