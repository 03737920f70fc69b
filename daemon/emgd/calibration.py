"""Maximum contractions of the session: attempts under way, and what they came to."""

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from ads1299.block import Block
from ads1299.source import BoardInfo
from numpy.typing import NDArray

from emgd.dsp import kernels
from emgd.face.mvc import SHORTEST_S, Attempt, best_uv, far_from_the_others
from emgd.messages import Header, electrode_off
from emgd.refusal import Refused
from emgd.shared import Calibrate

LONGEST_S = 60.0
NOT_COUNTED = "mvc.stop: the attempt does not count:"
_FULL_SCALE = 1 << 23

_log = logging.getLogger(__name__)

Values = list[float | None]


@dataclass(slots=True)
class _UnderWay:
    """An attempt that was begun and not yet ended."""

    channel: int
    label: str
    samples: int = 0
    emg: list[NDArray[np.float32]] = field(default_factory=list)
    env: list[NDArray[np.float32]] = field(default_factory=list)
    spoiled: Refused | None = None  # why it does not count

    @property
    def abandoned(self) -> bool:
        """Whether nobody ended it in time: it does not stand in the way of another one."""
        return self.spoiled is not None and self.spoiled.code == "too_long"


class Calibration:
    """Belongs to the thread that acquires; `changed` is called when values have changed."""

    def __init__(
        self,
        names: Callable[[], Sequence[str]],
        changed: Callable[[], None],
        mark: Callable[[str, str], None],
        values: Sequence[float | None] = (),
    ) -> None:
        self._names = names
        self._changed = changed
        self._mark = mark
        self._known: Values = list(values)  # without attempts: given, set, or of a recording
        self._given = bool(values)
        self._attempts: dict[int, list[float]] = {}  # of this session, by channel
        self._rest_uv: dict[int, float] = {}
        self._board: BoardInfo | None = None
        self._under_way: _UnderWay | None = None

    def values(self, channels: int) -> Values:
        """What is known of so many channels, in microvolts."""
        known = (self._known + [None] * channels)[:channels]
        found = [best_uv(self._attempts.get(channel, ())) for channel in range(channels)]
        return [new if new is not None else old for new, old in zip(found, known, strict=True)]

    # -- what acquire tells

    def meet(self, board: BoardInfo) -> None:
        """Another board, or the same with other settings: what is under way is lost."""
        if self._known and len(self._known) != board.channels:
            _log.warning(
                "maximum contractions are known of %d channels, the board has %d",
                len(self._known),
                board.channels,
            )
        self._board = board
        self._known = (self._known + [None] * board.channels)[: board.channels]
        self._rest_uv = {}
        self._spoil(Refused("gap", f"{NOT_COUNTED} the board was configured anew meanwhile"))

    def take(self, block: Block, filtered: NDArray[np.float32]) -> None:
        """Keep what the chain made of a block, while an attempt is under way."""
        attempt = self._under_way
        if attempt is None or attempt.spoiled is not None or self._board is None:
            return
        if block.gap is not None:
            missing = block.gap.missing
            self._spoil(Refused("gap", f"{NOT_COUNTED} {missing} samples were lost meanwhile"))
        elif (np.abs(block.counts[:, attempt.channel]) >= _FULL_SCALE - 1).any():
            self._spoil(
                Refused(
                    "clipped",
                    f"{NOT_COUNTED} the signal left the chip's range: a lower board.gain takes "
                    "more, and so does a better contact of the electrodes",
                )
            )
        elif attempt.samples > LONGEST_S * self._board.rate_hz:
            self._spoil(
                Refused("too_long", f"{NOT_COUNTED} it was not ended within {LONGEST_S:.0f} s")
            )
        else:
            attempt.samples += block.samples
            attempt.emg.append(filtered[kernels.EMG].copy())
            attempt.env.append(filtered[kernels.ENV].copy())

    def _spoil(self, why: Refused) -> None:
        attempt = self._under_way
        if attempt is not None and attempt.spoiled is None:
            attempt.spoiled = why
            attempt.emg, attempt.env = [], []

    def replayed(self, mvc_uv: Sequence[float | None]) -> bool:
        """A recording says what was known when it was made; tells whether that is news.

        What the settings give stands above it.
        """
        if self._given or list(mvc_uv) == self.values(len(mvc_uv)):
            return False
        self._known, self._attempts = list(mvc_uv), {}
        return True

    # -- requests

    def obey(self, command: Calibrate, health: Header | None) -> None:
        """Do what was asked, and answer."""
        try:
            command.answer.set_result({"ok": True, **self._do(command, health or {})})
        except Exception as failure:  # noqa: BLE001  # control words it; samples go on
            command.answer.set_exception(failure)

    def _do(self, command: Calibrate, health: Mapping[str, Any]) -> dict[str, Any]:
        board = self._board
        if board is None:
            raise Refused("no_board", f"{command.do}: no board was connected yet")
        match command.do:
            case "mvc.start":
                self._start(command, board, health)
                return {}
            case "mvc.stop":
                return self._stop(command, board, health)
            case _:
                self._set(command.values, board)
                return {}

    def _start(self, command: Calibrate, board: BoardInfo, health: Mapping[str, Any]) -> None:
        channel, going = command.channel, self._under_way
        if going is not None and not going.abandoned:
            raise Refused(
                "busy",
                f"mvc.start: an attempt of channel {going.channel} is under way; end it with "
                "mvc.stop first",
            )
        if channel >= board.channels:
            raise Refused(
                "bad_argument", f"mvc.start: the board has channels 0 to {board.channels - 1}"
            )
        if not board.active[channel]:
            raise Refused("channel_off", f"mvc.start: channel {channel} is switched off")
        _check_electrodes("mvc.start", channel, health)
        self._forget(channel, command.forget)
        self._under_way = _UnderWay(channel, command.label)
        self._note_rest(channel, health)
        self._mark("mvc_start", command.label)

    def _forget(self, channel: int, which: str) -> None:
        """Leave earlier attempts out; the value is that of the others, or what it was before."""
        attempts_uv = self._attempts.get(channel, [])
        if which and attempts_uv:
            del attempts_uv[-1 if which == "last" else 0 :]
            self._changed()

    def _stop(
        self, command: Calibrate, board: BoardInfo, health: Mapping[str, Any]
    ) -> dict[str, Any]:
        going, self._under_way = self._under_way, None
        if going is None:
            raise Refused("not_started", "mvc.stop: no attempt is under way; begin with mvc.start")
        self._mark("mvc_stop", going.label)
        if command.discard:
            return self._answer(going.channel)
        if going.spoiled is not None:
            raise going.spoiled
        _check_electrodes("mvc.stop", going.channel, health)
        self._note_rest(going.channel, health)
        attempt = _attempt(going, board, self._names(), self._rest_uv.get(going.channel))
        if not attempt.long_enough:
            raise Refused("too_short", f"{NOT_COUNTED} hold it for {SHORTEST_S:g} s")
        uv = attempt.value_uv()
        if not uv > 0:
            raise Refused("flat", f"{NOT_COUNTED} nothing at all is there: is it plugged in?")
        if faint := attempt.no_effort():
            raise Refused("no_effort", f"{NOT_COUNTED} {faint}")
        return self._count(attempt, uv)

    def _note_rest(self, channel: int, health: Mapping[str, Any]) -> None:
        """The least that `health` has seen: efforts without a rest between would count as one."""
        noise_uv = health.get("noise_uv") or []
        uv = noise_uv[channel] if channel < len(noise_uv) else None
        if uv is not None:
            self._rest_uv[channel] = min(uv, self._rest_uv.get(channel, uv))

    def _count(self, attempt: Attempt, uv: float) -> dict[str, Any]:
        """An attempt that counts: what the channel's attempts come to."""
        attempts_uv = self._attempts.setdefault(attempt.channel, [])
        attempts_uv.append(uv)
        self._changed()
        far = far_from_the_others(attempts_uv)
        doubts = [*attempt.doubts(), *([far] if far else [])]
        return {**self._answer(attempt.channel), "attempt_uv": uv, "doubts": doubts}

    def _answer(self, channel: int) -> dict[str, Any]:
        return {
            "channel": channel,
            "mvc_uv": self.values(channel + 1)[channel],
            "repetitions": len(self._attempts.get(channel, ())),
        }

    def _set(self, values: Values, board: BoardInfo) -> None:
        if self._under_way is not None and not self._under_way.abandoned:
            raise Refused("busy", "mvc.set: an attempt is under way; end it with mvc.stop first")
        if len(values) != board.channels:
            raise Refused(
                "bad_argument",
                f"mvc.set: mvc_uv has {len(values)} values, the board has {board.channels} "
                "channels; null where a value is unknown",
            )
        self._known, self._attempts = list(values), {}
        self._changed()


def _check_electrodes(do: str, channel: int, health: Mapping[str, Any]) -> None:
    lead_off = health.get("lead_off") or []
    off = electrode_off(lead_off[channel]) if channel < len(lead_off) else ""
    if off:
        raise Refused("electrode_off", f"{do}: {off} on channel {channel}: put it back first")


def _attempt(
    going: _UnderWay, board: BoardInfo, names: Sequence[str], rest_uv: float | None
) -> Attempt:
    nothing = np.empty((0, board.channels), np.float32)
    return Attempt(
        channel=going.channel,
        names=tuple(names),
        rate_hz=board.rate_hz,
        emg=np.concatenate([nothing, *going.emg]),
        env=np.concatenate([nothing, *going.env]),
        rest_uv=rest_uv,
    )
