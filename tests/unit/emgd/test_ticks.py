"""Packets to numbers, and ticks that wait for the light."""

from collections.abc import Callable

from emgd.messages import Header
from emgd.shared import Shared
from emgd.sync import Ticks

Done = Callable[[int | None], None]
OFFSET_NS = 10**18


class SlowTube:
    """Tells when each number was lit once the test says so."""

    def __init__(self) -> None:
        self.shown: list[int] = []
        self.done: dict[int, Done] = {}

    def show(self, number: int, done: Done) -> None:
        self.shown.append(number)
        self.done[number] = done


def ticking() -> tuple[Ticks, SlowTube, list[Header]]:
    sent: list[Header] = []
    tube = SlowTube()
    return Ticks(tube, Shared(OFFSET_NS), sent.append), tube, sent


def packets(ticks: Ticks, count: int) -> None:
    for _ in range(count):
        ticks.packet(20 * (ticks.packets + 1) - 1)


def test_every_second_packet_changes_the_number() -> None:
    ticks, tube, sent = ticking()
    packets(ticks, 9)
    assert tube.shown == [1, 2, 3, 4]
    assert sent == []  # nothing is known yet of when they were lit
    for number in tube.shown:
        tube.done[number](1000 * number)
    assert [(tick["number"], tick["packets"], tick["sample"]) for tick in sent] == [
        (1, 2, 39),
        (2, 4, 79),
        (3, 6, 119),
        (4, 8, 159),
    ]
    assert [tick["lit_ns"] for tick in sent] == [OFFSET_NS + 1000 * n for n in (1, 2, 3, 4)]
    assert all(tick["t_ns"] > OFFSET_NS for tick in sent)


def test_a_reply_that_was_lost_holds_up_nothing() -> None:
    ticks, tube, sent = ticking()
    packets(ticks, 6)
    tube.done[2](2000)  # that of 1 never comes, or comes too late
    assert [(tick["number"], tick["lit_ns"]) for tick in sent] == [(1, None), (2, OFFSET_NS + 2000)]
    tube.done[1](1000)
    tube.done[3](None)
    assert [tick["number"] for tick in sent] == [1, 2, 3]
    assert sent[2]["lit_ns"] is None


def test_a_tube_that_cannot_tell() -> None:
    ticks, tube, sent = ticking()

    def show(number: int, done: Done) -> None:
        tube.shown.append(number)
        done(None)

    tube.show = show  # type: ignore[method-assign]  # the other kind of tube
    packets(ticks, 5)
    assert [(tick["number"], tick["lit_ns"]) for tick in sent] == [(1, None), (2, None)]


def test_a_number_by_hand_is_no_tick() -> None:
    ticks, tube, sent = ticking()
    packets(ticks, 3)
    ticks.show(777)
    tube.done[777](5)
    packets(ticks, 1)
    assert tube.shown == [1, 777, 2]
    assert sent == []
    assert ticks.packets == 4
