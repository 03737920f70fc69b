"""What may be asked about maximum contractions: checked here, done by the thread that acquires."""

import math
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from typing import Any

from emgd.refusal import Refused
from emgd.shared import Calibrate, Shared

_MAX_LABEL = 200
_MOST_UV = 1e6

Request = Mapping[str, Any]


def mvc_requests(shared: Shared) -> dict[str, Callable[[Request], "Future[dict[str, Any]]"]]:
    """The requests by name."""

    def hand_over(command: Calibrate) -> "Future[dict[str, Any]]":
        shared.commands.put(command)
        return command.answer

    return {
        "mvc.start": lambda request: hand_over(_start(request)),
        "mvc.stop": lambda request: hand_over(_stop(request)),
        "mvc.set": lambda request: hand_over(_set(request)),
    }


def _start(request: Request) -> Calibrate:
    channel, label, forget = request.get("channel"), request.get("label"), request.get("forget")
    if type(channel) is not int or channel < 0:
        raise Refused("bad_argument", "mvc.start: channel must be a whole number from 0 on")
    if label is not None and (not isinstance(label, str) or not 1 <= len(label) <= _MAX_LABEL):
        raise Refused("bad_label", f"mvc.start: label must be a text of 1 to {_MAX_LABEL} letters")
    if forget not in (None, "last", "all"):
        raise Refused("bad_argument", "mvc.start: forget must be last or all, or be left out")
    return Calibrate("mvc.start", channel=channel, label=label or "", forget=forget or "")


def _stop(request: Request) -> Calibrate:
    discard = request.get("discard")
    if discard is not None and not isinstance(discard, bool):
        raise Refused("bad_argument", "mvc.stop: discard must be true or false")
    return Calibrate("mvc.stop", discard=bool(discard))


def _set(request: Request) -> Calibrate:
    values = request.get("mvc_uv")
    if not isinstance(values, list) or not all(map(is_mvc, values)):
        raise Refused(
            "bad_value",
            "mvc.set: mvc_uv must be a list with a number of microvolts above 0, or null, for "
            "each channel",
        )
    return Calibrate("mvc.set", values=[None if uv is None else float(uv) for uv in values])


def is_mvc(value: object) -> bool:
    """Whether this can be a maximum contraction: microvolts, or null where none is known."""
    if value is None:
        return True
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        return False
    return math.isfinite(value) and 0 < value <= _MOST_UV
