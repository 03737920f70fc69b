"""Draws docs/response.png and prints the table of docs/signal.md; needs matplotlib."""

from pathlib import Path

import numpy as np
from emgd.dsp.filters import FilterPlan, design
from emgd.dsp.response import band_gain, raw_gain
from matplotlib import pyplot as plt

RATE_HZ = 1000
IN_BAND_HZ = (20, 50, 100, 150, 200, 250, 300, 350, 400, 450, 480)
FOLDED_HZ = (550, 600, 700, 800, 900)
COLOURS = {1: "tab:red", 2: "tab:blue"}


def decibel(gain: np.ndarray) -> np.ndarray:
    """Of a gain; silence is not minus infinity."""
    return 20 * np.log10(np.maximum(gain, 1e-6))


def emg_gain(at_hz: np.ndarray, oversample: int) -> np.ndarray:
    """From the electrode to `emg`."""
    return raw_gain(at_hz, RATE_HZ, oversample) * band_gain(
        at_hz, design(FilterPlan(), RATE_HZ).band, RATE_HZ
    )


def print_table() -> None:
    """The rows of the document."""
    for at_hz in (*IN_BAND_HZ, *FOLDED_HZ):
        where = np.array([float(at_hz)])
        raw = [decibel(raw_gain(where, RATE_HZ, oversample))[0] for oversample in (1, 2)]
        emg = [decibel(emg_gain(where, oversample))[0] for oversample in (1, 2)]
        shown = [f"{value:+.1f}".replace("-0.0", "+0.0") for value in (*raw, *emg)]
        if at_hz > RATE_HZ / 2:
            shown[2:] = ["", ""]
        name = f"{at_hz}" if at_hz < RATE_HZ / 2 else f"{at_hz}, as {RATE_HZ - at_hz}"
        print(f"| {name} | {' | '.join(shown)} |")


def draw(path: Path) -> None:
    """Both ways, up to what the board's own rate carries."""
    figure, (band, folded) = plt.subplots(1, 2, figsize=(10, 3.8), layout="constrained")
    inside, outside = np.arange(1, 500, 0.5), np.arange(500, 1000, 0.5)
    for oversample, colour in COLOURS.items():
        label = f"oversample = {oversample}"
        band.plot(inside, decibel(raw_gain(inside, RATE_HZ, oversample)), colour, label=label)
        band.plot(inside, decibel(emg_gain(inside, oversample)), colour, ls=":", lw=1.5)
        folded.plot(outside, decibel(raw_gain(outside, RATE_HZ, oversample)), colour)
    band.axhline(-3, color="grey", lw=0.6)
    band.axvspan(20, 450, color="grey", alpha=0.1)
    band.set(xlim=(0, 500), ylim=(-13, 1), xlabel="Hz", ylabel="dB")
    band.set_title("kept: raw (solid) and emg (dotted)")
    band.legend(loc="lower left")
    folded.axvspan(550, 980, color="grey", alpha=0.1)
    folded.set(xlim=(500, 1000), ylim=(-110, 0), xlabel="Hz at the electrode", ylabel="dB")
    folded.set_title("folded into the band (grey: onto 20 to 450 Hz)")
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    print_table()
    draw(Path(__file__).with_name("response.png"))
