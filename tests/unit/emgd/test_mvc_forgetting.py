"""Attempts that are taken back, and attempts that are none: which value holds afterwards."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo
from emgd.calibration import Calibration
from emgd.refusal import Refused
from emgd.shared import Calibrate

BOARD = BoardInfo("a board", "1", 1000, (24,) * 2, (True,) * 2, (1.0,) * 2, 20, False)
REST_UV = 2.0  # rms of emg; its envelope is that of noise
REST_ENV_UV = (2 / np.pi) ** 0.5 * REST_UV
HEALTH = {"noise_uv": [REST_UV] * 2}


class Bench:
    """A calibration whose blocks come from here; the values as they were told."""

    def __init__(self, values: Sequence[float | None] = ()) -> None:
        self.told: list[list[float | None]] = []
        self.calibration = Calibration(
            lambda: ["c1", "c2"], lambda: self.told.append(self.values), lambda *_: None, values
        )
        self.calibration.meet(BOARD)

    @property
    def values(self) -> list[float | None]:
        return self.calibration.values(2)

    def ask(self, do: Any, **fields: Any) -> dict[str, Any]:
        command = Calibrate(do, **fields)
        self.calibration.obey(command, HEALTH)
        return command.answer.result(timeout=0)

    def contract(self, uv: float, spoiled: bool = False) -> None:
        """Two seconds of an envelope that stands at so many microvolts on channel 0."""
        gap = Gap(0, 20, "lost") if spoiled else None
        block = Block(0, np.ones((2000, 2), np.int32), b"", None, 0, 0, gap)
        self.calibration.take(block, np.full((2, 2000, 2), uv, np.float32))

    def attempt(self, uv: float, forget: str = "", spoiled: bool = False) -> dict[str, Any]:
        self.ask("mvc.start", channel=0, forget=forget)
        self.contract(uv, spoiled)
        return self.ask("mvc.stop")

    def refused(self, uv: float, forget: str = "", spoiled: bool = False) -> Refused:
        with pytest.raises(Refused) as said:
            self.attempt(uv, forget, spoiled)
        return said.value


def test_an_attempt_taken_back_is_gone_though_the_next_one_is_spoiled() -> None:
    bench = Bench()
    bench.attempt(200.0)
    bench.attempt(900.0)  # a jerk
    assert bench.refused(210.0, forget="last", spoiled=True).code == "gap"
    assert bench.values == [200.0, None]
    assert bench.told == [[200.0, None], [900.0, None], [200.0, None]]
    again = bench.attempt(210.0)
    assert (again["mvc_uv"], again["repetitions"]) == (210.0, 2)


@pytest.mark.parametrize("forget", ["last", "all"])
@pytest.mark.parametrize("before", [(), (310.0, 95.5)])
def test_without_an_attempt_left_it_is_what_was_known_before(
    forget: str, before: Sequence[float]
) -> None:
    bench = Bench(before)
    bench.attempt(900.0)
    bench.ask("mvc.start", channel=0, forget=forget)
    known = list(before) or [None, None]
    assert bench.values == known
    given_up = bench.ask("mvc.stop", discard=True)
    assert (given_up["mvc_uv"], given_up["repetitions"]) == (known[0], 0)


@pytest.mark.parametrize("forget", ["", "last", "all"])
def test_nothing_to_forget_changes_nothing(forget: str) -> None:
    bench = Bench((310.0, None))
    bench.ask("mvc.start", channel=0, forget=forget)
    assert bench.told == []
    assert bench.values == [310.0, None]


def test_attempts_outlive_a_board_that_comes_back() -> None:
    bench = Bench()
    bench.attempt(300.0)
    bench.calibration.meet(BOARD)
    assert bench.attempt(200.0)["mvc_uv"] == 300.0


@pytest.mark.parametrize("times", [0.9, 1.2, 1.9])
def test_hardly_more_than_rest_is_no_contraction(times: float) -> None:
    bench = Bench((310.0, None))
    refused = bench.refused(times * REST_ENV_UV)
    assert refused.code == "no_effort"
    assert f"it is only {times:.1f} times what is there at rest: let the face rest" in str(refused)
    assert bench.values == [310.0, None]
    assert bench.told == []


def test_a_weak_contraction_counts_and_is_told() -> None:
    answer = Bench().attempt(2.1 * REST_ENV_UV)
    assert answer["repetitions"] == 1
    assert any("more effort" in said for said in answer["doubts"])
