"""All checks in their order: this PC, the board, the electrodes, the line."""

from pathlib import Path

from emgd.doctor import pc, skin
from emgd.doctor.bench import TROUBLE, Bench, Identity, restore
from emgd.doctor.board import check_board, check_configuration, check_registers
from emgd.doctor.chip import check_noise, check_test_signal
from emgd.doctor.delivery import check_jitter, check_loss, check_rate, pace_of
from emgd.doctor.disk import check_disk
from emgd.doctor.facts import Pc
from emgd.doctor.finding import Finding, Say, State, skipped
from emgd.doctor.heard import Heard
from emgd.doctor.impedance import Electrode
from emgd.doctor.lengths import lengths_for
from emgd.doctor.names import Names
from emgd.doctor.samples import Samples
from emgd.doctor.stages import Progress, Stages, configured, shorted, tested
from emgd.recorder.room import expected_bytes_per_s
from emgd.settings import Settings
from emgd.sources import plan_of

_AFTER_BOARD = ("registers", "noise", "gain", "sampling", "configuration")
_ON_LINE = ("rate", "loss", "jitter")
_LAST = "restored"
_USUAL_CHANNELS = 8  # for the size of a recording, before the board was asked

_NO_BOARD = (
    "Is the board on, in reach, and is the source right? Many boards take one connection only: is "
    "another program connected to it?"
)
_NO_ANSWER = "Look at the line to the board and at its power, and start again."


def examine_pc(settings: Settings, facts: Pc, say: Say) -> bool:
    """The checks of this PC; gives whether the board can be asked at all."""
    say(pc.check_ports(settings))
    device = pc.check_device(pc.devices_of(settings.source), facts.device)
    say(device)
    say(pc.check_usb_latency(settings.source, facts.usb_serial))
    board = settings.board
    channels = max(_USUAL_CHANNELS, len(board.channels))
    bytes_per_s = expected_bytes_per_s(board.rate_hz, channels, board.packet_samples)
    folder = Path(settings.record.dir) if settings.record.dir else None
    for finding in check_disk(folder, facts.storage, bytes_per_s, facts.monotonic):
        say(finding)
    say(pc.check_clock(facts.clock()))
    say(pc.check_realtime(facts.rights(), settings.source.startswith("spi:")))
    return device.state is not State.FAIL


class Examination:
    """The checks of one board; leaves it as it was found."""

    def __init__(
        self, settings: Settings, bench: Bench, seconds: float, say: Say, progress: Progress
    ) -> None:
        self.identity: Identity | None = None
        self.electrodes: list[Electrode] = []
        self._settings = settings
        self._bench = bench
        self._lengths = lengths_for(seconds)
        self._say = say
        self._progress = progress
        self._names = Names(settings.board.channels)
        self._plan = plan_of(settings.board)

    def leave_out(self, why: str) -> None:
        """The board cannot be asked."""
        self._skip(why, "board")
        self._leave_out(why)

    def run(self) -> None:
        """Everything that can be checked."""
        try:
            identity, found = self._bench.meet()
        except TROUBLE as fault:
            self._say(Finding("board", State.FAIL, str(fault), _NO_BOARD))
            self._leave_out("there is no board")
            return
        self.identity = identity
        finding = check_board(identity, self._plan, len(self._settings.board.channels))
        self._say(finding)
        if finding.state is State.FAIL:
            self._leave_out("the settings are not for this board")
            return
        try:
            self._measure(identity, found)
        finally:
            self._say(self._restore(identity, found))

    def _measure(self, identity: Identity, found: list[bytes]) -> None:
        self._plan = configured(self._plan, found, identity)
        try:
            registers = check_registers(self._bench, self._plan, identity)
        except TROUBLE as fault:
            registers = Finding("registers", State.FAIL, str(fault), _NO_ANSWER)
        self._say(registers)
        with Heard() as heard:
            stages = Stages(self._bench, heard, self._progress, registers.state is State.OK)
            quiet = stages.take("noise", shorted(self._plan), self._lengths.shorted)
            self._check_chip(stages, quiet)
            main = self._take_main(stages, identity, found)
            if quiet is not None and main is not None:
                self._check_electrodes(stages, quiet, main)
            else:
                self._skip(stages.why, *skin.CHECKS)
            self._check_line(stages, main)

    def _check_chip(self, stages: Stages, quiet: Samples | None) -> None:
        if quiet is None:
            self._skip(stages.why, "noise")
        else:
            self._say(check_noise(quiet, self._names))
        plan = tested(self._plan)
        wave = stages.take("gain", plan, self._lengths.test)
        if wave is None:
            self._skip(stages.why, "gain", "sampling")
            return
        for finding in check_test_signal(wave, plan, self._names):
            self._say(finding)

    def _take_main(self, stages: Stages, identity: Identity, found: list[bytes]) -> Samples | None:
        """The board as it will be recorded, with the registers that it came with if so wanted."""
        plan = plan_of(self._settings.board)
        if not plan.configure:
            self._restore(identity, found)
        main = stages.take("electrodes and line", plan, self._lengths.main)
        if main is None:
            self._skip(stages.why, "configuration")
        else:
            self._say(check_configuration(main.board))
        return main

    def _check_electrodes(self, stages: Stages, quiet: Samples, main: Samples) -> None:
        examined = skin.Skin(
            stages,
            self._plan,
            self._settings.board.lead_off.threshold_pct,
            self._settings.doctor,
            self._lengths,
            self._names,
            self._say,
        )
        self.electrodes = examined.examine(quiet, main, pace_of(main).rate_hz)

    def _check_line(self, stages: Stages, main: Samples | None) -> None:
        if main is None:
            self._skip(stages.why, "rate")
        else:
            self._say(check_rate(pace_of(main), main.board.rate_hz))
        if stages.failure:
            self._say(Finding("loss", State.FAIL, stages.failure, _NO_ANSWER))
        elif not stages.taken:
            self._skip(stages.why, "loss")
        else:
            self._say(check_loss(stages.taken))
        if main is None:
            self._skip(stages.why, "jitter")
        else:
            self._say(check_jitter(pace_of(main), self._settings.doctor.late_ms))

    def _restore(self, identity: Identity, found: list[bytes]) -> Finding:
        try:
            wrong = restore(self._bench, identity, found)
        except TROUBLE as fault:
            wrong = [str(fault)]
        return Finding(
            _LAST,
            State.FAIL if wrong else State.OK,
            "; ".join(wrong) or f"the board has its {24 * identity.chips} registers back",
            "Switch the board off and on, and it has its own settings again." if wrong else "",
            measured=len(wrong),
            limit=0,
            unit="registers",
        )

    def _leave_out(self, why: str) -> None:
        self._skip(why, *_AFTER_BOARD, *skin.CHECKS, *_ON_LINE, _LAST)

    def _skip(self, why: str, *checks: str) -> None:
        for check in checks:
            self._say(skipped(check, why))


def examine(
    settings: Settings, bench: Bench, seconds: float, facts: Pc, say: Say, progress: Progress
) -> Examination:
    """This PC first, then the board."""
    examination = Examination(settings, bench, seconds, say, progress)
    if examine_pc(settings, facts, say):
        examination.run()
    else:
        examination.leave_out("its device cannot be used")
    return examination
