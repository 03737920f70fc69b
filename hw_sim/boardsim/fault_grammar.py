"""The grammar of --fault: text to `Faults`, with a sentence for what cannot be."""

import math
from collections.abc import Callable, Iterable
from typing import Any

from boardsim import registers as reg
from boardsim.electrodes import OPEN_OHM
from boardsim.faults import Faults, Moment


class FaultError(ValueError):
    """A fault that cannot be asked for like that."""


def parse_faults(texts: Iterable[str]) -> Faults:
    """Read what --fault was given."""
    faults = Faults()
    for text in texts:
        name, _, argument = text.partition("=")
        try:
            _set(faults, name, argument.split(":") if argument else [])
        except ValueError as error:
            raise FaultError(f"--fault {text}: {error}; see boardsim --help") from None
    return faults


def _set(faults: Faults, name: str, values: list[str]) -> None:
    if name not in _SETTERS:
        raise ValueError("there is no such fault")
    setter, fewest, most = _SETTERS[name]
    if not fewest <= len(values) <= most:
        raise ValueError("too many values" if len(values) > most else "a value is missing")
    setter(faults, *values)


def check_places(faults: Faults, registers: Iterable[int], channels: int) -> None:
    """FaultError where a fault or a register is of a channel or chip that the board lacks."""
    per_channel = (faults.noisy, faults.gain, faults.hum, faults.offset)
    named = {channel for values in per_channel for channel in values}
    named |= {channel for channel, _ in faults.ohm} | {c for pair in faults.bridge for c in pair}
    if beyond := sorted(channel for channel in named if channel >= channels):
        raise FaultError(f"--fault for channel {beyond[0]}: the board has 0 to {channels - 1}")
    for address in (*registers, *faults.stuck):
        if address >= 0x20 and channels <= 8:
            raise FaultError(f"register 0x{address:02X}: only --channels 16 has a second chip")


def _count(text: str) -> int:
    if not text.isdecimal() or (count := int(text)) < 1:
        raise ValueError(f"{text!r} is not a whole number from 1 on")
    return count


def _several(text: str) -> int:
    if (count := _count(text)) < 2:
        raise ValueError("from 2 on: one of them has to be fetched")
    return count


def _number(text: str, low: float = 0.0, high: float = 1e9) -> float:
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise ValueError(f"{text!r} is not a number from {low:g} to {high:g}")
    return value


def _octet(text: str) -> int:
    try:
        return bytes.fromhex(text.removeprefix("0x").zfill(2))[0]
    except ValueError:
        raise ValueError(f"{text!r} is not a byte in hex") from None


def _channel(text: str) -> int:
    if not text.isdecimal() or int(text) > 15:
        raise ValueError(f"{text!r} is not a channel; they count from 0")
    return int(text)


def _side(text: str) -> str:
    if text not in ("P", "N"):
        raise ValueError(f"{text!r} is not an electrode, P or N")
    return text


def parse_register(text: str) -> int:
    """A register's address from its name or its address in hex."""
    address = reg.NAMES.index(text) if text in reg.NAMES else _octet(text)
    if address % 0x20 >= reg.COUNT or address >= 0x40:
        raise ValueError(f"there is no register {text}")
    return address


def parse_register_value(text: str) -> tuple[int, int]:
    """REG:HEX."""
    name, _, value = text.partition(":")
    return parse_register(name), _octet(value)


def _moment(at: str, for_s: str, again: str | None) -> Moment:
    if again not in (None, "again"):
        raise ValueError("only ':again' can follow")
    return Moment(_number(at), _number(for_s), again is not None)


def _set_cut(faults: Faults, at: str, for_s: str, again: str | None = None) -> None:
    faults.cut = _moment(at, for_s, again)


def _set_silent(faults: Faults, at: str, for_s: str, again: str | None = None) -> None:
    faults.silent = _moment(at, for_s, again)


def _set_reboot(faults: Faults, at: str, again: str | None = None) -> None:
    faults.reboot = _moment(at, "0", again)


def _set_drop(faults: Faults, every: str, packets: str = "1") -> None:
    faults.drop = (_count(every), _count(packets))


def _set_stall(faults: Faults, every_s: str, ms: str) -> None:
    faults.stall = _number(every_s, 0.001), _number(ms)
    if faults.stall[1] > faults.stall[0] * 1000:
        raise ValueError("it would last longer than the time between two")


def _set_stuck(faults: Faults, register: str, value: str) -> None:
    faults.stuck[parse_register(register)] = _octet(value)


def _set_open(faults: Faults, channel: str, side: str = "P") -> None:
    faults.ohm[_channel(channel), _side(side)] = OPEN_OHM


def _set_impedance(faults: Faults, channel: str, kohm: str, side: str = "P") -> None:
    faults.ohm[_channel(channel), _side(side)] = 1000 * _number(kohm)


def _set_bridge(faults: Faults, a: str, b: str) -> None:
    pair = (_channel(a), _channel(b))
    if pair[0] // 8 != pair[1] // 8:
        raise ValueError("the two channels hang on different chips")
    faults.bridge.append(pair)


def _flag(field_name: str) -> Callable[[Faults], None]:
    return lambda faults: setattr(faults, field_name, True)


def _value(field_name: str, parse: Callable[[str], Any]) -> Callable[[Faults, str], None]:
    return lambda faults, text: setattr(faults, field_name, parse(text))


def _per_channel(field_name: str, low: float = 0.0) -> Callable[[Faults, str, str], None]:
    def put(faults: Faults, channel: str, value: str) -> None:
        getattr(faults, field_name)[_channel(channel)] = _number(value, low)

    return put


_SETTERS: dict[str, tuple[Callable[..., None], int, int]] = {  # with how many values
    "bytes": (_flag("bytes"), 0, 0),
    "no-chip": (_flag("no_chip"), 0, 0),
    "deaf": (_flag("deaf"), 0, 0),
    "no-tube-reply": (_flag("no_tube_reply"), 0, 0),
    "coalesce": (_value("coalesce", _count), 1, 1),
    "garbage": (_value("garbage", _count), 1, 1),
    "badcrc": (_value("badcrc", _count), 1, 1),
    "skip": (_value("skip", _several), 1, 1),
    "repeat": (_value("repeat", _count), 1, 1),
    "note": (_value("note", _count), 1, 1),
    "unknown": (_value("unknown", _count), 1, 1),
    "corrupt": (_value("corrupt", _count), 1, 1),
    "jitter": (_value("jitter_ms", _number), 1, 1),
    "late-requests": (_value("late_requests_ms", _number), 1, 1),
    "burst": (_value("burst_ms", _number), 1, 1),
    "wrong-id": (_value("wrong_id", _octet), 1, 1),
    "clock": (_value("clock_ppm", lambda text: _number(text, -5e5, 5e5)), 1, 1),
    "stall": (_set_stall, 2, 2),
    "drop": (_set_drop, 1, 2),
    "cut": (_set_cut, 2, 3),
    "silent": (_set_silent, 2, 3),
    "reboot": (_set_reboot, 1, 2),
    "stuck": (_set_stuck, 2, 2),
    "open": (_set_open, 1, 2),
    "impedance": (_set_impedance, 2, 3),
    "bridge": (_set_bridge, 2, 2),
    "noisy": (_per_channel("noisy"), 2, 2),
    "gain": (_per_channel("gain"), 2, 2),
    "hum": (_per_channel("hum"), 2, 2),
    "offset": (_per_channel("offset", -1e4), 2, 2),
}
