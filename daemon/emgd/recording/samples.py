"""What `raw` and `meta` say, as arrays and channels."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from emgd.recorder.entry import maps, positive, whole


@dataclass(frozen=True, slots=True)
class ChannelInfo:
    """What `meta` says of a channel."""

    name: str
    muscle: str
    gain: float
    uv_per_count: float
    active: bool


class Samples(NamedTuple):
    """The samples of one packet, in counts."""

    first: int
    t_ns: int
    step_ns: float
    counts: NDArray[np.int32]  # [samples, channels]
    status: bytes
    uv_per_count: NDArray[np.float64]  # in force for these samples
    header: Mapping[str, Any]

    @property
    def end(self) -> int:
        """Index of the sample after the last."""
        return self.first + len(self.counts)

    def times(self) -> NDArray[np.int64]:
        """When each sample was taken, UTC ns."""
        return sample_times(self.t_ns, self.step_ns, len(self.counts))


def sample_times(t_ns: int, step_ns: float, n: int) -> NDArray[np.int64]:
    """When each of some samples in a row was taken, UTC ns."""
    steps: NDArray[np.int64] = np.rint(np.arange(n) * step_ns).astype(np.int64)
    return steps + t_ns


def channels_of(meta: Mapping[str, Any]) -> tuple[ChannelInfo, ...]:
    """The channels as `meta` tells them."""
    return tuple(
        ChannelInfo(
            name=str(about.get("name") or f"c{c + 1}"),
            muscle=str(about.get("muscle") or ""),
            gain=positive(about.get("gain")) or 1.0,
            uv_per_count=positive(about.get("uv_per_count")) or np.nan,
            active=bool(about.get("active", True)),
        )
        for c, about in enumerate(maps(meta.get("channels")))
    )


def samples_of(
    header: Mapping[str, Any], payload: bytes, factors: NDArray[np.float64]
) -> Samples | None:
    """The samples of a `raw` message; None where it is not sound."""
    first, n, t_ns = header.get("first"), header.get("n"), header.get("t_ns")
    if (
        not (type(first) is type(n) is type(t_ns) is int)
        or min(n - 1, first) < 0
        or len(payload) % (4 * n)
    ):
        return None
    counts = np.frombuffer(payload, "<i4").reshape(n, -1)
    if len(factors) != counts.shape[1]:
        factors = np.full(counts.shape[1], np.nan)
    step_ns = header.get("step_ns")
    if type(step_ns) is not float or not 0 < step_ns < 1e300:  # seldom: a call would be felt
        step_ns = positive(step_ns) or 0.0
    status = header.get("status")
    if type(status) is not bytes:
        status = b""
    return Samples(first, t_ns, step_ns, counts, status, factors, header)


def sample_at(last: Samples | None, header: Mapping[str, Any]) -> int | None:
    """Which sample was taken at the time a message tells, reckoned from the newest packet."""
    t_ns = whole(header.get("t_ns"))
    if last is None or t_ns is None or last.step_ns <= 0:
        return None
    return max(0, last.first + round((t_ns - last.t_ns) / last.step_ns))
