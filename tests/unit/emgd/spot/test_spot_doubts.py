"""What makes one doubt that a file was understood is said, and nothing of a file that is fine."""

import numpy as np
import pytest
from emgd.signals import Wanted
from emgd.spot.order import METHODS, Order
from emgd.spot.work import spot

from .conftest import movements


def remarks(tmp_path, array, method="online", unit="uV", rate_hz=1000):
    path = tmp_path / "told.npy"
    np.save(path, array)
    return spot(Order(path, Wanted(rate_hz=rate_hz, unit=unit), method)).remarks


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(("unit", "size"), [("uV", 1.0), ("mV", 1e-3), ("V", 1e-6)])
def test_of_the_right_unit_nothing_is_said(tmp_path, method, unit, size):
    face = movements(channels=2) * size + 5000 * size  # electrodes have an offset
    assert remarks(tmp_path, face, method, unit) == []


@pytest.mark.parametrize("method", METHODS)
def test_microvolts_that_are_called_volts(tmp_path, method):
    (said,) = remarks(tmp_path, movements(channels=2), method, "V")
    assert said.startswith("c1, c2: the envelope reaches")
    assert "--unit" in said


@pytest.mark.parametrize("method", METHODS)
def test_millivolts_that_are_called_microvolts(tmp_path, method):
    (said,) = remarks(tmp_path, movements(channels=2) / 1000, method, "uV")
    assert said.startswith("the envelope stays below 2 uV")
    assert "--unit" in said


@pytest.mark.parametrize("method", METHODS)
def test_a_rest_of_millivolts_asks_for_the_unit_though_bursts_are_few(tmp_path, method):
    quiet = np.random.default_rng(1).normal(0, 2, (40_000, 2))
    quiet[20_000:20_400] *= 15
    (said,) = remarks(tmp_path, quiet, method, "mV")
    assert said.startswith("c1, c2: the envelope")
    assert "--unit" in said
    assert remarks(tmp_path, quiet, method, "uV") == []


def test_a_flat_line_and_a_clipped_channel_are_named(tmp_path):
    face = np.rint(100 * movements(channels=3)).astype(np.int32)
    face[:, 1] = 7
    face[:, 2] = (1 << 23) - 1
    size, *said = remarks(tmp_path, face, unit="count")
    assert size.startswith("a count is taken as")
    assert said == [
        "nothing is spotted in most of c2: flat line.",
        "nothing is spotted in most of c3: clipped.",
    ]


def test_a_file_too_short_to_know_what_rest_is(tmp_path):
    assert remarks(tmp_path, movements()[:500]) == ["nothing is spotted in most of c1: start."]
