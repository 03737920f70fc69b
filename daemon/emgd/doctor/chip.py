"""The chip by its own signals: noise with shorted inputs, gain and sampling by the test signal."""

import math

import numpy as np
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo

from emgd.doctor.finding import Finding, State, skipped, state_of
from emgd.doctor.names import Names
from emgd.doctor.samples import Samples
from emgd.doctor.tones import Square, square

# Noise at 1 kSPS in uV rms by gain (p.17, tables 1 to 4); it goes with the root of the rate,
# but for 16 kSPS, where quantisation makes it 2.5 times that.
SHEET_UV = {1: 2.17, 2: 1.14, 4: 0.62, 6: 0.46, 8: 0.39, 12: 0.32, 24: 0.28}
NOISE_MOST = 2.0  # times the data sheet's typical figure
NOISE_LEAST = 0.3  # a converter that is too quiet does not convert
GAIN_OFF_PCT = 2.0  # p.8: the accuracy of the test signal itself
PERIOD_OFF_PCT = 0.1

_TEST_TCLK = {0.977: 1 << 21, 1.953: 1 << 20}  # periods of the test signal, p.47
_CLOCK_HZ = 2_048_000

_NO_CHANNEL = "all channels are switched off"


def sheet_noise_uv(gain: int, rate_hz: int) -> float:
    """What the data sheet says of the noise with shorted inputs."""
    return SHEET_UV[gain] * math.sqrt(rate_hz / 1000) * (2.5 if rate_hz == 16000 else 1.0)


def check_noise(shorted: Samples, names: Names) -> Finding:
    """Whether each channel is as quiet as it should be when it is connected to nothing."""
    board = shorted.board
    on = _active(board)
    if not on:
        return skipped("noise", _NO_CHANNEL)
    uv = shorted.uv.std(axis=0)
    sheet = {c: sheet_noise_uv(board.gains[c], board.rate_hz) for c in on}
    loud = [c for c in on if uv[c] > NOISE_MOST * sheet[c]]
    dead = [c for c in on if uv[c] < NOISE_LEAST * sheet[c]]
    worst = max(loud or dead or on, key=lambda c: uv[c] / sheet[c])
    do = []
    if loud:
        do.append(
            f"{names.listed_full(loud)}: more than {NOISE_MOST:g} times the data sheet's noise. "
            "Keep the board away from power supplies, run it from its battery; if that does "
            "not help, the channel is broken: use another one."
        )
    if dead:
        do.append(f"{names.listed_full(dead)}: does not convert. Do not use this channel.")
    least, most = NOISE_LEAST * sheet[worst], NOISE_MOST * sheet[worst]
    return Finding(
        "noise",
        state_of(not do),
        f"{uv[worst]:.2f} µV rms on {names.short(worst)}, inputs shorted; limit {least:.2f} to "
        f"{most:.2f} µV",
        " ".join(do),
        measured=float(uv[worst]),
        limit=most,
        unit="uV rms",
        values={"noise_uv": [float(v) if c in on else None for c, v in enumerate(uv)]},
    )


def samples_per_period(plan: BoardPlan) -> float:
    """How many samples a period of the test signal lasts: both come from the chip's one clock."""
    return _TEST_TCLK[plan.test.frequency_hz] / (_CLOCK_HZ / plan.rate_hz)


def check_test_signal(tested: Samples, plan: BoardPlan, names: Names) -> list[Finding]:
    """Gain and sampling, by the square wave that the chip makes."""
    on = _active(tested.board)
    if not on:
        return [skipped("gain", _NO_CHANNEL), skipped("sampling", _NO_CHANNEL)]
    uv, period = tested.uv, samples_per_period(plan)
    seen = {c: square(uv[:, c], tested.place, period / 2) for c in on}
    return [_gain(seen, tested.board, plan, names), _sampling(seen, period)]


def _gain(seen: dict[int, Square], board: BoardInfo, plan: BoardPlan, names: Names) -> Finding:
    vref_uv = board.uv_per_count[0] * board.gains[0] * (1 << 23)
    nominal_uv = plan.test.amplitude_uv * vref_uv / 4_500_000
    off = {c: 100 * (wave.amplitude / nominal_uv - 1) for c, wave in seen.items()}
    wrong = [c for c in seen if not abs(off[c]) <= GAIN_OFF_PCT]
    worst = max(seen, key=lambda c: abs(off[c]))
    do = ""
    if wrong:
        do = (
            f"{names.listed_full(wrong)}: microvolts of this channel would be wrong. If all "
            "channels are off, the board's reference voltage is not what its firmware says; "
            "if one is, do not use it."
        )
    return Finding(
        "gain",
        state_of(not wrong),
        f"gain {off[worst]:+.2f} % off on {names.short(worst)}, by the test signal; limit "
        f"±{GAIN_OFF_PCT:g} %",
        do,
        measured=off[worst],
        limit=GAIN_OFF_PCT,
        unit="%",
        values={
            "off_pct": [off.get(c) for c in range(board.channels)],
            "amplitude_uv": [
                seen[c].amplitude if c in seen else None for c in range(board.channels)
            ],
        },
    )


def _sampling(seen: dict[int, Square], period: float) -> Finding:
    periods = [wave.period for wave in seen.values() if wave.period]
    if not periods:
        return skipped("sampling", "there was no test signal to count by")
    counted = float(np.median(periods))
    off_pct = 100 * (counted / period - 1)
    good = abs(off_pct) <= PERIOD_OFF_PCT
    do = (
        "Samples vanish or double inside the board, before they are counted: its firmware does "
        "not keep up with the chip. Choose a lower board.rate_hz, or mend the firmware."
    )
    return Finding(
        "sampling",
        State.OK if good else State.FAIL,
        f"sample count {off_pct:+.3f} % off, by the test signal; limit ±{PERIOD_OFF_PCT:g} %",
        "" if good else do,
        measured=off_pct,
        limit=PERIOD_OFF_PCT,
        unit="%",
        values={"period_samples": counted},
    )


def _active(board: BoardInfo) -> list[int]:
    return [c for c, on in enumerate(board.active) if on]
