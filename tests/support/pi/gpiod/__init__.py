"""libgpiod v2, as the driver uses it."""

from typing import Any

from simulated_pi import Line

from gpiod.line import Clock, Direction, Edge


class LineSettings:
    def __init__(self, *, direction: Any, edge_detection: Any, event_clock: Any) -> None:
        assert direction is Direction.INPUT
        assert edge_detection is Edge.FALLING
        assert event_clock is Clock.MONOTONIC


def request_lines(
    path: str,
    config: dict[int, LineSettings],
    consumer: str | None = None,
    event_buffer_size: int | None = None,
) -> Line:
    assert path == "/dev/gpiochip0"
    assert list(config) == [26]
    assert consumer
    assert event_buffer_size == 1024
    return Line()
