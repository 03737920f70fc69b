"""A display's thread: one number waits at the most, and whatever the wires do, nobody waits."""

import logging
import threading
import time
from collections.abc import Callable, Iterator

import pytest
from mcubridge.display import Display
from mcubridge.tube import Shown
from support.process import wait_until

AGAIN_S = 0.02


class Wires:
    """A panel that does as it is told: works, raises, or does not return."""

    name = "wires"

    def __init__(self) -> None:
        self.written: list[int] = []
        self.opened = 0
        self.closed = 0
        self.open_raises: Exception | None = None
        self.write_raises: Exception | None = None
        self.returns = threading.Event()
        self.returns.set()

    def open(self) -> None:
        self.returns.wait()
        if self.open_raises:
            raise self.open_raises
        self.opened += 1

    def write(self, number: int) -> None:
        self.returns.wait()
        if self.write_raises:
            raise self.write_raises
        self.written.append(number)

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def wires() -> Iterator[Wires]:
    made = Wires()
    yield made
    made.returns.set()


@pytest.fixture
def display(wires: Wires) -> Iterator[Display]:
    made = Display(wires, AGAIN_S)
    yield made
    wires.returns.set()
    made.close()


def tell(display: Display, number: int) -> list[Shown]:
    """Show a number; what becomes of it will stand in the list."""
    outcome: list[Shown] = []
    display.show(number, outcome.append)
    return outcome


def served(display: Display, true: Callable[[], object], what: str) -> None:
    """Serve, as acquisition does all the time, until it is so."""

    def look() -> bool:
        display.serve()
        return bool(true())

    wait_until(look, what)


def test_numbers_are_written_in_order_and_their_times_told(display: Display, wires: Wires) -> None:
    for number in (7, 8, 9):
        before_ns = time.monotonic_ns()
        outcome = tell(display, number)
        served(display, lambda outcome=outcome: outcome, f"{number} was written")
        [shown] = outcome
        assert shown.lit_ns is None  # a wire does not see light
        assert shown.written_ns is not None
        assert before_ns < shown.written_ns < time.monotonic_ns()
    assert wires.written == [7, 8, 9]
    status = display.status()
    assert (status.name, status.state, status.error) == ("wires", "ok", None)
    assert (status.number, status.shown, status.failed, status.late) == (9, 3, 0, 0)
    assert status.slowest_ms is not None
    assert 0 < status.slowest_ms < 20_000
    assert display.status().slowest_ms is None  # since it was last asked


def test_done_is_called_by_the_thread_that_serves(display: Display) -> None:
    callers: list[int] = []
    display.show(1, lambda _: callers.append(threading.get_ident()))
    served(display, lambda: callers, "it was told")
    assert callers == [threading.get_ident()]


def test_one_that_hangs_keeps_one_number_and_holds_up_nobody(
    display: Display, wires: Wires, caplog: pytest.LogCaptureFixture
) -> None:
    wait_until(lambda: wires.opened == 1, "it was opened")
    wires.returns.clear()
    hanging = tell(display, 0)
    wait_until(lambda: display._job is None, "the first was taken")
    began = time.monotonic()
    outcomes = [tell(display, number) for number in range(1, 1001)]
    assert time.monotonic() - began < 2.0  # 2 ms each, were they all as slow as that
    assert outcomes[:-1] == [[Shown()]] * 999  # overtaken: their ticks go out at once
    assert outcomes[-1] == hanging == []
    assert display.status().late == 999
    served(display, lambda: display.status().state == "stuck", "it is told")
    assert display.status().error == "it has not taken a number for 1 s"
    for _ in range(100):
        display.serve()
    assert [r.levelname for r in caplog.records if "wires hangs" in r.message] == ["WARNING"]
    wires.returns.set()
    served(display, lambda: outcomes[-1], "the newest was written")
    assert wires.written == [0, 1000]
    assert hanging[0].written_ns is not None
    assert display.status().state == "ok"


def test_an_opening_that_hangs_holds_up_nobody(wires: Wires) -> None:
    wires.returns.clear()
    display = Display(wires, AGAIN_S)
    first = tell(display, 1)
    second = tell(display, 2)
    assert (first, second) == ([Shown()], [])
    wires.returns.set()
    served(display, lambda: second, "it was opened in the end")
    assert wires.written == [2]
    display.close()


@pytest.mark.parametrize("fault", [OSError("no such port"), ValueError("odd"), ImportError("?")])
def test_one_that_is_away_is_tried_again_and_told_once(
    wires: Wires, fault: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    wires.open_raises = fault
    display = Display(wires, AGAIN_S)
    wait_until(lambda: display.status().error == str(fault), "it was told")
    for number in range(20):
        outcome = tell(display, number)
        served(display, lambda outcome=outcome: outcome, "it was given up")
        assert outcome == [Shown()]
        time.sleep(AGAIN_S / 4)
    status = display.status()
    assert (status.state, status.failed, status.shown) == ("failing", 20, 0)
    assert [r.message for r in caplog.records] == [
        f"tube: wires: {fault} (trying again every {AGAIN_S:g} s)"
    ]
    assert wires.closed > 1  # whatever was half open does not stay so
    wires.open_raises = None
    wait_until(lambda: wires.opened == 1, "it was opened")  # no number is needed for that
    outcome = tell(display, 21)
    served(display, lambda: outcome, "it is back")
    assert wires.written == [21]
    assert display.status().error is None
    assert caplog.records[-1].message == "tube: wires shows numbers again"
    display.close()


def test_one_that_fails_in_the_middle_is_opened_anew(display: Display, wires: Wires) -> None:
    outcome = tell(display, 1)
    served(display, lambda: outcome, "1 was written")
    wires.write_raises = OSError("unplugged")
    lost = tell(display, 2)
    served(display, lambda: lost, "2 was given up")
    assert lost == [Shown()]
    assert display.status().state == "failing"
    wires.write_raises = None
    wait_until(lambda: wires.opened == 2, "it was opened anew")
    assert wires.closed == 1
    outcome = tell(display, 3)
    served(display, lambda: outcome, "3 was written")
    assert wires.written == [1, 3]
    assert (display.status().failed, display.status().error) == (1, None)


def test_closing_gives_the_port_back_and_leaves_a_hanging_one_behind(wires: Wires) -> None:
    display = Display(wires, AGAIN_S)
    wait_until(lambda: wires.opened == 1, "it was opened")
    display.close()
    assert wires.closed == 1
    display.close()
    hanging = Display(wires, AGAIN_S)
    wires.returns.clear()
    tell(hanging, 1)
    wait_until(lambda: hanging._job is None, "it was taken")
    began = time.monotonic()
    hanging.close()
    assert time.monotonic() - began < 10
