"""The measurements, each with a plan of its own; one that fails is told once, and ends them."""

from collections.abc import Callable
from dataclasses import replace

from ads1299 import registers as reg
from ads1299.inputs import SquareWave
from ads1299.plan import BoardPlan
from ads1299.source import ChipError

from emgd.doctor.bench import TROUBLE, Bench, Identity
from emgd.doctor.heard import Heard
from emgd.doctor.samples import Samples, Tick, measure

_FEWEST_PACKETS = 2
_TRIES = 2

Progress = Callable[[str], Tick]  # told what is measured; gives whom to tell the seconds left


class Stages:
    """Measures one after the other."""

    def __init__(
        self, bench: Bench, heard: Heard, progress: Progress, registers_work: bool
    ) -> None:
        self.taken: list[Samples] = []
        self.failure = ""  # why there is nothing more to measure
        self._registers_work = registers_work
        self._bench = bench
        self._heard = heard
        self._progress = progress
        self._refused = ""

    @property
    def why(self) -> str:
        """Why a measurement gave nothing."""
        return self.failure or self._refused

    def take(self, what: str, plan: BoardPlan, seconds: float) -> Samples | None:
        """Measure, anew where the line dropped; None where it cannot be done: see `why`."""
        for _ in range(_TRIES):
            samples = self._measure(what, plan, seconds)
            if samples is None or not samples.counters.reconnects:
                return samples
        self.failure = f"the line drops again and again: {self._heard.last}"
        return None

    def _measure(self, what: str, plan: BoardPlan, seconds: float) -> Samples | None:
        if self.failure:
            return None
        self._heard.last = ""
        try:
            samples = measure(self._bench.source(plan), seconds, self._progress(what))
        except ChipError as fault:
            if self._registers_work:
                self.failure = str(fault)
            else:  # that was told already, and other measurements may do without this register
                self._refused = str(fault)
            return None
        except TROUBLE as fault:
            self.failure = self._heard.last or str(fault)
            return None
        if len(samples.ends) < _FEWEST_PACKETS:
            self.failure = f"only {len(samples.ends)} packets came. {self._heard.last}"
            return None
        self.taken.append(samples)
        return samples


def configured(plan: BoardPlan, found: list[bytes], identity: Identity) -> BoardPlan:
    """The plan, or what the board's registers say where they are to be taken as they are."""
    if plan.configure:
        return plan
    sets = [found[c // 8][reg.CH1SET + c % 8] for c in range(identity.channels)]
    return replace(
        plan,
        configure=True,
        rate_hz=reg.rate_of(found[0][reg.CONFIG1]) or plan.rate_hz,
        gains=tuple(reg.gain_of(chnset) or 24 for chnset in sets),
        inactive=frozenset(c for c, chnset in enumerate(sets) if chnset & reg.CHANNEL_OFF),
        packet_samples=identity.packet_samples,
    )


def shorted(plan: BoardPlan) -> BoardPlan:
    """Inputs connected to nothing."""
    return replace(plan, inputs=("shorted",), bias=None, lead_off=None)


def tested(plan: BoardPlan) -> BoardPlan:
    """Inputs connected to the chip's own square wave."""
    return replace(plan, inputs=("test",), test=SquareWave(1875, 1.953), bias=None, lead_off=None)
