"""docs/signal.md says what is so: its table worked out again from the formulas that it gives."""

import re
from pathlib import Path

import numpy as np
import pytest
from emgd.dsp.decimation import design_taps
from scipy.signal import butter, freqz, sosfreqz

TEXT = (Path(__file__).parents[3] / "docs" / "signal.md").read_text()
ROWS = re.findall(
    r"^\| (\d+)(?:, as \d+)? \|((?: [+-][\d.]+ \||  ?\|| \|){4})$", TEXT, re.MULTILINE
)


def decibel(gain: np.ndarray) -> float:
    return float(20 * np.log10(np.abs(gain[0])))


def raw_db(at_hz: float, oversample: int) -> float:
    rate_hz = 1000 * oversample
    x = np.pi * at_hz / rate_hz
    gain = (np.sin(x) / x) ** 3
    if oversample == 2:
        gain *= np.abs(freqz(design_taps(), worN=[at_hz], fs=rate_hz)[1][0])
    return decibel(np.array([gain]))


@pytest.mark.parametrize(("name", "cells"), ROWS, ids=[name for name, _ in ROWS])
def test_each_row_of_the_response(name: str, cells: str) -> None:
    at_hz = float(name)
    values = [float(cell) for cell in cells.split("|") if cell.strip()]
    expected = [raw_db(at_hz, 1), raw_db(at_hz, 2)]
    if at_hz < 500:
        band = butter(2, [20, 450], "bandpass", fs=1000, output="sos")
        emg = decibel(sosfreqz(band, worN=[at_hz], fs=1000)[1])
        expected += [expected[0] + emg, expected[1] + emg]
    assert values == pytest.approx(expected, abs=0.06)


def test_the_table_is_there() -> None:
    assert len(ROWS) == 16


def test_the_ripple_and_the_protection_that_it_claims() -> None:
    band = [raw_db(at_hz, 2) for at_hz in np.arange(20, 450.5, 2)]
    assert max(np.abs(band)) < 0.12
    assert max(raw_db(at_hz, 2) for at_hz in np.arange(550, 1000, 1.0)) < -53


def test_the_coefficients_that_it_describes() -> None:
    taps = design_taps()
    assert len(taps) == 61
    np.testing.assert_allclose(taps, taps[::-1], atol=1e-12)
    assert taps.sum() == pytest.approx(1.0, abs=1e-12)


def test_the_picture_is_there() -> None:
    assert (Path(__file__).parents[3] / "docs" / "response.png").read_bytes()[:4] == b"\x89PNG"
