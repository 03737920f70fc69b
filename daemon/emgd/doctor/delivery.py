"""How the samples come: at what rate, all of them, and in time."""

from collections.abc import Sequence

import numpy as np

from emgd.doctor.finding import Finding, State, skipped, state_of
from emgd.doctor.samples import SILENT_S, Samples
from emgd.doctor.tones import Pace, pace

RATE_OFF_PPM = 5000.0  # p.8: the chip's own oscillator at room temperature
RATE_WRONG_PPM = 25000.0  # and over its whole range
_LATE_SHARE = 90.0  # percent of the packets that have to come in that time


def pace_of(samples: Samples) -> Pace:
    """The pace of a measurement."""
    return pace(samples.ends, samples.arrivals_ns, samples.board.rate_hz)


def check_rate(measured: Pace, nominal_hz: int) -> Finding:
    """The true sample rate by this PC's clock."""
    ppm = (measured.rate_hz / nominal_hz - 1) * 1e6
    error_ppm = measured.rate_error_hz / nominal_hz * 1e6
    surely_off = max(0.0, abs(ppm) - error_ppm)
    state, do = State.OK, ""
    if surely_off > RATE_WRONG_PPM:
        state = State.FAIL
        do = (
            "No clock of this chip can be so far off: the board runs at another rate than its "
            "registers say, or one of the clocks of board and PC is broken. Do not record."
        )
    elif surely_off > RATE_OFF_PPM:
        state = State.WARN
        do = (
            "Further off than the chip's clock should be at room temperature. Times stay right, "
            "as the true rate is measured all along; tell the maker of the board."
        )
    elif abs(ppm) + error_ppm > RATE_WRONG_PPM:
        return skipped("rate", "packets come too unevenly to tell; try --seconds 60")
    return Finding(
        "rate",
        state,
        f"{measured.rate_hz:.2f} Hz, {ppm:+.0f} (±{error_ppm:.0f}) ppm off; limit ±"
        f"{RATE_OFF_PPM:.0f} ppm",
        do,
        measured=ppm,
        limit=RATE_WRONG_PPM if state is State.FAIL else RATE_OFF_PPM,
        unit="ppm",
        values={"rate_hz": measured.rate_hz, "error_ppm": error_ppm},
    )


def check_loss(taken: Sequence[Samples]) -> Finding:
    """Whether every sample came, in all that was measured so far."""
    lost = sum(each.lost for each in taken)
    lost += sum(
        round(each.silent_s * each.board.rate_hz) for each in taken if each.silent_s > SILENT_S
    )
    seconds = sum(each.seconds for each in taken)
    bad = sum(each.counters.bad_frames for each in taken)
    reconnects = sum(each.counters.reconnects for each in taken)
    state = State.FAIL if lost or reconnects else State.WARN if bad else State.OK
    notes = [f"{lost} of {sum(each.span for each in taken) + lost} samples lost in {seconds:.0f} s"]
    notes += [f"{bad} bad frames"] if bad else []
    notes += [f"the line dropped {reconnects} times"] if reconnects else []
    return Finding(
        "loss",
        state,
        f"{', '.join(notes)}; limit 0",
        _cure(lost, bad, reconnects),
        measured=lost,
        limit=0,
        unit="samples",
        values={"lost": lost, "seconds": seconds, "bad_frames": bad, "reconnects": reconnects},
    )


def _cure(lost: int, bad: int, reconnects: int) -> str:
    if reconnects:
        return "Wi-Fi: go nearer, or take another channel. Cable: look for a loose plug."
    if bad:
        return (
            "Bytes are broken on the way. Serial line: lower the baud rate, take a shorter cable. "
            "TCP: the board's firmware mixes its messages."
        )
    if lost:
        return (
            "Samples were thrown away on the way or fetched too late. Wi-Fi: go nearer, take "
            "another channel, switch other devices off, or take a cable. SPI: this PC is too busy, "
            "see realtime. All: a lower board.rate_hz."
        )
    return ""


def check_jitter(measured: Pace, limit_ms: float) -> Finding:
    """How late packets are."""
    late_ms = float(np.percentile(measured.late_ms, _LATE_SHARE))
    good = late_ms <= limit_ms
    do = (
        "Samples come in bursts: what is shown and marked live comes late by as much. Wi-Fi: go "
        "nearer, take another channel. USB: see usb-latency. Close what keeps this PC busy."
    )
    return Finding(
        "jitter",
        state_of(good),
        f"{_LATE_SHARE:.0f} % of packets within {late_ms:.1f} ms; limit {limit_ms:g} ms",
        "" if good else do,
        measured=late_ms,
        limit=limit_ms,
        unit="ms",
        values={
            "median_ms": float(np.median(measured.late_ms)),
            "most_ms": float(measured.late_ms.max()),
        },
    )
