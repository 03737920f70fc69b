"""TOML -> settings. Unknown keys and bad values are refused, all of them in one error."""

import dataclasses
import difflib
import tomllib
import types
import typing
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from emgd.boardkeys import board_faults, gpio_faults
from emgd.configlines import line_of, lines_of
from emgd.endpoints import stream_faults
from emgd.settings import Settings
from emgd.sourceurls import source_faults
from emgd.tubes import tube_faults

_MOST_BITS = 63  # of a whole number in TOML
_WORDS = {int: "a whole number", float: "a number", bool: "true or false", str: "a text"}


class ConfigError(Exception):
    """The configuration cannot be used; lists every fault with its key and what is allowed."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = list(faults)
        super().__init__("\n".join(["the configuration cannot be used:", *self.faults]))


def load(
    path: Path | None,
    overrides: Iterable[str] = (),
    *,
    also: Callable[[Settings], list[str]] = lambda _: [],
    **direct: Any,
) -> Settings:
    """Read a file, then `key=value` overrides, then settings that are not None.

    What else speaks against the settings, `also` tells: on this PC, say.
    """
    faults: list[str] = []
    text = _read(path) if path else ""
    tree = _parse(path, text) if path else {}
    above = {name: value for name, value in direct.items() if value is not None}
    set_above = [_override(tree, override, faults) for override in overrides]
    tree |= above
    settings = _build(Settings, tree, "", faults)
    faults += _consistent(settings)  # where a key was at fault, its default stands in for it
    faults += also(settings)
    if faults:
        lines = lines_of(text)
        elsewhere = [name for name in (*above, *set_above) if name]
        raise ConfigError(f"  {_placed(fault, path, lines, elsewhere)}" for fault in faults)
    return typing.cast(Settings, settings)


Section = typing.TypeVar("Section")


def changed(section: Section, changes: Mapping[str, Any], name: str) -> Section:
    """A section of the settings with some of its keys changed; ConfigError where that cannot be."""
    faults: list[str] = []
    kept = {
        field.name: getattr(section, field.name)
        for field in dataclasses.fields(typing.cast(Any, section))
    }
    out = _build(type(section), {**kept, **changes}, f"{name}.", faults)
    if faults:
        raise ConfigError(f"  {fault}" for fault in faults)
    return typing.cast(Section, out)


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise ConfigError([f"  {path}: cannot be read: {error.strerror}"]) from error
    except ValueError as error:
        raise ConfigError([f"  {path}: is no TOML: {error}"]) from error


def _parse(path: Path, text: str) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise ConfigError([f"  {path}: is no TOML: {error}"]) from error


def _placed(fault: str, path: Path | None, lines: Mapping[str, int], elsewhere: list[str]) -> str:
    """A fault with the line of the file, unless its key was given elsewhere."""
    key = fault.partition(":")[0]
    line = None if any(key.startswith(name) for name in elsewhere) else line_of(key, lines)
    return fault if line is None else f"{fault} ({path}, line {line})"


def _override(tree: dict[str, Any], override: str, faults: list[str]) -> str:
    """Put a value above the file's; gives its key, or nothing where it cannot be put."""
    dotted, equals, text = override.partition("=")
    if not equals or not dotted:
        faults.append(f"--set {override}: give it as key=value, such as filter.mains_hz=50")
        return ""
    *sections, name = dotted.strip().split(".")
    for section in sections:
        inner = tree.setdefault(section, {})
        if not isinstance(inner, dict):
            faults.append(f"--set {override}: {section} is no section")
            return ""
        tree = inner
    tree[name] = _value(text)
    return dotted.strip()


def _value(text: str) -> Any:
    """A TOML value, or a text where it is none."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except (ValueError, RecursionError):
        return text


def _build(kind: Any, tree: Mapping[str, Any], prefix: str, faults: list[str]) -> Any:
    """An instance of a settings class from a table; what is wrong goes to the faults."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    hints = typing.get_type_hints(kind)
    values = {}
    for name, value in tree.items():
        where = f"{prefix}{name}"
        if name not in fields:
            close = difflib.get_close_matches(name, fields, 1)
            hint = f"did you mean {prefix}{close[0]}?" if close else f"known: {', '.join(fields)}"
            faults.append(f"{where}: no such key; {hint}")
            continue
        before = len(faults)
        converted = _convert(hints[name], value, where, faults)
        if len(faults) == before:
            _check(converted, fields[name].metadata, where, faults)
        if len(faults) == before or dataclasses.is_dataclass(converted):
            values[name] = converted
    return kind(**values)


def _convert(kind: Any, value: Any, where: str, faults: list[str]) -> Any:
    if dataclasses.is_dataclass(kind):
        if isinstance(value, dict):
            return _build(kind, value, f"{where}.", faults)
        faults.append(f"{where}: must be a table")
        return None
    if typing.get_origin(kind) is dict:
        if not isinstance(value, dict):
            faults.append(f"{where}: must be a table")
            return None
        inner = typing.get_args(kind)[1]
        return {
            name: _convert(inner, one, f"{where}.{name}", faults) for name, one in value.items()
        }
    if isinstance(kind, types.GenericAlias):
        inner = kind.__args__[0]
        single = isinstance(value, (str, dict)) or not isinstance(value, (list, tuple))
        items = [value] if single else value
        return tuple(
            _convert(inner, item, where if single else f"{where}[{i}]", faults)
            for i, item in enumerate(items)
        )
    if type(value) is int and value.bit_length() > _MOST_BITS:
        faults.append(f"{where}: is too large a number")
        return None
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is not kind:
        faults.append(f"{where}: must be {_WORDS[kind]}, not {value!r}")
    return value


def _check(value: Any, limits: Mapping[str, Any], where: str, faults: list[str]) -> None:
    for item in value if isinstance(value, tuple) else (value,):
        one_of, low, high = limits.get("one_of"), limits.get("low"), limits.get("high")
        if one_of and item not in one_of:
            faults.append(f"{where}: {item!r} is not one of {', '.join(map(str, one_of))}")
        elif low is not None and not low <= item <= high:
            faults.append(f"{where}: {item!r} is not in {low:g} to {high:g}")


def _consistent(settings: Settings) -> list[str]:
    """What no single key can tell."""
    faults = []
    band = settings.filter.band_hz
    if len(band) != 2 or band[0] >= band[1]:
        faults.append("filter.band_hz: give two edges in Hz, the lower first, such as [20, 450]")
    elif band[0] >= 0.45 * settings.board.rate_hz:
        faults.append(
            f"filter.band_hz: the lower edge of {band[0]:g} Hz lies above what "
            f"{settings.board.rate_hz} Hz can carry ({0.45 * settings.board.rate_hz:g} Hz)"
        )
    faults += board_faults(settings.board) + gpio_faults(settings.gpio)
    if settings.record.start and not settings.record.dir:
        faults.append("record.dir: a recording from the start needs a folder: --record-dir DIR")
    faults += source_faults(settings.source) + tube_faults(settings.tube)
    closed = settings.insecure or bool(settings.keys)
    return faults + stream_faults(settings.stream, settings.control, closed)
