"""The view as one line of text, for logs and pipes."""

from emgd.watch.headers import faults
from emgd.watch.model import Model, State
from emgd.watch.numbers import age, clock, microvolts


def summary(model: Model, now_s: float) -> str:
    """Say in one line how things are."""
    state = model.state(now_s)
    if state is State.AWAY:
        since = "" if model.heard_s is None else f" for {age(now_s - model.heard_s)}"
        return f"away: no daemon{since} at {model.control}"
    pieces = [_state(model, state, now_s), _health(model)]
    if model.history is not None:
        stale = " (old)" if model.stale(now_s) else ""
        pieces.append(f"envelope uV{stale} " + "  ".join(_channel(model, c) for c in _all(model)))
    return " | ".join(pieces)


def _state(model: Model, state: State, now_s: float) -> str:
    recording = model.health.recording
    if recording is None:
        return state.value.lower()
    seconds = (recording.samples or 0) / model.meta.rate_hz
    stuck_s = model.stuck_s(now_s)
    stuck = "" if stuck_s is None else f" NOT GROWING for {age(stuck_s)}"
    wrong = f" NOT BEING WRITTEN: {recording.problem}" if recording.problem else ""
    return f"recording {recording.name} {clock(seconds)} {recording.size} bytes{stuck}{wrong}"


def _health(model: Model) -> str:
    rate_hz = "-" if model.health.rate_hz is None else f"{model.health.rate_hz:.2f}"
    counts = {
        "tube": model.tube,
        "lost": model.health.lost,
        "missed here": model.missed,
    }
    said = [f"{name} {'-' if count is None else count}" for name, count in counts.items()]
    tube = model.health.tube
    if tube is not None and tube.fault:
        said.append(f"TUBE {tube.state.upper()}: {tube.fault}")
    return "  ".join([f"{rate_hz} Hz", *said])


def _all(model: Model) -> range:
    return range(model.channels)


def _channel(model: Model, channel: int) -> str:
    known = model.meta.channel(channel)
    if model.history is None or not known.active:
        return f"{known.name} off"
    flags = "".join(f" [{fault}]" for fault in faults(model.meta, model.health, channel))
    return f"{known.name} {microvolts(float(model.history.last[channel]))}{flags}"
