"""When the faults come that have a time: once, or again after each START."""

from boardsim.faults import Faults, Moment


def _before(at_s: float, limit_s: float) -> bool:
    return at_s < limit_s - 1e-9  # sums of decimal fractions are not exact


class Agenda:
    """Remembers in which stream each fault came, so that it comes once in it."""

    def __init__(self, faults: Faults) -> None:
        self._faults = faults
        self._came_in: dict[str, int] = {}

    def cut(self, stream: int, at_s: float) -> Moment | None:
        """The cut, when the signal of that stream has come to its time."""
        return self._once("cut", self._faults.cut, stream, at_s)

    def reboot(self, stream: int, at_s: float) -> Moment | None:
        """The reboot, likewise."""
        return self._once("reboot", self._faults.reboot, stream, at_s)

    def _once(self, name: str, moment: Moment | None, stream: int, at_s: float) -> Moment | None:
        if moment is None or _before(at_s, moment.at_s):
            return None
        came_in = self._came_in.get(name)
        if came_in == stream or (came_in is not None and not moment.again):
            return None
        self._came_in[name] = stream
        return moment

    def silent(self, stream: int, at_s: float) -> bool:
        """Whether the board says nothing at that time of the stream."""
        moment = self._faults.silent
        if moment is None or _before(at_s, moment.at_s):
            return False
        if not _before(at_s, moment.at_s + moment.for_s):
            return False
        return moment.again or self._came_in.setdefault("silent", stream) == stream
