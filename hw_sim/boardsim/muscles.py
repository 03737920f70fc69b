"""The muscles of a person's face: they move, and they are never quite at rest."""

from dataclasses import dataclass

import numpy as np

from boardsim.bursts import Bursts
from boardsim.chronicle import Movement
from boardsim.expressions import Draft
from boardsim.motor_units import GRID_S, HALF_S, Electrode, Reals
from boardsim.person import Person
from boardsim.sinc import OVERSAMPLE, Floats

TONE_S = 8.0  # a muscle's tone is made in pieces
TONE_VARIES = 0.3  # SD of its logarithm from one piece to the next
PIECE = round(1.0 / GRID_S)  # of levels: nobody waits for the whole of a long contraction


@dataclass(slots=True)
class _UnderWay:
    """A contraction of which the signal is not yet made to its end."""

    channel: int
    from_s: float
    levels: Reals
    rng: np.random.Generator


class Muscles:
    """Turns drafts into signals on the electrodes, and says where they lie."""

    def __init__(
        self, person: Person, channels: int, step_s: float, rng: np.random.Generator
    ) -> None:
        self._person = person
        self._channels = channels
        self._step_s = step_s
        self._electrode = Electrode(step_s)
        self._move_rng, self._tone_rng = rng.spawn(2)
        self._bursts = Bursts()
        self._under_way: list[_UnderWay] = []
        self._tone_s = 0.0
        self._tone = self._draw_tone()

    def _draw_tone(self) -> Floats:
        varied = self._tone_rng.lognormal(0.0, TONE_VARIES, self._channels)
        return (self._person.tone_pct / 100 * varied).astype(np.float32)

    def move(self, draft: Draft, at_s: float) -> Movement | None:
        """Begin a movement; None where it is of muscles without electrodes."""
        peaks = {c: pct for c, pct in draft.mvc_pct().items() if c < self._channels}
        if not peaks:
            return None
        onset_s = at_s + draft.lead_s
        here = [stroke for stroke in draft.strokes if stroke.channel < self._channels]
        for stroke, rng in zip(here, self._move_rng.spawn(len(here)), strict=True):
            from_s = onset_s + stroke.at_s - stroke.lead_s
            self._under_way.append(_UnderWay(stroke.channel, from_s, stroke.levels(), rng))
        strongest = draft.strongest
        return Movement(
            draft.kind,
            draft.emotion,
            onset=self._sample(onset_s),
            apex=self._sample(onset_s + strongest.at_s + strongest.apex * strongest.duration_s),
            offset=self._sample(onset_s + draft.duration_s),
            begins=self._sample(at_s),
            ends=self._sample(at_s + draft.total_s),
            mvc_pct=peaks,
            peak_uv={c: pct / 100 * float(self._person.mvc_uv[c]) for c, pct in peaks.items()},
        )

    def _spread(self, from_s: float, channel: int, wave: Floats) -> None:
        """Lay a muscle's signal on its own electrodes and, weaker, on those beside them."""
        first, mvc_uv = round(from_s / self._step_s), float(self._person.mvc_uv[channel])
        self._bursts.add(first, channel, wave, mvc_uv)
        for other, share in self._person.cross_talk.get(channel, {}).items():
            self._bursts.add(first, other, wave, share * mvc_uv)

    def _sample(self, at_s: float) -> int:
        """The first sample whose conversion ends after a time of the drive."""
        return round((at_s + HALF_S) / self._step_s) // OVERSAMPLE - 3

    def lay(self, out: Floats, moment: int) -> None:
        """Add all muscles' signals to `[channels, n]` that begins with that moment."""
        end = moment + out.shape[1]
        while round(self._tone_s / self._step_s) < end:
            self._go_on_resting()
        for contraction in self._under_way:
            while len(contraction.levels) and round(contraction.from_s / self._step_s) < end:
                self._go_on(contraction)
        self._under_way = [each for each in self._under_way if len(each.levels)]
        self._bursts.lay(out, moment)

    def _go_on(self, contraction: _UnderWay) -> None:
        """The next piece of a contraction."""
        piece, contraction.levels = np.split(contraction.levels, [PIECE])
        wave = self._electrode.contract(contraction.rng, piece)
        self._spread(contraction.from_s, contraction.channel, wave)
        contraction.from_s += PIECE * GRID_S

    def _go_on_resting(self) -> None:
        """The next piece of the tone; it goes slowly to another level."""
        first, before = round(self._tone_s / self._step_s), self._tone
        self._tone_s, self._tone = self._tone_s + TONE_S, self._draw_tone()
        for channel, ends in enumerate(zip(before, self._tone, strict=True)):
            if max(ends) > 0:
                levels = np.linspace(*ends, round(TONE_S / GRID_S), endpoint=False)
                wave = self._electrode.contract(self._tone_rng, levels)
                self._bursts.add(first, channel, wave, float(self._person.mvc_uv[channel]))
