"""The top of the view: state, numbers of health, endpoints."""

from emgd.watch.headers import Recording
from emgd.watch.lines import Line, Span, Style, clip, flow
from emgd.watch.model import Model, State
from emgd.watch.numbers import age, clock, size

FREE_LEAST = 10**9
FREE_LEAST_S = 3600
RESTART_NEWS_S = 60.0
RATE_OFF_MOST = 0.025  # the ADS1299's own oscillator is no further off, over temperature

STATE_STYLE = {
    State.AWAY: Style.LOUD,
    State.SILENT: Style.LOUD,
    State.WAITING: Style.WARN,
    State.STOPPED: Style.WARN,
    State.STREAMING: Style.GOOD,
    State.RECORDING: Style.LOUD,
}


def headline(model: Model, now_s: float, width: int) -> Line:
    """Say in one line what goes on."""
    state = model.state(now_s)
    badge = Span(f" {state.value} ", STATE_STYLE[state])
    pieces = _state_pieces(model, state, now_s)
    if model.restarted_s is not None and now_s - model.restarted_s < RESTART_NEWS_S:
        restarted = f"daemon restarted {age(now_s - model.restarted_s)} ago"
        pieces.append(Span(restarted, Style.WARN))
    line = next(iter(flow([badge, *pieces, Span(_board(model), Style.DIM)], width)), ())
    if len(line) == 1 and pieces:  # the first piece is too long to fit whole
        line = (badge, Span("  "), pieces[0])
    return clip(line, width)


def numbers(model: Model, width: int, lines: int) -> list[Line]:
    """Lay out what the daemon says about itself; everything that is lost is loud."""
    health = model.health
    p50, p99, most = (_or_dash(value, ".1f") for value in health.latency_ms)
    pieces = [
        Span(f"tube {'-' if model.tube is None else model.tube:<7}", Style.BOLD),
        _must_be_zero("lost", health.lost),
        _rate(model),
        _must_be_zero("bad frames", health.bad_frames),
        _must_be_zero("reconnects", health.reconnects),
        _must_be_zero("missed here", model.missed),
        Span(f"latency {p50} p99 {p99} max {most} ms"),
        Span(f"time ±{_or_dash(health.t_error_ms, '.2f')} ms{'' if health.t_settled else ' yet'}"),
    ]
    if health.clock_steps:
        said = f"PC's clock set {health.clock_steps}x, by {_or_dash(health.clock_step_s, '+.3f')} s"
        pieces.append(Span(said, Style.WARN))
    if health.trouble:
        pieces.insert(0, Span(health.trouble, Style.WARN))
    if health.tube is not None and health.tube.fault:
        pieces.insert(0, Span(f"TUBE {health.tube.state.upper()}: {health.tube.fault}", Style.LOUD))
    if health.recording is not None and health.recording.problem:
        pieces.insert(0, Span(health.recording.problem, Style.LOUD))
    for name, count in (("not sent", health.publish_dropped), ("unreadable", model.unreadable)):
        if count:
            pieces.append(_must_be_zero(name, count))
    return [clip(line, width) for line in flow(pieces, width)[:lines]]


def endpoints(model: Model, width: int) -> Line:
    """Say where other programs find the same."""
    others = [endpoint for endpoint in model.endpoints if endpoint != model.stream]
    said = "  ".join([f"subscribe to {model.stream}", f"control {model.control}", *others])
    return clip((Span(said, Style.DIM),), width)


def _state_pieces(model: Model, state: State, now_s: float) -> list[Span]:
    since = "" if model.heard_s is None else f" for {age(now_s - model.heard_s)}"
    match state:
        case State.AWAY:
            return [Span(f"no daemon{since} at {model.control}: waiting for it", Style.WARN)]
        case State.SILENT:
            said = f"the daemon answers, but nothing comes from {model.stream}{since}"
            return [Span(said, Style.WARN)]
        case State.RECORDING:
            recording = model.health.recording
            return _recording(model, recording, now_s) if recording else []
        case State.STREAMING:
            samples = model.history.next_sample if model.history else 0
            return [Span(clock(samples / model.meta.rate_hz))]
        case State.STOPPED:
            return [Span("the board was told to stop", Style.WARN)]
        case _:
            return [Span("for the board: no samples yet", Style.WARN)]


def _recording(model: Model, recording: Recording, now_s: float) -> list[Span]:
    """Tell what shows that it really records: the clock runs, the file grows, the disk has room."""
    seconds = (recording.samples or 0) / model.meta.rate_hz
    pieces = [Span(recording.name, Style.BOLD), Span(clock(seconds), Style.BOLD)]
    if recording.problem:
        pieces = [Span("NOT BEING WRITTEN", Style.LOUD), *pieces]
    stuck_s = model.stuck_s(now_s)
    if stuck_s is not None:
        pieces.append(Span(f"NOT GROWING for {age(stuck_s)}", Style.LOUD))
    elif model.stale(now_s):
        pieces.append(Span("NO SAMPLES", Style.LOUD))
    if recording.size is not None:
        pieces.append(Span(size(recording.size)))
    if recording.free is not None:
        pieces.append(_free(recording.free, recording.size or 0, seconds))
    return pieces


def _free(free: int, written: int, seconds: float) -> Span:
    """Tell how much room the disk has, and for how long at the pace so far."""
    said, style = f"free {size(free)}", Style.PLAIN
    if written and seconds >= 10:
        left_s = free / (written / seconds)
        said += (
            f" = {left_s / 3600:.0f} h" if left_s >= FREE_LEAST_S else f" = {left_s / 60:.0f} min"
        )
        style = Style.PLAIN if left_s >= FREE_LEAST_S else Style.LOUD
    return Span(said, Style.LOUD if free < FREE_LEAST else style)


def _board(model: Model) -> str:
    meta = model.meta
    if not meta.channels:
        return ""
    name = " ".join(word for word in (meta.board, meta.firmware) if word)
    return f"{name}  {meta.rate_hz:g} Hz x {len(meta.channels)}".strip()


def _rate(model: Model) -> Span:
    rate_hz, ppm = model.health.rate_hz, model.health.clock_ppm
    if rate_hz is None:
        return Span("- Hz")
    off = abs(rate_hz / model.meta.rate_hz - 1)
    said = f"{rate_hz:.2f} Hz" + ("" if ppm is None else f" ({ppm:+.0f} ppm)")
    return Span(said, Style.WARN if off > RATE_OFF_MOST else Style.PLAIN)


def _must_be_zero(name: str, count: int | None) -> Span:
    if count is None:
        return Span(f"{name} -", Style.DIM)
    return Span(f"{name} {count}", Style.LOUD if count else Style.GOOD)


def _or_dash(value: float | None, form: str) -> str:
    return "-" if value is None else f"{value:{form}}"
