"""Serial displays over real pseudo-terminals, as the displays' own firmware would see them."""

import termios
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mcubridge.serial_panel import SerialPanel, ascii_panel, opensegment_panel
from support.displays import Lines, OpenSegment, SerialDisplay
from support.process import wait_until

NUMBERS = st.integers(0, 2**32 - 1) | st.sampled_from([0, 9999, 10_000, 10_001, 99_999_999])


def last_digits(number: int, digits: int) -> str:
    """By hand: one digit after the other, from the right."""
    shown = ""
    for _ in range(digits):
        number, digit = divmod(number, 10)
        shown = "0123456789"[digit] + shown
    return shown


@pytest.fixture
def lines(tmp_path: Path) -> Iterator[SerialDisplay]:
    with SerialDisplay(tmp_path / "usb-display", Lines()) as display:
        yield display


@pytest.fixture
def segments(tmp_path: Path) -> Iterator[SerialDisplay]:
    with SerialDisplay(tmp_path / "usb-segments", OpenSegment()) as display:
        yield display


def opened(panel: SerialPanel) -> SerialPanel:
    panel.open()
    return panel


def test_plain_digits_and_a_line_end(lines: SerialDisplay) -> None:
    panel = opened(ascii_panel(str(lines.link), 115_200, 4))
    assert lines.baud == termios.B115200
    for number in (1, 42, 9999, 10_000, 10_001):
        panel.write(number)
    wait_until(lambda: len(lines.seen) == 5, "five numbers")
    assert lines.seen == ["0001", "0042", "9999", "0000", "0001"]
    panel.close()
    panel.close()


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5), digits=st.integers(1, 10))
def test_any_number_on_any_width(lines: SerialDisplay, numbers: list[int], digits: int) -> None:
    panel = opened(ascii_panel(str(lines.link), 4_000_000, digits))
    before = len(lines.seen)
    for number in numbers:
        panel.write(number)
    wait_until(lambda: len(lines.seen) == before + len(numbers), "all of them")
    assert lines.seen[before:] == [last_digits(number, digits) for number in numbers]
    panel.close()


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(numbers=st.lists(NUMBERS, min_size=1, max_size=5))
def test_opensegment_shows_any_number(segments: SerialDisplay, numbers: list[int]) -> None:
    panel = opened(opensegment_panel(str(segments.link), 4_000_000, None))
    display = segments.firmware
    assert isinstance(display, OpenSegment)
    before = len(display.seen)
    for number in numbers:
        panel.write(number)
    wait_until(lambda: len(display.seen) == before + len(numbers), "all of them")
    assert display.seen[before:] == [last_digits(number, 4) for number in numbers]
    panel.close()
    assert display.brightness == []  # it wears the display's memory out


def test_opensegment_is_never_dark_between_numbers(segments: SerialDisplay) -> None:
    panel = opened(opensegment_panel(str(segments.link), 4_000_000, 40))
    display = segments.firmware
    assert isinstance(display, OpenSegment)
    for number in range(995, 1005):
        panel.write(number)
    wait_until(lambda: len(display.seen) == 10, "ten numbers")
    whole = display.looks.index("0995")
    assert all(" " not in look for look in display.looks[whole:])
    assert display.brightness == [40]
    panel.close()


def test_opensegment_finds_its_place_again_when_a_byte_was_lost(segments: SerialDisplay) -> None:
    panel = opened(opensegment_panel(str(segments.link), 4_000_000, None))
    panel.write(1234)
    wait_until(lambda: segments.seen == ["1234"], "the first number")
    segments.firmware.take(ord("7"))  # noise on the line: one digit too many
    panel.write(1235)
    wait_until(lambda: segments.seen[-1] == "1235", "the next number")
    panel.close()


def test_one_that_reads_nothing_is_given_up_and_gets_no_old_numbers(tmp_path: Path) -> None:
    with SerialDisplay(tmp_path / "usb-display", Lines(), reading=False) as display:
        panel = ascii_panel(str(display.link), 9600, 4)
        with pytest.raises(OSError, match="took no number for 1 s: does something stop the line"):
            panel.open()
        panel.close()
        display.reads(True)
        wait_until(lambda: bool(panel.open() or True), "it is open")
        panel.write(7)
        wait_until(lambda: display.seen != [], "a number")
        assert display.seen == ["0007"]
        panel.close()


def test_unplugged_and_plugged_in_again(lines: SerialDisplay) -> None:
    panel = opened(ascii_panel(str(lines.link), 115_200, 4))
    panel.write(1)
    wait_until(lambda: lines.seen == ["0001"], "the first number")
    lines.unplug()
    with pytest.raises(OSError, match=r"takes no numbers \(.*\): was the display unplugged\?"):
        panel.write(2)
    panel.close()
    with pytest.raises(OSError, match="cannot be opened: there is no such port"):
        panel.open()
    lines.plug_in()
    panel.open()
    panel.write(3)
    wait_until(lambda: lines.seen == ["0001", "0003"], "the last number")
    panel.close()


def test_two_programs_on_one_display(lines: SerialDisplay) -> None:
    panel = opened(ascii_panel(str(lines.link), 9600, 4))
    with pytest.raises(OSError, match="cannot be opened: another program has it open"):
        ascii_panel(str(lines.link), 9600, 4).open()
    panel.close()


@pytest.mark.parametrize("path", ["/dev/null", "/etc/hostname"])
def test_what_is_no_serial_port_is_told(path: str) -> None:
    with pytest.raises(OSError, match="cannot be opened: it is no serial port for this"):
        ascii_panel(path, 9600, 4).open()
