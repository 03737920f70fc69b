"""The electrodes' checks in their order: what is found off is not judged for anything else."""

from dataclasses import dataclass

from ads1299.inputs import LeadOff
from ads1299.plan import BoardPlan
from ads1299.source import BoardInfo
from ads1299.state import chip_states

from emgd.doctor.electrodes import Left, check_bridges, check_hum, check_lead_off, check_offset
from emgd.doctor.finding import Say
from emgd.doctor.impedance import (
    CURRENT_NA,
    MODE,
    Electrode,
    check_impedance,
    electrodes_of,
    kohm_of,
    lead_off_plan,
)
from emgd.doctor.lengths import Lengths
from emgd.doctor.names import Names
from emgd.doctor.samples import Samples
from emgd.doctor.stages import Stages
from emgd.settings import Doctor

CHECKS = ("lead-off", "offset", "bridge", "impedance", "hum")


@dataclass(frozen=True, slots=True)
class Skin:
    """What it takes to examine electrodes."""

    stages: Stages
    plan: BoardPlan
    threshold_pct: float  # of the supply, above which the chip takes an electrode for off
    limits: Doctor
    lengths: Lengths
    names: Names
    say: Say

    def examine(self, quiet: Samples, main: Samples, rate_hz: float) -> list[Electrode]:
        """All checks; `quiet` was measured with shorted inputs, `main` with the electrodes."""
        left = _with_electrodes(main.board)
        self._check_lead_off(left)
        self.say(check_offset(main, left, self.names))
        common = [c for c in left.channels if self.plan.srb2[min(c, len(self.plan.srb2) - 1)]]
        self.say(check_bridges(main, quiet, rate_hz, left, self.names, common))
        electrodes = self._check_impedance(left)
        self.say(check_hum(main, rate_hz, left, self.names, self.limits.hum_uv))
        return electrodes

    def _check_lead_off(self, left: Left) -> None:
        dc = None
        if left.channels:
            direct = LeadOff("dc", 6, self.threshold_pct)
            plan = lead_off_plan(self.plan, "PN", direct, left.channels)
            dc = self.stages.take("electrodes that came off", plan, self.lengths.dc)
        if dc is None:
            self.say(left.nothing("lead-off", self.names, self.stages.why))
        else:
            self.say(check_lead_off(dc, left, self.names, self.plan.srb1))

    def _check_impedance(self, left: Left) -> list[Electrode]:
        kohm = {}
        for side in ("P", "N") if left.channels else ():
            plan = lead_off_plan(self.plan, side, LeadOff(MODE, CURRENT_NA), left.channels)
            what = f"impedance of the {side} electrodes"
            samples = self.stages.take(what, plan, self.lengths.impedance)
            if samples is not None:
                kohm[side] = kohm_of(samples, self.limits.series_kohm)
        if len(kohm) < 2:
            self.say(left.nothing("impedance", self.names, self.stages.why))
            return []
        electrodes = electrodes_of(kohm, left, self.names, self.plan.srb1)
        self.say(check_impedance(electrodes, left, self.names, self.limits.impedance_kohm))
        return electrodes


def _with_electrodes(board: BoardInfo) -> Left:
    """The channels that are on and connected to electrodes."""
    left = Left([c for c, on in enumerate(board.active) if on])
    chips = chip_states(board)
    for channel, state in enumerate(channel for chip in chips for channel in chip.channels):
        if state.input != "normal":
            left.without([channel], f"input {state.input!r}")
    if any(chip.lead_off.mode not in ("off", "dc") for chip in chips):
        left.without(left.channels, "a lead-off current is on")
    return left
