"""The route of a block through what was built for one configured board."""

import logging
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, replace

import numpy as np
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo
from ads1299.status import ElectrodeWatch
from numpy.typing import NDArray

from emgd.dsp import kernels
from emgd.dsp.filters import Chain, FilterPlan, design
from emgd.gpio import GpioMarks
from emgd.health import Health
from emgd.messages import GAP, RAW, Header
from emgd.meta import describe, muscles_of
from emgd.outlet import Outlet
from emgd.settings import Channel, Gpio, Spotter
from emgd.shared import Mark
from emgd.spotting import Event, Spotting
from emgd.timeline import Timeline

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Setup:
    """What the settings ask of the route, whatever board comes."""

    filter: FilterPlan = field(default_factory=FilterPlan)
    channels: tuple[Channel, ...] = ()
    gpio: Gpio | None = None  # None: the inputs make no marks
    mvc_uv: tuple[float | None, ...] = ()  # maximum contractions known from the start
    spotter: Spotter = field(default_factory=Spotter)


class Route:
    """Chain, timeline and inputs of one board; sends what becomes of its blocks."""

    def __init__(
        self,
        board: BoardInfo,
        setup: Setup,
        utc_offset_ns: int,
        outlet: Outlet,
        health: Health,
        before: "Route | None" = None,
    ) -> None:
        self._board = board
        self._setup = setup
        self._outlet = outlet
        self._health = health
        self._design = design(setup.filter, board.rate_hz)
        self.chain = Chain(self._design, board.uv_per_count)
        self.timeline: Timeline = Timeline(
            board.rate_hz, utc_offset_ns, before.timeline.stamped_ns if before else 0
        )
        self.pins = GpioMarks(setup.gpio, board.rate_hz, board.chips) if setup.gpio else None
        self._mvc_uv: list[float | None] = [None] * board.channels
        self._electrodes = ElectrodeWatch(board)
        self.spotting: Spotting = Spotting(
            board.rate_hz,
            muscles_of(board, setup.channels),
            setup.spotter,
            active=board.active,
            settle_samples=self._design.settle_samples,
            utc_ns=self.timeline.utc_ns,
            last_id=before.spotting.last_id if before else 0,
        )
        health.meet(board)

    def set_mvc(self, mvc_uv: list[float | None]) -> None:
        """Go on with these values of maximum contraction, microvolts per channel."""
        self._mvc_uv = mvc_uv
        self.spotting.set_mvc(mvc_uv)

    def tune(self, settings: Spotter) -> None:
        """Spot with other settings."""
        self._setup = replace(self._setup, spotter=settings)
        self._tell(self.spotting.set(settings))

    def finish(self) -> None:
        """There will be no more blocks."""
        self._tell(self.spotting.finish())

    def meta(self, started_ns: int) -> Header:
        """What a subscriber needs to know of all this."""
        setup = self._setup
        fields = describe(self._board, setup.channels, setup.filter, self._design, started_ns)
        fields["gpio"] = asdict(setup.gpio) if setup.gpio is not None else None
        fields["mvc_uv"] = self._mvc_uv
        fields["spotter"] = asdict(setup.spotter)
        return fields

    def place(self, block: Block) -> None:
        """Give a block its place in time, and tell of what is missing before it."""
        timeline, gap = self.timeline, block.gap
        if gap is not None and gap.reason != "lost":
            timeline.restart()
        timeline.add(block.first, block.samples, block.taken_ns, block.step_ns)
        if gap is not None:
            self._tell_gap(gap)

    def send(self, block: Block) -> NDArray[np.float32]:
        """Publish a block that has its place, as it came and as the chain makes it; gives that.

        What it gives is written over by the next block.
        """
        n = block.samples
        t_ns, step_ns = self.timeline.stamp(block.first, n)
        place: Header = {"first": block.first, "n": n, "t_ns": t_ns, "step_ns": step_ns}
        counted = {**place, "dtype": "<i4", "unit": "count", "status": block.status}
        raw = self._outlet.publish(RAW, counted, block.counts.data)
        self._health.block(block, time.monotonic_ns())
        self._outlet.keep(RAW, {**raw, **_clocks(block)}, block.counts.tobytes())
        off = self._electrodes.each(block.status)
        events = self.spotting.update(block.first, self.chain, block.counts, off)
        filtered = self.chain.out
        place |= {"dtype": "<f4", "unit": "uV"}
        self._outlet.publish_filtered(place, filtered[kernels.EMG].data, filtered[kernels.ENV].data)
        self._tell(events)
        return filtered

    def _tell(self, events: list[Event]) -> None:
        for topic, fields in events:
            self._outlet.send(topic, fields)

    def marks(self, block: Block) -> Iterator[Mark]:
        """What the board's inputs say, at the samples where they say it."""
        for mark in self.pins.take(block) if self.pins is not None else ():
            at_ns = self.timeline.utc_ns(mark.sample)
            yield Mark(mark.label, mark.value, mark.sample, at_ns, "gpio")

    def _tell_gap(self, gap: Gap) -> None:
        self._health.gap(gap)
        self.chain.bridge()
        self._tell(self.spotting.gap(gap.first, gap.missing))
        at_ns = self.timeline.utc_ns(gap.first)
        self._outlet.send(
            GAP,
            {"first": gap.first, "missing": gap.missing, "reason": gap.reason, "t_ns": at_ns},
        )
        _log.warning(
            "%d samples missing from %d on (%s)",
            gap.missing,
            gap.first,
            gap.reason,
            extra={"fields": {"first": gap.first, "missing": gap.missing, "reason": gap.reason}},
        )


def _clocks(block: Block) -> Header:
    """The clocks of a block, as a recording keeps them beside the best estimate."""
    return {
        "board_us": block.board_us,
        "taken_ns": block.taken_ns,
        "arrival_ns": block.arrival_ns,
        "clock_step_ns": block.step_ns,
    }
