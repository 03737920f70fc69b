"""What `health` says once a second."""

from collections import deque

import numpy as np
from ads1299.block import Block, Gap
from ads1299.source import BoardInfo, Source
from ads1299.status import ElectrodeWatch

from emgd.dsp.filters import Chain
from emgd.messages import Header
from emgd.timeline import Timeline

_NOISE_S = 30  # the noise is that of the quietest quarter of this time
_QUIET = 0.25


class Health:
    """Counts what the hot loop sees, and words it."""

    def __init__(self) -> None:
        self.samples = 0
        self.lost = 0
        self.latest_ns = 0  # monotonic time when a block last went out
        self._late_ns: list[int] = []
        self._electrodes: ElectrodeWatch | None = None
        self._status = b""  # of the latest block
        self._noise: deque[list[float]] = deque(maxlen=_NOISE_S)

    def meet(self, board: BoardInfo) -> None:
        """Another board was configured."""
        self._electrodes = ElectrodeWatch(board)
        self._status = b""

    def block(self, block: Block, sent_ns: int) -> None:
        """Count a block that went out at this time."""
        self.samples += block.samples
        self.latest_ns = sent_ns
        self._status = block.status
        self._late_ns.append(sent_ns - block.arrival_ns)

    def gap(self, gap: Gap) -> None:
        """Count what is missing."""
        self.lost += gap.missing

    def words(
        self,
        source: Source,
        board: BoardInfo | None,
        chain: Chain | None,
        timeline: Timeline | None,
        publish_dropped: int,
    ) -> Header:
        """The fields of `health`, beside the common keys; what is unknown is null."""
        timed = timeline if self._late_ns else None
        return {
            "rate_hz": timed.rate_hz if timed else None,
            "clock_ppm": timed.ppm if timed else None,
            "t_error_ms": (source.time_error_ns + timed.error_ns) / 1e6 if timed else None,
            "t_settled": timed.settled if timed else None,
            "samples": self.samples,
            "lost": self.lost,
            "bad_frames": source.counters.bad_frames,
            "reconnects": source.counters.reconnects,
            "trouble": source.counters.trouble or None,
            "publish_dropped": publish_dropped,
            "latency_ms": self._latency(),
            "recording": None,  # the recorder has its own say
            "lead_off": self._lead_off(),
            "clipped": chain.clipped if chain else [],
            "noise_uv": self._noise_uv(chain),
            "not_spotted": [],  # the spotter has its own say
        }

    def _latency(self) -> Header:
        late, self._late_ns = self._late_ns, []
        if not late:
            return {"p50": None, "p99": None, "max": None}
        p50, p99 = np.percentile(late, (50, 99)) / 1e6
        return {"p50": float(p50), "p99": float(p99), "max": max(late) / 1e6}

    def _lead_off(self) -> list[dict[str, bool | None] | None]:
        if self._electrodes is None:
            return []
        off = self._electrodes.off(self._status)
        return [{"p": pair[0], "n": pair[1]} if pair else None for pair in off]

    def _noise_uv(self, chain: Chain | None) -> list[float | None]:
        if chain is None:
            return []
        noise = chain.take_noise_uv()
        if self._noise and len(self._noise[-1]) != len(chain.clipped):  # another board came
            self._noise.clear()
        if noise is not None:
            self._noise.append([float(uv) for uv in noise])
        if not self._noise:
            return [None] * len(chain.clipped)
        return [float(uv) for uv in np.quantile(np.array(self._noise), _QUIET, axis=0)]
