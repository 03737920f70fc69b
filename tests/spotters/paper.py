"""The paper's baseline on a stream: in pieces of ten seconds, as it needs a clip for its mean."""

from emgd.dsp.baseline import Clip, Parameters
from emgd.dsp.filters import FilterPlan
from emgd.dsp.zero_phase import envelope

from tests.spotters.fuse import Burst
from tests.spotters.method import ChannelWise, Params
from tests.spotters.streams import RATE_HZ, Channel

PIECE = 10 * RATE_HZ


def _baseline(channel: Channel, p: Params) -> list[Burst]:
    wanted = Parameters(**p)
    found: list[Burst] = []
    for first in range(0, len(channel.raw), PIECE):
        piece = channel.raw[first : first + PIECE]
        if len(piece) > RATE_HZ:
            places = Clip(envelope(piece, RATE_HZ, FilterPlan())).candidates(wanted)
            found += [(first + int(a), first + int(b)) for a, b in places]
    return found


METHODS = (
    ChannelWise(
        "the paper's baseline",
        _baseline,
        {"L": 60, "S": 30, "k": 1.0, "Sn": 5, "Wf": 2, "Wb": 6},
        {
            "L": (20, 40, 60, 80, 100),
            "S": (10, 20, 30, 40),
            "k": (1.0, 1.5, 2.0, 2.5, 3.0, 4.0),
            "Sn": (2, 3, 5, 7),
            "Wf": (1, 2, 4),
            "Wb": (1, 2, 4, 6),
        },
    ),
)
