"""Counts what a recording holds, while it is written or read."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from emgd.messages import electrode_off
from emgd.receipt import BadChannel, Receipt
from emgd.recorder.entry import maps, positive, whole

_FULL_SCALE = (1 << 23) - 1
_HEALTH_MAX_S = 2.0  # a health message speaks for the time since the one before, up to this
_QUIET = frozenset(
    {"raw", "tick", "gap", "mark", "meta", "health", "recording", "onset", "retract"}
)


class Tally:
    """Counts what goes by; `receipt` may be asked for at any time."""

    def __init__(self) -> None:
        self.samples = 0
        self.gaps = 0
        self.lost = 0
        self.lost_by_recorder = 0
        self.pre_samples = 0
        self.started_ns: int | None = None
        self.meta: Mapping[str, Any] = {}
        self._began = False
        self._first: int | None = None
        self._end = 0
        self._step_ns = 0.0
        self._ended_ns: int | None = None
        self._marks: Counter[str] = Counter()
        self._events: Counter[str] = Counter()
        self._ticks = 0
        self._last_tick: int | None = None
        self._clipped = np.zeros(0, np.int64)
        self._flat = np.zeros(0, np.int64)
        self._lead_off_s: dict[int, float] = {}
        self._health_ns: int | None = None

    @property
    def seconds(self) -> float:
        """From the first sample to the last, with what was lost between them."""
        rate_hz = positive(self.meta.get("rate_hz"))
        step_ns = self._step_ns or (1e9 / rate_hz if rate_hz else 0.0)
        return 0.0 if self._first is None else (self._end - self._first) * step_ns / 1e9

    def add(self, topic: str, log_ns: int, header: Mapping[str, Any], payload: bytes) -> None:
        """Count a message."""
        if topic == "recording":
            self._own(header)
        elif topic == "meta":
            self.meta = header
        elif not self._began:
            self.pre_samples += (whole(header.get("n")) or 0) if topic == "raw" else 0
        elif topic == "raw":
            self._raw(header, payload)
        elif topic == "health":
            self._health(log_ns, header)
        else:
            self._event(topic, header)

    def lose(self, samples: int) -> None:
        """Samples that were on the stream never came to be counted."""
        self.lost += samples
        self.lost_by_recorder += samples
        self.gaps += 1

    def take_back(self, samples: int) -> None:
        """Samples that were counted are gone; the gap that says so is still to come."""
        self.samples -= samples

    def receipt(self, name: str, paths: list[str], size_bytes: int) -> Receipt:
        """What was counted so far."""
        rate_hz = 1e9 / self._step_ns if self._step_ns else positive(self.meta.get("rate_hz"))
        return Receipt(
            name=name,
            path=paths[0],
            parts=tuple(paths[1:]),
            bytes=size_bytes,
            samples=self.samples,
            seconds=round(self.seconds, 6),
            pre_samples=self.pre_samples,
            gaps=self.gaps,
            lost=self.lost,
            lost_by_recorder=self.lost_by_recorder,
            marks=dict(self._marks),
            events=dict(self._events),
            ticks=self._ticks,
            last_tick=self._last_tick,
            bad_channels=self._bad_channels(rate_hz),
            started_ns=self.started_ns,
            ended_ns=self._ended_ns,
            rate_hz=rate_hz,
        )

    def _own(self, header: Mapping[str, Any]) -> None:
        self._began = True
        t_ns = whole(header.get("t_ns"))
        if header.get("event") == "stop":
            self._ended_ns = t_ns
        elif self.started_ns is None:
            self.started_ns = t_ns

    def _raw(self, header: Mapping[str, Any], payload: bytes) -> None:
        first, n = whole(header.get("first")), whole(header.get("n"))
        if first is None or not n or not payload or len(payload) % (4 * n):
            return
        self.samples += n
        self._first = first if self._first is None else self._first
        self._end = first + n
        self._step_ns = positive(header.get("step_ns")) or self._step_ns
        counts = np.frombuffer(payload, "<i4").reshape(n, -1)
        channels = counts.shape[1]
        if len(self._clipped) != channels:
            self._clipped, self._flat = np.zeros((2, channels), np.int64)
        if counts.max() >= _FULL_SCALE or counts.min() < -_FULL_SCALE:
            self._clipped += ((counts >= _FULL_SCALE) | (counts < -_FULL_SCALE)).sum(axis=0)
        if n > 1:
            self._flat += n * (counts == counts[0]).all(axis=0)

    def _health(self, log_ns: int, header: Mapping[str, Any]) -> None:
        since_s = min(_HEALTH_MAX_S, max(0.0, (log_ns - (self._health_ns or log_ns)) / 1e9))
        self._health_ns = log_ns
        lead_off = header.get("lead_off")
        for channel, off in enumerate(lead_off if isinstance(lead_off, list) else []):
            if electrode_off(off):
                so_far_s = self._lead_off_s.get(channel, 0.0)
                self._lead_off_s[channel] = so_far_s + (since_s or 1.0)

    def _event(self, topic: str, header: Mapping[str, Any]) -> None:
        if topic == "gap":
            missing = whole(header.get("missing")) or 0
            self.gaps += 1
            self.lost += missing
            self.lost_by_recorder += missing if header.get("by") == "recorder" else 0
        elif topic == "mark":
            self._marks[str(header.get("label"))] += 1
        elif topic == "tick":
            self._ticks += 1
            self._last_tick = whole(header.get("number"))
        elif topic not in _QUIET:
            self._events[str(header.get("kind", topic))] += 1

    def _bad_channels(self, rate_hz: float | None) -> tuple[BadChannel, ...]:
        named = maps(self.meta.get("channels"))
        bad = []
        for c in range(max([len(self._clipped), *(c + 1 for c in self._lead_off_s)])):
            about = named[c] if c < len(named) else {}
            clipped = self._clipped[c] / rate_hz if rate_hz and c < len(self._clipped) else 0.0
            flat = self._flat[c] / rate_hz if rate_hz and c < len(self._flat) else 0.0
            channel = BadChannel(
                channel=c,
                name=str(about.get("name", f"channel {c + 1}")),
                clipped_s=round(float(clipped), 3),
                flat_s=round(float(flat), 3),
                lead_off_s=round(self._lead_off_s.get(c, 0.0), 1),
            )
            if about.get("active", True) and channel != _good(channel):
                bad.append(channel)
        return tuple(bad)


def _good(channel: BadChannel) -> BadChannel:
    return replace(channel, clipped_s=0.0, flat_s=0.0, lead_off_s=0.0)
