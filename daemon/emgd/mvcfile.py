"""A person's maximum contractions as a file: JSON, small enough to read with one's eyes."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from emgd import __version__
from emgd.mvcrequests import is_mvc

VERSION = 1
FILTER_KEYS = ("band_hz", "env_hz", "notch_hz")  # of `meta.filter`: what an envelope depends on
PERSON = re.compile(r"[A-Za-z0-9_-]{1,64}")


class MvcFileFault(ValueError):
    """A file that cannot be used; the sentence says why."""


@dataclass(frozen=True, slots=True)
class ChannelMvc:
    """What one channel's attempts came to."""

    name: str
    muscle: str = ""
    mvc_uv: float | None = None
    attempts_uv: tuple[float, ...] = ()
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PersonMvc:
    """A whole face, and how the envelopes were made that it was measured on."""

    person: str
    channels: tuple[ChannelMvc, ...]
    made: str = ""  # UTC, ISO 8601
    rate_hz: float | None = None
    filter: dict[str, Any] | None = None

    @property
    def values(self) -> list[float | None]:
        """Microvolts per channel, None where unknown."""
        return [channel.mvc_uv for channel in self.channels]


def now_utc() -> str:
    """This moment, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def path_for(person: str, folder: Path) -> Path:
    """Where a person's values are kept."""
    return folder / f"mvc_{person}.json"


def save(person: PersonMvc, path: Path) -> None:
    """Write the file whole, in the place of an earlier one; OSError where that fails."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.write_text(write(person), encoding="utf-8")
        beside.replace(path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def write(person: PersonMvc) -> str:
    """The file's text."""
    fields = {
        "emgd_mvc": VERSION,
        "person": person.person,
        "made": person.made,
        "by": f"emgd {__version__}",
        "rate_hz": person.rate_hz,
        "filter": person.filter,
        "channels": [
            {
                "channel": place,
                "name": channel.name,
                "muscle": channel.muscle,
                "mvc_uv": channel.mvc_uv,
                "attempts_uv": list(channel.attempts_uv),
                "doubts": list(channel.doubts),
            }
            for place, channel in enumerate(person.channels)
        ],
    }
    return json.dumps(fields, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def load(path: Path) -> PersonMvc:
    """Read a file; MvcFileFault says what is wrong with it."""
    try:
        return read(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise MvcFileFault(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as fault:
        raise MvcFileFault(f"{path}: {fault}") from fault


def read(text: str) -> PersonMvc:
    """Take the file's text apart; ValueError says what is wrong with it."""
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise MvcFileFault(f"this is no JSON: {error}") from error
    if not isinstance(fields, dict) or "emgd_mvc" not in fields:
        raise MvcFileFault("this is no file of `emgd mvc`: emgd_mvc is missing")
    if fields["emgd_mvc"] != VERSION:
        raise MvcFileFault(f"emgd_mvc is {fields['emgd_mvc']!r}; this emgd reads {VERSION}")
    channels = fields.get("channels")
    if not isinstance(channels, list) or not channels:
        raise MvcFileFault("channels must be a list with an entry for each channel of the board")
    rate_hz, filters = fields.get("rate_hz"), fields.get("filter")
    return PersonMvc(
        person=_text(fields.get("person")),
        channels=tuple(_channel(place, entry) for place, entry in enumerate(channels)),
        made=_text(fields.get("made")),
        rate_hz=rate_hz if isinstance(rate_hz, int | float) else None,
        filter=filters if isinstance(filters, dict) else None,
    )


def _channel(place: int, entry: object) -> ChannelMvc:
    if not isinstance(entry, dict):
        raise MvcFileFault(f"channels[{place}] must be a map")
    uv = entry.get("mvc_uv")
    if not is_mvc(uv):
        raise MvcFileFault(
            f"channels[{place}].mvc_uv is {uv!r}; it must be microvolts above 0, or null"
        )
    return ChannelMvc(
        name=_text(entry.get("name")),
        muscle=_text(entry.get("muscle")),
        mvc_uv=None if uv is None else float(uv),
        attempts_uv=tuple(
            float(one) for one in _list(entry.get("attempts_uv")) if one is not None and is_mvc(one)
        ),
        doubts=tuple(_text(one) for one in _list(entry.get("doubts"))),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def values_for(person: PersonMvc | None, channels: int) -> list[float | None]:
    """Its values for a board of so many channels; unknown for nobody's."""
    known = person.values if person is not None else []
    return (known + [None] * channels)[:channels]


def differences(
    person: PersonMvc, channels: Sequence[tuple[str, str]], filters: object
) -> list[str]:
    """What about a board (names and muscles) is other than when the values were measured."""
    found = []
    if len(channels) != len(person.channels):
        found.append(
            f"the values are of {len(person.channels)} channels, the board has {len(channels)}"
        )
    for kept, (name, muscle) in zip(person.channels, channels, strict=False):
        if kept.mvc_uv is not None and kept.muscle and muscle and kept.muscle != muscle:
            found.append(f"{name} was on {kept.muscle} and is on {muscle}")
    now = filters if isinstance(filters, dict) else {}
    for key in FILTER_KEYS:
        was = (person.filter or {}).get(key)
        if was is not None and key in now and was != now[key]:
            found.append(f"filter.{key} was {was} and is {now[key]}")
    return found
