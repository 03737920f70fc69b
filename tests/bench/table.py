"""One line for each thing that was measured side by side."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    what: str
    ours: str
    theirs: str
    ratio: float
    limit: float
    at_least: bool = False  # the ratio is to be above the limit, not below

    @property
    def holds(self) -> bool:
        return self.ratio >= self.limit if self.at_least else self.ratio <= self.limit

    def __str__(self) -> str:
        sign = ">=" if self.at_least else "<="
        verdict = "" if self.holds else "   OVER THE LIMIT"
        return (
            f"{self.what:<44} {self.ours:>22} {self.theirs:>26} "
            f"{self.ratio:>9.3g} {sign} {self.limit:<6g}{verdict}"
        )
