"""What `emgd status` prints, for a person and for a program."""

import json
import math
from typing import Any

from emgd.watch.fields import item, items, number, table, text
from emgd.watch.headers import Health, Meta, faults, spots_nothing
from emgd.watch.lines import cells, fit
from emgd.watch.numbers import clock, size, utc_date


def as_json(answer: dict[str, Any]) -> str:
    """Write the answer as it is; bytes as hex, numbers that JSON has not as null."""
    return json.dumps(_plain(answer), indent=2, allow_nan=False)


def as_text(answer: dict[str, Any], control: str) -> str:
    """Write the answer for a person."""
    meta, health = Meta.read(table(answer.get("meta"))), Health.read(table(answer.get("health")))
    endpoints = [text(endpoint) for endpoint in items(answer.get("endpoints"))]
    lines = {
        "state": text(answer.get("state")),
        "board": _board(meta),
        **({"trouble": health.trouble} if health.trouble else {}),
        "rate": _rate(meta, health),
        "samples": f"{_known(health.samples)}, lost {_known(health.lost)}",
        "line": f"bad frames {_known(health.bad_frames)}, reconnects {_known(health.reconnects)}",
        "latency": _latency(health),
        "times": _times(health),
        "spotting": _spotting(meta, health),
        "recording": _recording(meta, health),
        "tube": _tube(health),
        "stream": "  ".join(endpoints) or "(not told)",
        "control": control,
    }
    return "\n".join(
        [*(f"{name:<10} {said}" for name, said in lines.items()), *_table(meta, health)]
    )


def _times(health: Health) -> str:
    said = f"sure to {_known(health.t_error_ms, '.2f')} ms"
    if not health.t_settled:
        said += ", not settled yet"
    if health.clock_steps:
        last = _known(health.clock_step_s, "+.3f")
        said += f"; the PC's clock was set {health.clock_steps} times, last by {last} s"
    return said


def _plain(value: object) -> object:
    """Turn what msgpack can carry into what JSON can."""
    if isinstance(value, dict):
        return {_key(key): _plain(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(entry) for entry in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, bytes):
        return value.hex()
    return value if isinstance(value, str | int | float | None) else str(value)


def _key(key: object) -> str:
    return key.hex() if isinstance(key, bytes) else str(key)


def _known(value: float | None, form: str = "") -> str:
    return "-" if value is None else f"{value:{form}}"


def _board(meta: Meta) -> str:
    since = "" if meta.started_ns is None else f", since {utc_date(meta.started_ns)}"
    firmware = f", firmware {meta.firmware}" if meta.firmware else ""
    return f"{meta.board or '-'}{firmware}, emgd {meta.daemon or '-'}{since}"


def _rate(meta: Meta, health: Health) -> str:
    if not meta.channels:
        return "-"
    ppm = _known(health.clock_ppm, "+.0f")
    measured = _known(health.rate_hz, ".3f")
    return f"{meta.rate_hz:g} Hz nominal, {measured} Hz measured ({ppm} ppm)"


def _latency(health: Health) -> str:
    p50, p99, most = (_known(value, ".2f") for value in health.latency_ms)
    dropped = _known(health.publish_dropped)
    return f"p50 {p50}, p99 {p99}, max {most} ms from arrival to publish; not sent {dropped}"


def _spotting(meta: Meta, health: Health) -> str:
    why = spots_nothing(meta, health)
    return f"none: {why}" if why else "on"


def _recording(meta: Meta, health: Health) -> str:
    recording = health.recording
    if recording is None:
        return "none"
    length = clock((recording.samples or 0) / meta.rate_hz)
    written = "-" if recording.size is None else size(recording.size)
    free = "-" if recording.free is None else size(recording.free)
    wrong = f"; NOT BEING WRITTEN: {recording.problem}" if recording.problem else ""
    return f"{recording.path}, {length}, {written}, {free} free{wrong}"


def _tube(health: Health) -> str:
    tube = health.tube
    if tube is None:
        return "none"
    said = f"{tube.name} {tube.state}: {tube.error}" if tube.error else f"{tube.name} {tube.state}"
    slowest = "" if tube.slowest_ms is None else f", slowest {tube.slowest_ms:.1f} ms"
    counts = f"not shown {_known(tube.failed)}, late {_known(tube.late)}"
    return f"{said}; number {_known(tube.number)}, {counts}{slowest}"


def _table(meta: Meta, health: Health) -> list[str]:
    """One line a channel, with what is wrong with it at the end."""
    if not meta.channels:
        return []
    name = max(4, *(cells(channel.name) for channel in meta.channels))
    muscle = max(6, *(cells(channel.muscle) for channel in meta.channels))
    head = f" #  {'name':<{name}}  {'muscle':<{muscle}}  gain  noise uV    MVC uV"
    lines = ["", head]
    for place, channel in enumerate(meta.channels):
        row = f"{place + 1:>2}  {fit(channel.name, name)}  {fit(channel.muscle, muscle)}"
        row += f"  {_known(channel.gain, 'g'):>4}"
        row += f"  {_known(number(item(health.noise_uv, place)), '.2f'):>8}"
        row += f"  {_known(number(item(meta.mvc_uv, place)), '.1f'):>8}"
        flags = faults(meta, health, place) if channel.active else ["switched off"]
        lines.append("  ".join([row, ", ".join(flags)]).rstrip())
    return lines
