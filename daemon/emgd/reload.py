"""SIGHUP: the settings are read again, and those that can change while samples flow are changed."""

import dataclasses
import logging
from collections.abc import Callable, Iterator
from typing import Any

from emgd.config import ConfigError
from emgd.notify import Notifier
from emgd.settings import Settings

_log = logging.getLogger(__name__)


class Reload:
    """Knows the settings in force; what is read again goes in force whole or not at all."""

    def __init__(
        self, settings: Settings, apply: Callable[[Settings, Settings], None], notifier: Notifier
    ) -> None:
        self._settings = settings
        self._apply = apply
        self._notifier = notifier

    def take(self, read: Callable[[], Settings]) -> None:
        """Read the settings and change what can change; never raises for what stands in them."""
        self._notifier.reloading()
        try:
            self._change(read())
        except ConfigError as error:
            _log.error("reload: nothing has changed, because %s", error)
        finally:
            self._notifier.reloaded()

    def _change(self, wanted: Settings) -> None:
        wanted = dataclasses.replace(wanted, doctor=self._settings.doctor)  # not the daemon's
        reached: Settings = with_live(self._settings, wanted)
        self._apply(self._settings, reached)
        changed = list(differences(self._settings, reached))
        waiting = list(differences(reached, wanted))
        self._settings = reached
        said = f"changed {', '.join(changed)}" if changed else "nothing has changed"
        if waiting:
            said += f"; waiting for the next start: {', '.join(waiting)}"
        _log.log(
            logging.WARNING if waiting else logging.INFO,
            "reload: %s",
            said,
            extra={"fields": {"changed": ",".join(changed), "waiting": ",".join(waiting)}},
        )


def with_live(before: Any, wanted: Any) -> Any:
    """A table as it is in force, with the wanted values of those keys that can change meanwhile."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(before):
        old, new = getattr(before, field.name), getattr(wanted, field.name)
        if field.metadata.get("live"):
            values[field.name] = new
        elif dataclasses.is_dataclass(old):
            values[field.name] = with_live(old, new)
    return dataclasses.replace(before, **values)


def differences(one: Any, other: Any, prefix: str = "") -> Iterator[str]:
    """The dotted keys that are not the same in both."""
    for field in dataclasses.fields(one):
        a, b = getattr(one, field.name), getattr(other, field.name)
        if dataclasses.is_dataclass(a):
            yield from differences(a, b, f"{prefix}{field.name}.")
        elif a != b:
            yield prefix + field.name
