"""`t_ns` and `step_ns` of blocks: one unbroken line that follows the fit. Pure."""

from emgd.line import Line

_QUICK_S, _SLOW_S = 0.25, 2.0  # in which stamps come to the line: right after a break, and later
_STEER = 0.2  # how much a published step may differ from the true one
_JUMP_NS = 200_000_000  # so far ahead the line is not waited for


class Stamps:
    """Each block begins where the one before ends; what is wrong is made good by the step.

    The line itself moves whenever more is known. A reader gets no jump of it, but after a break.
    """

    def __init__(self, rate_hz: int, not_before_ns: int = 0) -> None:
        self.next_ns = not_before_ns  # where the samples end that were stamped so far, UTC
        self.off_ns = 0.0  # the stamps' line less the fitted one
        self._rate_hz = rate_hz
        self._next: int | None = None  # the index there
        self._at = 0.0  # monotonic ns there
        self._step = 0.0
        self._began = 0

    def restart(self) -> None:
        """A break: the next block begins where the line says."""
        self._next = None

    def utc_ns(self, line: Line, index: int) -> int:
        """UTC of a sample by the newest block, or by the line where there is none yet."""
        if self._next is None:
            return line.utc_ns(index)
        return round(self._at + (index - self._next) * self._step) + line.utc_offset_ns

    def stamp(self, line: Line, first: int, n: int) -> tuple[int, float]:
        """UTC of a block's first sample, never before the block before ended; and the step."""
        fresh, due = self._next is None, line.at(first)
        if self._next is not None:
            going = self._at + (first - self._next) * line.step_ns  # over what is lost
            fresh = due - going > _JUMP_NS
        if fresh:
            self._began, going = first, due
        going = max(going, float(self.next_ns - line.utc_offset_ns))
        self.off_ns = going - due
        age_s = (first - self._began) / self._rate_hz
        horizon = max(min(max(age_s / 2, _QUICK_S), _SLOW_S) * self._rate_hz, 2 * n)
        most = _STEER * line.step_ns
        self._step = line.step_ns + min(max(-self.off_ns / horizon, -most), most)
        self._next, self._at = first + n, going + n * self._step
        at_ns = round(going) + line.utc_offset_ns
        self.next_ns = at_ns + round((n - 1) * self._step) + 1
        return at_ns, self._step
