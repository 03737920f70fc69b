"""What the settings ask of the filter chain and of the baseline."""

from emgd.dsp.baseline import Parameters
from emgd.dsp.filters import FilterPlan
from emgd.settings import Baseline, Filter


def filter_plan(settings: Filter) -> FilterPlan:
    """The chain."""
    low, high = settings.band_hz
    return FilterPlan(band_hz=(low, high), env_hz=settings.env_hz, mains_hz=settings.mains_hz)


def parameters(settings: Baseline) -> Parameters:
    """The paper's six."""
    six = {name: getattr(settings, name) for name in ("L", "S", "k", "Sn", "Wf", "Wb")}
    return Parameters(**six)
