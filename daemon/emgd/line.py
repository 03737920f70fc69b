"""A straight line from sample index to time."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Line:
    """Monotonic time of a sample = `at_ns` + (index - `index`) x `step_ns`. Safe to hand on."""

    index: int
    at_ns: float
    step_ns: float
    utc_offset_ns: int
    last_index: int = 0  # the newest sample there is

    def at(self, index: float) -> float:
        """The monotonic time of a sample."""
        return self.at_ns + (index - self.index) * self.step_ns

    def utc_ns(self, index: float) -> int:
        """The UTC time of a sample."""
        return round(self.at(index)) + self.utc_offset_ns

    def index_at(self, utc_ns: int) -> int:
        """The sample that was taken at this UTC time; may lie ahead of the newest."""
        since = utc_ns - self.utc_offset_ns - self.at_ns
        return self.index + round(since / self.step_ns)
