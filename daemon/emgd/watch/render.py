"""The whole view as lines of text, for a screen of any size."""

from collections.abc import Iterator
from textwrap import wrap

from emgd.watch import bars, headline, strips
from emgd.watch.happenings import Happening, Kind
from emgd.watch.headers import spots_nothing
from emgd.watch.lines import RULE, Line, Span, Style, clip, flow, length
from emgd.watch.model import Model
from emgd.watch.numbers import age, utc
from emgd.watch.view import STEP_BINS, View, peak_uv

LIST_LEAST = 3
NOTICE_LINES = 3
KEYS = (
    ("q", "quit"),
    ("?", "help"),
    ("m", "mark"),
    ("M", "mark with a label"),
    ("space", "pause"),
    ("h", "hide"),
    ("a", "all"),
    ("+ -", "scale"),
    ("s", "auto"),
)
PAUSED_KEYS = (("space", "go on"), ("< >", "half a second"), ("[ ]", "10 s"), ("q", "quit"))
HELP = """\
1..9 0, up, down  select a channel
h                 hide the selected channel, or show it again
a                 show all channels
+ -               a scale of its own for the selected channel, finer or coarser
s                 one scale for all again, as large as it has to be
space, p          pause and look back; again: go on
left, right       while paused: half a second back or on;  [ ] ten seconds
Home, End         while paused: the oldest that is kept, the newest
m                 set a mark with the label "key"
M                 set a mark with a label; it gets the time of this key
Ctrl-L            draw anew, where something else wrote over the screen
q, Ctrl-C         quit the view; the daemon goes on

Bar: the envelope now; its stroke: the highest of 2 s; hatched: clips.
Under the strips: M mark, G gap, E movement, ? onset, - came to nothing.
Nothing here stops or changes the recording."""
STYLES = {Kind.GAP: Style.LOUD, Kind.MARK: Style.BOLD, Kind.NEWS: Style.WARN}


def render(model: Model, view: View, now_s: float, width: int, height: int) -> list[Line]:
    """Draw the view: exactly `height` lines at the most, none wider than `width`."""
    if width < 1 or height < 1:
        return []
    foot = _foot(view, now_s, width)[:height]
    body_height = height - len(foot)
    body = _help(model, width) if view.help else _body(model, view, now_s, width, body_height)
    body = [clip(line, width) for line in body[:body_height]]
    body += [()] * (body_height - len(body))
    return [*body, *(clip(line, width) for line in foot)]


def _body(model: Model, view: View, now_s: float, width: int, height: int) -> list[Line]:
    top = [
        headline.headline(model, now_s, width),
        *headline.numbers(model, width, max(1, (height - 6) // 3)),
    ]
    channels = view.shown(model)
    if height >= len(top) + 1 + len(channels) + 1 + LIST_LEAST:
        top.append(headline.endpoints(model, width))
    room = max(1, height - len(top) - 1)
    end = view.window_end(model)
    page = _page(channels, view.selected, max(1, min(len(channels), room - 1 - (end is not None))))
    rule = _rule(_about(model, view, page, channels), width)
    if end is None:
        plot = bars.rows(model, view, page, now_s, width)
    else:
        strip_room = max(2, room - 1 - LIST_LEAST)
        plot = strips.rows(model, view, page, end, (width, strip_room))
    left = height - len(top) - 1 - len(plot) - 1
    listed = _listed(model, view, now_s, left)
    return [*top, rule, *plot, _rule(" marks, gaps, events ", width), *listed]


def _page(channels: list[int], selected: int, rows: int) -> list[int]:
    """Choose which channels to draw where not all fit: the page with the selected one."""
    if len(channels) <= rows:
        return channels
    place = channels.index(selected) if selected in channels else 0
    start = min(place // rows * rows, len(channels) - rows)
    return channels[start : start + rows]


def _about(model: Model, view: View, page: list[int], channels: list[int]) -> str:
    """Say what the rows under the rule show."""
    end, history = view.end, model.history
    scale = f"full {view.full_scale_uv(-1, peak_uv(view, model)):g} µV"
    if end is not None and history is not None:
        t_ns = history.t_ns(end)
        when = "(no samples)" if t_ns is None else utc(t_ns, 3) + " UTC"
        back = (history.newest - end) / (2 * STEP_BINS)
        return f" PAUSED {when}  sample {history.sample(end)}  {back:.1f} s back  {scale} "
    said = f" envelope, {scale}"
    hidden = len(view.hidden & set(range(model.channels)))
    if hidden:
        said += f", {hidden} hidden"
    if page and len(page) < len(channels):
        said += f", {len(page)} of {len(channels)} (arrows: more)"
    if page:
        chosen = model.meta.channel(view.selected)
        said += f", {chosen.name} {chosen.muscle}".rstrip()
    why = spots_nothing(model.meta, model.health)
    if why:
        said += f", not spotted: {why}"
    return said + " "


def _listed(model: Model, view: View, now_s: float, room: int) -> list[Line]:
    """List what happened last, newest first; while paused only what is not after the edge."""
    happened: Iterator[Happening] = reversed(model.happenings)
    if view.end is not None and model.history is not None:
        edge = model.history.sample(view.end + 1)
        happened = iter(sorted(_before(model, edge), key=_sample, reverse=True))
    lines: list[Line] = []
    for happening in happened:
        if len(lines) >= room:
            break
        lines.append(_happening(happening, view, now_s))
    return lines


def _before(model: Model, edge: int) -> list[Happening]:
    return [happening for happening in model.happenings if -1 < _sample(happening) < edge]


def _sample(happening: Happening) -> int:
    return -1 if happening.sample is None else happening.sample


def _happening(happening: Happening, view: View, now_s: float) -> Line:
    when = age(now_s - happening.at_s)
    if view.end is not None and happening.t_ns is not None:
        when = utc(happening.t_ns, 1)
    style = STYLES.get(happening.kind, Style.PLAIN)
    if happening.kind is Kind.NOTHING:
        style = Style.DIM
    said = [Span(f"{when:>7}  ", Style.DIM), Span(happening.text, style)]
    if happening.sample is not None:
        said.append(Span(f"  @{happening.sample}", Style.DIM))
    return tuple(said)


def _foot(view: View, now_s: float, width: int) -> list[Line]:
    """Draw the end: a label being typed, a notice, or the keys."""
    if view.prompt is not None:
        typed = f"label: {view.prompt}_"
        hint = "   Enter sets the mark, Esc drops it"
        return [(Span(typed, Style.BOLD), Span(hint, Style.DIM))]
    notice = view.notice(now_s)
    if notice is not None:
        said, style = notice
        return [(Span(line, style),) for line in wrap(said, width)[:NOTICE_LINES]]
    keys = KEYS if view.end is None else PAUSED_KEYS
    pieces = [Span(f"{key} {does}") for key, does in keys]
    return flow(pieces, width)[:1]


def _help(model: Model, width: int) -> list[Line]:
    lines: list[Line] = [(Span(line),) for line in HELP.splitlines()]
    where = [Span(f"subscribe to {endpoint}") for endpoint in model.endpoints or [model.stream]]
    return [*lines, (), *flow([*where, Span(f"control {model.control}")], width)]


def _rule(said: str, width: int) -> Line:
    line = (Span(RULE * 2, Style.DIM), Span(said, Style.BOLD))
    return clip((*line, Span(RULE * max(0, width - length(line)), Style.DIM)), width)
