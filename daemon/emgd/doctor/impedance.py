"""Impedance of each electrode: the chip's alternating lead-off current, and a lock-in on it."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace

import numpy as np
from ads1299.inputs import Electrodes, LeadOff
from ads1299.plan import BoardPlan

from emgd.doctor.electrodes import Left
from emgd.doctor.finding import Finding, state_of
from emgd.doctor.names import Names
from emgd.doctor.samples import Samples
from emgd.doctor.tones import amplitude

CURRENT_NA = 24
MODE = "31.2 Hz"
UNCERTAIN_PCT = 20  # p.10: how far off the chip's current may be
FREQUENCY_HZ = 2_048_000 / (1 << 16)  # p.48
_FUNDAMENTAL = 4 / np.pi  # of a square wave: the current is switched back and forth


@dataclass(frozen=True, slots=True)
class Electrode:
    """One electrode with what was measured; no kilohm where nothing could be."""

    channel: int
    name: str
    muscle: str
    electrode: str  # P or N
    kohm: float | None


def lead_off_plan(plan: BoardPlan, side: str, lead_off: LeadOff, channels: list[int]) -> BoardPlan:
    """The plan that sends a current through one side (P, N) of each channel, or through both.

    Where one reference serves all N inputs (SRB1), one channel stands for it: the currents of all
    would add up in it. The current's way back is the ground electrode, so that its buffer is on.
    """
    last = max(channels)
    reference = tuple(c == channels[0] for c in range(last + 1)) if plan.srb1 else (True,)
    electrodes = Electrodes(
        (True,) if "P" in side else (False,), reference if "N" in side else (False,)
    )
    return replace(
        plan,
        inputs=("normal",),
        bias=plan.bias or Electrodes((False,), (False,)),
        lead_off=replace(lead_off, electrodes=electrodes),
    )


def kohm_of(samples: Samples, series_kohm: float) -> list[float | None]:
    """Each channel's kilohm on the side that the current went through; None where it was cut off.

    The board's own series resistor is taken off, and what the chip's filter takes is given back.
    """
    cycles = FREQUENCY_HZ / samples.board.rate_hz
    uv = amplitude(samples.uv, samples.place, cycles) / np.sinc(cycles) ** 3
    kohm = np.maximum(uv / (_FUNDAMENTAL * CURRENT_NA) - series_kohm, 0.0)  # uV / nA is kOhm
    cut_off = samples.clipped
    return [None if cut_off[c] else round(float(k), 2) for c, k in enumerate(kohm)]


def electrodes_of(
    kohm: dict[str, list[float | None]], left: Left, names: Names, one_reference: bool
) -> list[Electrode]:
    """Both electrodes of every channel that is left to judge; the reference only once."""
    return [
        Electrode(c, names.short(c), names.muscle(c), side, kohm[side][c])
        for c in left.channels
        for side in ("P", "N")
        if side == "P" or not one_reference or c == left.channels[0]
    ]


def check_impedance(
    electrodes: Sequence[Electrode], left: Left, names: Names, limit_kohm: float
) -> Finding:
    """Whether every electrode has good contact."""
    known = [e for e in electrodes if e.kohm is not None]
    if not known:
        return left.nothing("impedance", names, "no channel could be measured")
    worst = max(known, key=lambda e: e.kohm or 0.0)
    bad = [e for e in known if (e.kohm or 0.0) > limit_kohm]
    listed = ", ".join(f"{names.full(e.channel)} {e.electrode} {_kohm(e)}" for e in bad)
    finding = Finding(
        "impedance",
        state_of(not bad),
        f"{_kohm(worst)} kOhm (±{UNCERTAIN_PCT} %) at {worst.name} {worst.electrode}; limit "
        f"{limit_kohm:g} kOhm",
        f"{listed} kOhm: take the electrode off, clean the skin with alcohol, rub it lightly with "
        "abrasive paste, and put a fresh electrode on with enough gel."
        if bad
        else "",
        measured=worst.kohm,
        limit=limit_kohm,
        unit="kOhm",
        detail=_table(electrodes, left, names),
        values={
            "uncertainty_pct": UNCERTAIN_PCT,
            "current_na": CURRENT_NA,
            "frequency_hz": FREQUENCY_HZ,
            "electrodes": [asdict(e) for e in electrodes],
        },
    )
    left.without([e.channel for e in bad], "bad contact")
    return finding


def _kohm(electrode: Electrode) -> str:
    return "-" if electrode.kohm is None else f"{electrode.kohm:.1f}"


def _table(electrodes: Sequence[Electrode], left: Left, names: Names) -> tuple[str, ...]:
    by_channel: dict[str, list[str]] = {}
    for electrode in electrodes:
        by_channel.setdefault(electrode.name, []).append(_kohm(electrode))
    pairs = (f"{name} {'/'.join(kohm)}" for name, kohm in by_channel.items())
    return ("kOhm of P/N:", *pairs, *left.notes(names))
