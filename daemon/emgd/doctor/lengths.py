"""How long each measurement takes."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lengths:
    """Seconds of each."""

    main: float  # the electrodes as they will be recorded
    shorted: float
    test: float
    dc: float
    impedance: float  # of each side


def lengths_for(seconds: float) -> Lengths:
    """All of them out of the longest; a period of the test signal is half a second."""

    def share(part: float, least: float, most: float) -> float:
        return min(max(part * seconds, least), most)

    return Lengths(
        main=seconds,
        shorted=share(0.2, 0.5, 3.0),
        test=share(0.3, 1.2, 3.0),
        dc=0.3,
        impedance=share(0.25, 0.8, 3.0),
    )
