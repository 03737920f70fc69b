"""How bright a bar is, between its dark and its lit, in the glow of its neighbours; arrays only."""

from typing import Any

import numpy as np

from emgd.video.segments import MIDDLE, NOTHING, Array, pattern, table

_WINDOW_S, _HOP_S = 2.0, 0.5  # in 2 s the last digit shows each bar lit and dark several times
_PRIOR = 10.0  # frames' worth of trust in what the last digit taught, for the slower ones
_CLEAR = 0.2  # from the middle, to be learned from
_ROUNDS = 3
_BESIDE = 2  # frames

Mask = np.ndarray[Any, np.dtype[np.bool_]]


def brightness(levels: Array, hidden: Mask, fps: float) -> tuple[Array, Array]:
    """Each bar's own light, 0 dark and 1 lit, and that of the holes, from levels [n, digits, 9].

    Exposure is followed by the last digit, whose bars all go on and off within any two seconds. A
    bar's level is then a sum: a constant, its own light, and what shines over from the other bars
    of its digit. The parts of that sum are learned from the video, digit by digit.
    """
    levels = _steadied(levels, hidden)
    frames = np.arange(len(levels))
    centers, dark, lit, base = _last_digit(levels[:, -1], fps)

    def at_frames(blocks: Array) -> Array:
        return np.stack([np.interp(frames, centers, column) for column in blocks.T], -1)

    dark, lit, base = at_frames(dark), at_frames(lit), at_frames(base[:, None])
    gain = np.maximum(np.median(lit - dark, -1), 1.0)[:, None]
    relative = (levels[..., :7] - base[..., None]) / gain[..., None]
    rough = (levels[:, -1, :7] - dark) / np.maximum(lit - dark, 0.3 * gain)
    plain = np.vstack([np.eye(7), np.zeros(7)])
    model = _learned(relative[:, -1], rough, hidden, plain)
    out = np.empty(relative.shape)
    for digit in range(levels.shape[1]):
        own = model
        for _ in range(_ROUNDS):
            out[:, digit] = _own_light(relative[:, digit], own)
            own = _learned(relative[:, digit], out[:, digit], hidden, model)
        out[:, digit] = _own_light(relative[:, digit], own)
    holes = (levels[..., 7:].max(-1) - np.median(dark, -1)[:, None]) / gain
    return out, holes


def _steadied(levels: Array, hidden: Mask) -> Array:
    """Scaled to one exposure: the brightest bar of the last digit is always a lit one."""
    brightest = levels[:, -1, :7].max(-1)
    around = np.pad(brightest, _BESIDE, mode="edge")
    local = np.median(np.lib.stride_tricks.sliding_window_view(around, 2 * _BESIDE + 1), -1)
    usual = float(np.median(brightest[~hidden])) if not hidden.all() else 1.0
    scale = np.clip(usual / np.maximum(local, 1.0), 0.2, 5)
    return np.asarray(levels * scale[:, None, None])


def _last_digit(spots: Array, fps: float) -> tuple[Array, Array, Array, Array]:
    """Dark and lit of the last digit's bars and its ground, in windows around some frames."""
    hop, half = max(1.0, _HOP_S * fps), _WINDOW_S * fps / 2
    centers = np.arange(min(hop, len(spots)) / 2, len(spots), hop)
    dark, lit, base = (np.empty((len(centers), n)) for n in (7, 7, 1))
    for n, center in enumerate(centers):
        low = min(max(0, int(center - half)), max(0, int(len(spots) - 2 * half)))
        part = spots[low : low + max(2, int(2 * half))]
        middle = np.percentile(part, (2, 98), axis=0).mean(0)
        for bar in range(7):
            above = part[:, bar] > middle[bar]
            dark[n, bar] = np.median(part[~above, bar])
            lit[n, bar] = np.median(part[above, bar]) if above.any() else dark[n, bar]
        base[n] = np.median(part[:, 7:])
    return centers, dark, lit, base[:, 0]


def _learned(relative: Array, bars: Array, hidden: Mask, prior: Array) -> Array:
    """What each lit bar gives to each bar's level, and a constant: [7 + 1, 7]."""
    clear = (np.abs(bars - MIDDLE) > _CLEAR).all(-1) & ~hidden
    clear &= table()[pattern(bars > MIDDLE)] != NOTHING
    design = np.column_stack([bars > MIDDLE, np.ones(len(bars))])[clear].astype(float)
    rest = relative[clear] - design @ prior
    square = design.T @ design + _PRIOR * np.eye(8)
    model = prior + np.linalg.solve(square, design.T @ rest)
    return model if (np.diag(model[:7]) > 0.3).all() else prior


def _own_light(relative: Array, model: Array) -> Array:
    """Take the constant and the other bars' light away."""
    own = np.diag(model[:7])
    others = model[:7] - np.diag(own)
    bars = (relative - model[7]) / own
    for _ in range(_ROUNDS):
        bars = (relative - model[7] - (bars > MIDDLE) @ others) / own
    return np.asarray(bars)
