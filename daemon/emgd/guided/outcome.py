"""What a calibration came to: the table for people, and the file."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from emgd.client import Header
from emgd.guided.guide import Station
from emgd.mvcfile import FILTER_KEYS, ChannelMvc, PersonMvc, differences, now_utc, path_for
from emgd.watch.fields import table
from emgd.watch.headers import Meta

_SESSION = timedelta(hours=12)  # electrodes do not stay on for longer
_OLD = "kept from "


def table_of(channels: list[ChannelMvc], notes: list[str]) -> str:
    """A line for each channel, and what looks wrong."""
    named = [f"{channel.name} {channel.muscle}".strip() for channel in channels]
    wide = max((len(name) for name in named), default=0)
    lines = []
    for channel, name in zip(channels, named, strict=True):
        uv = "-" if channel.mvc_uv is None else f"{channel.mvc_uv:.1f}"
        tries = "  ".join(f"{one:.0f}" for one in channel.attempts_uv)
        lines.append(f"{name:<{wide}}  {uv:>8} uV{f'   of {tries}' if tries else ''}")
        lines += [f"  ! {doubt}" for doubt in channel.doubts]
    return "\n".join([*lines, *(f"! {note}" for note in notes)])


def person_of(
    person: str, stations: list[Station], meta: Header, earlier: PersonMvc | None
) -> PersonMvc:
    """The file's content: what was measured, and of other channels what the file had before."""
    known = Meta.read(meta)
    measured = {one.channel: one.result() for one in stations if one.mvc_uv is not None}
    before = dict(enumerate(_kept(earlier)))
    channels = tuple(
        measured.get(place) or before.get(place) or ChannelMvc(channel.name, channel.muscle)
        for place, channel in enumerate(known.channels)
    )
    filters = table(meta.get("filter"))
    made_with = {key: filters[key] for key in FILTER_KEYS if key in filters}
    return PersonMvc(person, channels, now_utc(), known.rate_hz, made_with or None)


def _kept(earlier: PersonMvc | None) -> list[ChannelMvc]:
    """What the file had before; a value of another session says so from then on."""
    if earlier is None:
        return []
    try:
        old = datetime.now(UTC) - datetime.fromisoformat(earlier.made) > _SESSION
    except (ValueError, TypeError):  # edited by hand: nobody knows
        old = True
    said = f"{_OLD}{earlier.made or 'an earlier file'}: measure it again, unless no electrode moved"
    return [
        channel
        if channel.mvc_uv is None or not old or any(one.startswith(_OLD) for one in channel.doubts)
        else replace(channel, doubts=(*channel.doubts, said))
        for channel in earlier.channels
    ]


def kept_notes(
    person: PersonMvc, stations: list[Station], meta: Header, earlier: PersonMvc | None
) -> list[str]:
    """The values in force that were not measured just then, and what is other than it was."""
    measured = {station.channel for station in stations if station.mvc_uv is not None}
    kept = [
        f"{channel.name or f'c{place + 1}'} has {channel.mvc_uv:.1f} uV from the file: "
        + next((one for one in channel.doubts if one.startswith(_OLD)), "measured earlier")
        for place, channel in enumerate(person.channels)
        if place not in measured and channel.mvc_uv is not None
    ]
    if not kept or earlier is None:
        return kept
    board = [(channel.name, channel.muscle) for channel in Meta.read(meta).channels]
    then = replace(person, filter=earlier.filter)
    return [*kept, *differences(then, board, table(meta.get("filter")))]


def place_for(person: str, out: str | None, record_dir: object, control: str) -> Path:
    """Where the file goes: as wished, else beside the recordings where they are on this PC."""
    if out is not None:
        path = Path(out)
        return path_for(person, path) if path.is_dir() else path
    local = control.startswith("ipc://") or any(
        f"//{host}" in control for host in ("127.0.0.1", "localhost", "[::1]")
    )
    if local and isinstance(record_dir, str) and Path(record_dir).is_dir():
        return path_for(person, Path(record_dir))
    return path_for(person, Path())
