"""docs/link.md against a board that writes down what it is asked."""

import re
from pathlib import Path
from typing import Any

from ads1299.linked import LinkedSource
from ads1299.plan import BoardPlan
from boardsim.simboard import Settings, SimBoard
from mcubridge.line import Dial

PAGE = (Path(__file__).parents[2] / "docs/link.md").read_text(encoding="utf-8")
CONFIG1, CONFIG2, CONFIG3, LOFF, CH1SET, LOFF_FLIP, GPIO, CONFIG4 = 1, 2, 3, 4, 5, 17, 20, 23


def requests_of(channels: int) -> list[dict[str, Any]]:
    """What a board is asked from the first word to START."""
    plan = BoardPlan(packet_samples=10)
    with SimBoard(Settings(channels=channels)) as board:
        source = LinkedSource(Dial(*board.address), plan)
        source.start(lambda: None)
        asked = board.requests
        source.close()
    return asked


def chart() -> list[str]:
    """The requests of the page's chart of a session, down to START."""
    rows = re.findall(r"^     \|  +([A-Z]+)(.*?) -+>", PAGE, re.MULTILINE)
    times = {"PING, four times": 4}
    asked = [name for name, rest in rows for _ in range(times.get(name + rest, 1))]
    return asked[: asked.index("START") + 1]


def test_a_session_begins_in_the_order_of_the_chart() -> None:
    assert [asked["request"] for asked in requests_of(8)] == chart()


def test_a_second_chip_is_configured_after_the_first() -> None:
    order = chart()
    begin = order.index("RREG")
    one_chip = order[begin : order.index("PACKET")]
    asked = [asked["request"] for asked in requests_of(16)]
    assert asked == order[:begin] + 2 * one_chip + order[begin + len(one_chip) :]


def test_registers_are_written_as_the_page_says() -> None:
    [usual] = re.findall("With the usual settings .* A chip of", " ".join(PAGE.split()))
    said = dict(re.findall(r"(CONFIG\d|LOFF|CHnSET) ([0-9A-F]{2})", usual))
    assert re.search(r"\b0F into GPIO", usual)
    written: dict[int, int] = {}
    for asked in requests_of(8):
        if asked["request"] == "WREG":
            address, values = asked["args"]["address"], bytes.fromhex(asked["args"]["values"])
            written |= dict(enumerate(values, address))
    for name, address in zip(
        ("CONFIG1", "CONFIG2", "CONFIG3", "LOFF"), (CONFIG1, CONFIG2, CONFIG3, LOFF), strict=True
    ):
        assert written.pop(address) == int(said[name], 16)
    for channel in range(8):
        assert written.pop(CH1SET + channel) == int(said["CHnSET"], 16)
    assert written.pop(GPIO) == 0x0F
    assert set(written.values()) == {0}


def test_neighbours_are_written_at_once() -> None:
    runs = [
        (asked["args"]["address"], len(bytes.fromhex(asked["args"]["values"])))
        for asked in requests_of(8)
        if asked["request"] == "WREG"
    ]
    for row, first, last in (
        ("WREG CONFIG1 and CONFIG2", CONFIG1, CONFIG2),
        ("WREG CH1SET to LOFF_FLIP", CH1SET, LOFF_FLIP),
        ("WREG GPIO to CONFIG4", GPIO, CONFIG4),
        ("WREG LOFF -", LOFF, LOFF),
    ):
        assert row in PAGE
        assert (first, last - first + 1) in runs
