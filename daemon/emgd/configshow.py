"""Settings as a TOML file that explains itself: every key with its default and its range."""

import dataclasses
import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

_WIDTH = 98


def as_toml(settings: Any, *, comments: bool = True, template: bool = False) -> str:
    """All settings, one key a line, each under what it says and may be.

    In a template the keys that have their defaults are comments: who changes none keeps those of
    the version that runs.
    """
    return "\n".join(_table(settings, "", comments, template)).strip() + "\n"


def _table(settings: Any, name: str, comments: bool, template: bool) -> Iterator[str]:
    """The keys of a table first: in TOML what follows a heading belongs to it."""
    fields = dataclasses.fields(settings)
    for field in fields:
        value = getattr(settings, field.name)
        if not dataclasses.is_dataclass(value):
            if comments:
                yield from _comment(field)
            off = "#" if template and value == _default(field) else ""
            yield f"{off}{field.name} = {_value(value)}"
            if comments:
                yield ""
    for field in fields:
        value = getattr(settings, field.name)
        if dataclasses.is_dataclass(value):
            inner = f"{name}.{field.name}" if name else field.name
            yield ""
            if comments:
                reload = " A reload is enough." if field.metadata.get("live") else ""
                yield f"# {(type(value).__doc__ or '').strip()}{reload}"
            yield f"[{inner}]"
            yield from _table(value, inner, comments, template)


def _comment(field: dataclasses.Field[Any]) -> Iterator[str]:
    about = field.metadata
    words = f"{field.name}: {about.get('says', '')}"
    facts = [f"default {_value(_default(field))}", *_range(about)]
    if about.get("live"):
        facts.append("a reload is enough")
    for line in textwrap.wrap(f"{words} ({'; '.join(facts)})", _WIDTH, break_on_hyphens=False):
        yield f"# {line}"


def _default(field: dataclasses.Field[Any]) -> Any:
    if field.default_factory is not dataclasses.MISSING:
        return field.default_factory()
    return field.default


def _range(about: Mapping[str, Any]) -> list[str]:
    if about.get("one_of"):
        return [f"one of {', '.join(_value(one) for one in about['one_of'])}"]
    if about.get("low") is not None:
        return [f"{about['low']:g} to {about['high']:g}"]
    return []


def _value(value: Any) -> str:
    """A value as TOML writes it; one that stands for all channels without brackets."""
    if dataclasses.is_dataclass(value):
        return _inline({f.name: getattr(value, f.name) for f in dataclasses.fields(value)})
    if isinstance(value, dict):
        return _inline(value)
    if isinstance(value, tuple):
        one = len(value) == 1 and not dataclasses.is_dataclass(value[0])
        return _value(value[0]) if one else f"[{', '.join(map(_value, value))}]"
    if isinstance(value, bool):
        return "true" if value else "false"
    return json.dumps(value, ensure_ascii=False)


def _inline(table: Mapping[str, Any]) -> str:
    pairs = (f"{json.dumps(name)} = {_value(value)}" for name, value in table.items())
    return f"{{ {', '.join(pairs)} }}" if table else "{}"
