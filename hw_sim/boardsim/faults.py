"""Faults on demand: how they are asked for, and what is wrong with the frames of a line."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from boardsim import registers as reg


class FaultError(ValueError):
    """A fault that cannot be asked for like that."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A fault that comes `at_s` seconds after START and lasts `for_s`; `again` after each START."""

    at_s: float
    for_s: float = 0.0
    again: bool = False


@dataclass(slots=True)
class Faults:
    """All faults of a board; at rest, none."""

    bytes: bool = False
    coalesce: int = 1
    garbage: int = 0
    badcrc: int = 0
    corrupt: int = 0
    drop: tuple[int, int] = (0, 1)
    cut: Moment | None = None
    reboot: Moment | None = None
    silent: Moment | None = None
    jitter_ms: float = 0.0
    burst_ms: float = 0.0
    wrong_id: int | None = None
    stuck: dict[int, int] = field(default_factory=dict)
    deaf: bool = False
    no_tube_reply: bool = False


HELP = """\
faults (--fault, as often as wanted; EVERY counts DATA packets, AT is in seconds of signal since
START, FOR in seconds; ':again' repeats the fault after each START instead of only once):
  bytes               the line gives single bytes
  coalesce=N          DATA packets are held back and sent N at a time
  garbage=EVERY       random bytes between two frames, after a zero
  badcrc=EVERY        a broken frame beside the good ones
  corrupt=EVERY       a packet with flipped bits, which is thereby lost
  drop=EVERY[:K]      K packets (1) thrown away by the board; their counters are used up
  cut=AT:FOR[:again]  the line goes down for that long; nobody can connect meanwhile
  reboot=AT[:again]   the board restarts: registers at reset, clock at 0, HELLO, no streaming
  silent=AT:FOR[:again]  the line stays up and says nothing; the packets of that time are lost
  jitter=MS           each frame comes up to that much late
  burst=MS            what was sent comes in bursts, one each that long
  wrong-id=HEX        the ID register reads that
  stuck=REG:HEX       a register (name or hex address) that reads that whatever is written
  deaf                no request is heard
  no-tube-reply       TUBE is obeyed and never answered
"""


def parse_faults(texts: Iterable[str]) -> Faults:
    """Read what --fault was given."""
    faults = Faults()
    for text in texts:
        name, _, argument = text.partition("=")
        try:
            _set(faults, name, argument.split(":") if argument else [])
        except (ValueError, IndexError, TypeError) as error:
            raise FaultError(
                f"--fault {text}: {error}; see boardsim --help for the faults"
            ) from None
    return faults


def _set(faults: Faults, name: str, args: list[str]) -> None:
    if name in ("bytes", "deaf", "no-tube-reply"):
        values: Any = _none(args)
    elif name in ("coalesce", "garbage", "badcrc", "corrupt"):
        values = _count(*args)
    elif name == "drop":
        values = (_count(args[0]), _count(*args[1:] or ["1"]))
    elif name in ("cut", "silent"):
        values = _moment(args[0], args[1], *args[2:])
    elif name == "reboot":
        values = _moment(args[0], "0", *args[1:])
    elif name in ("jitter", "burst"):
        name, values = name + "_ms", _seconds(*args)
    elif name == "wrong-id":
        values = _octet(*args)
    elif name == "stuck":
        faults.stuck[_register(args[0])] = _octet(*args[1:])
        return
    else:
        raise ValueError("there is no such fault")
    setattr(faults, name.replace("-", "_"), values)


def _none(args: list[str]) -> bool:
    if args:
        raise ValueError("takes no value")
    return True


def _count(text: str) -> int:
    if (count := int(text)) < 1:
        raise ValueError("needs a whole number from 1 on")
    return count


def _seconds(text: str) -> float:
    if not 0 <= (value := float(text)) < 1e6:
        raise ValueError("needs a number from 0 on")
    return value


def _moment(at: str, for_s: str, again: str | None = None) -> Moment:
    if again not in (None, "again"):
        raise ValueError("only ':again' can follow")
    return Moment(_seconds(at), _seconds(for_s), again is not None)


def _octet(text: str) -> int:
    if not 0 <= (value := int(text, 16)) <= 0xFF:
        raise ValueError("needs a byte in hex")
    return value


def _register(text: str) -> int:
    address = reg.NAMES.index(text) if text in reg.NAMES else int(text, 16)
    if address not in (*range(reg.COUNT), *range(0x20, 0x20 + reg.COUNT)):
        raise ValueError(f"there is no register {text}")
    return address
