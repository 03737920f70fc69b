"""The electrodes: on the skin, with good contact, apart from each other, without hum."""

from dataclasses import dataclass, field

import numpy as np
from ads1299.registers import FULL_SCALE_COUNTS

from emgd.doctor.finding import Finding, skipped, state_of
from emgd.doctor.names import Names
from emgd.doctor.samples import Samples
from emgd.doctor.tones import Floats, band_products, hum_uv

OFFSET_PCT = 80.0  # of the range
BRIDGE_R = 0.95
BAND_HZ = 450.0
MAINS_HZ = (50, 60)


@dataclass(slots=True)
class Left:
    """The channels that are left to judge; whoever finds worse takes one away."""

    channels: list[int]
    why: dict[int, str] = field(default_factory=dict)

    def without(self, channels: list[int], why: str) -> None:
        """These have a fault already that explains others."""
        self.why |= dict.fromkeys([c for c in channels if c in self.channels], why)
        self.channels = [c for c in self.channels if c not in channels]

    def notes(self, names: Names) -> tuple[str, ...]:
        """What to say of those that were taken away."""
        reasons = dict.fromkeys(self.why.values())
        return tuple(
            f"{names.listed(c for c, own in self.why.items() if own == why)} not judged: {why}"
            for why in reasons
        )

    def nothing(self, check: str, names: Names, why: str = "all channels are off") -> Finding:
        """There is nobody to judge, or no way to."""
        return skipped(check, "; ".join(self.notes(names)) or why)


def check_lead_off(dc: Samples, left: Left, names: Names, one_reference: bool) -> Finding:
    """Which electrodes are off, as the chip's direct current tells."""
    p, n = dc.lead_off()
    off = [(c, side) for side, bits in (("P", p), ("N", n)) for c in left.channels if bits[c]]
    looked = len(left.channels) * (1 if one_reference else 2) + one_reference
    if not left.channels:
        return left.nothing("lead-off", names)
    listed = ", ".join(f"{names.full(c)} {side}" for c, side in sorted(off))
    finding = Finding(
        "lead-off",
        state_of(not off),
        f"{len(off)} of {looked} electrodes off; limit 0",
        f"Off: {listed}. Put the electrode on again, or plug its cable in." if off else "",
        measured=len(off),
        limit=0,
        unit="electrodes",
        values={"off": [{"channel": c, "electrode": side} for c, side in sorted(off)]},
    )
    left.without([c for c, _ in off], "electrode off")
    return finding


def check_offset(main: Samples, left: Left, names: Names) -> Finding:
    """How near to the end of the chip's range the electrodes' own voltage brings each channel."""
    if not left.channels:
        return left.nothing("offset", names)
    full_uv = np.array(main.board.uv_per_count) * FULL_SCALE_COUNTS
    share = 100 * np.abs(np.median(main.uv, axis=0)) / full_uv
    clipped = main.clipped
    wrong = [c for c in left.channels if share[c] > OFFSET_PCT or clipped[c]]
    worst = max(left.channels, key=lambda c: (clipped[c], share[c]))
    cut = f", {100 * clipped[worst]:.0f} % of samples cut off" if clipped[worst] else ""
    finding = Finding(
        "offset",
        state_of(not wrong),
        f"{share[worst] * full_uv[worst] / 1e5:.1f} mV on {names.short(worst)}, {share[worst]:.0f} "
        f"% of ±{full_uv[worst] / 1e3:.0f} mV{cut}; limit {OFFSET_PCT:g} %",
        f"{names.listed_full(wrong)}: the electrode is dry, old, or not of the same metal as its "
        "partner. Put a fresh one on; if that does not help, set board.gain lower."
        if wrong
        else "",
        measured=float(share[worst]),
        limit=OFFSET_PCT,
        unit="% of range",
        values={"offset_pct": share.tolist(), "clipped": clipped.tolist()},
    )
    left.without([c for c in wrong if clipped[c]], "at the end of its range")
    return finding


def check_hum(main: Samples, rate_hz: float, left: Left, names: Names, limit_uv: float) -> Finding:
    """How much of the mains each channel has; `rate_hz` is the true rate."""
    if not left.channels:
        return left.nothing("hum", names)
    uv = main.uv
    hum = {hz: hum_uv(uv, main.place, rate_hz, hz) for hz in MAINS_HZ}
    mains_hz = max(MAINS_HZ, key=lambda hz: hum[hz][left.channels].max())
    most = hum[mains_hz]
    wrong = [c for c in left.channels if most[c] > limit_uv]
    worst = max(left.channels, key=lambda c: most[c])
    return Finding(
        "hum",
        state_of(not wrong),
        f"{most[worst]:.1f} µV rms at {mains_hz} Hz on {names.short(worst)}; limit {limit_uv:g} µV",
        f"{names.listed_full(wrong)}: move cables, lamps and power supplies away from the "
        "participant, twist the electrode's two wires, look at the ground electrode. What "
        f"remains can be taken out with filter.mains_hz = {mains_hz}."
        if wrong
        else "",
        measured=float(most[worst]),
        limit=limit_uv,
        unit="uV rms",
        detail=left.notes(names),
        values={f"hum_{hz}_uv": values.tolist() for hz, values in hum.items()},
    )


def check_bridges(
    main: Samples,
    shorted: Samples,
    rate_hz: float,
    left: Left,
    names: Names,
    common: list[int],
) -> Finding:
    """Whether gel joins channels: then they carry the same. The chip's own noise is taken out."""
    pairs = [
        (a, b)
        for i, a in enumerate(left.channels)
        for b in left.channels[i + 1 :]
        if not (a in common and b in common)
    ]
    if not pairs:
        return left.nothing("bridge", names, "there are no two channels to compare")
    high_hz = min(BAND_HZ, 0.45 * main.board.rate_hz)
    products = band_products(main.uv, main.place, rate_hz, high_hz)
    noise = np.diag(band_products(shorted.uv, shorted.place, rate_hz, high_hz))
    r = _correlations(products, noise)
    joined = [pair for pair in pairs if abs(r[pair]) > BRIDGE_R]
    worst = max(pairs, key=lambda pair: abs(r[pair]))
    listed = ", ".join(f"{names.full(a)} and {names.full(b)}" for a, b in joined)
    return Finding(
        "bridge",
        state_of(not joined),
        f"{names.short(worst[0])} and {names.short(worst[1])} are most alike, r = "
        f"{r[worst]:.2f}; limit {BRIDGE_R:g}",
        f"{listed}: gel or sweat joins their electrodes, or a wire does. Take them off, clean and "
        "dry the skin in between, and put fresh ones on with less gel."
        if joined
        else "",
        measured=float(r[worst]),
        limit=BRIDGE_R,
        unit="r",
        detail=left.notes(names),
        values={"joined": [list(pair) for pair in joined]},
    )


def _correlations(products: Floats, noise: Floats) -> Floats:
    """What two channels have in common of what their electrodes bring."""
    power = np.diag(products)
    own = np.maximum(power - noise, power / 2)  # a channel of nothing but noise is alike to none
    own = np.maximum(own, 1e-9)  # nor is a constant one
    r: Floats = np.clip(products / np.sqrt(np.outer(own, own)), -1, 1)
    return r
