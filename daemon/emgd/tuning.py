"""`spotter.set`: the spotter's settings with some of them changed, and the answer that is due."""

from dataclasses import asdict

from emgd.config import ConfigError, changed
from emgd.refusal import Refused
from emgd.settings import Spotter
from emgd.shared import Tune


def tuned(settings: Spotter, command: Tune) -> Spotter:
    """The settings that are to be in force; those there were where the wish cannot be met."""
    try:
        wanted = changed(settings, command.changes, "spotter")
    except ConfigError as error:
        faults = "; ".join(fault.strip() for fault in error.faults)
        command.answer.set_exception(Refused("bad_setting", f"spotter.set: {faults}"))
        return settings
    command.answer.set_result(asdict(wanted))
    return wanted
