"""The Methods paragraph of a paper: what the study file says and what was really measured."""

from collections.abc import Mapping
from typing import Any

from emgd.recorder.entry import positive
from emgd.recording.info import Overview

_SINC3_BAND = 0.262  # of the rate: -3 dB of the ADS1299's decimation filter, data sheet table 5


def methods(overview: Overview, study: Mapping[str, Any]) -> str:
    """Sentences for a paper; what nobody told stands in square brackets, to be filled in."""
    return " ".join(
        sentence
        for sentence in (
            _sites(overview, study),
            _placement(study),
            _amplifier(overview),
            _filters(overview),
            _impedances(overview),
            _losses(overview),
        )
        if sentence
    )


def _told(study: Mapping[str, Any], key: str) -> str:
    value = study.get(key)
    return f"[{key.replace('_', ' ')}]" if value is None else str(value).rstrip(".")


def _sites(overview: Overview, study: Mapping[str, Any]) -> str:
    channels = [channel for channel in overview.recording.channels if channel.active]
    muscles = ", ".join(channel.muscle or f"[muscle of {channel.name}]" for channel in channels)
    side = study.get("side", "[side]")
    where = "on both sides of the face" if side == "both" else f"on the {side} side of the face"
    maker = " ".join(
        str(study[key]) for key in ("electrode_manufacturer", "electrode_model") if key in study
    )
    return (
        f"Facial EMG was recorded from {len(channels)} sites ({muscles}) {where} with"
        f" {_told(study, 'electrode_material')} electrodes{f' ({maker})' if maker else ''} of"
        f" {_told(study, 'electrode_diameter_mm')} mm diameter and"
        f" {_told(study, 'electrode_distance_mm')} mm inter-electrode distance (centre to centre)."
    )


def _placement(study: Mapping[str, Any]) -> str:
    scheme = str(study.get("placement_scheme", "[placement scheme]"))
    described = study.get("placement_description")
    if scheme.lower() == "other":
        placed = f"Electrodes were placed as follows: {_told(study, 'placement_description')}."
    else:
        extra = f" ({described})" if described else ""
        placed = f"Electrodes were placed according to {scheme}{extra}."
    return (
        f"{placed} Skin preparation: {_told(study, 'skin_preparation')}."
        f" Reference: {_told(study, 'reference')}; ground: {_told(study, 'ground')}."
    )


def _amplifier(overview: Overview) -> str:
    rec = overview.recording
    gains = sorted({f"{channel.gain:g}" for channel in rec.channels if channel.active})
    board = str(rec.meta.get("board") or "").strip()
    measured = overview.measured_rate_hz
    rate = f"{rec.rate_hz:g} Hz" + (f" (measured: {measured:.2f} Hz)" if measured else "")
    return (
        f"Signals were amplified (gain {' and '.join(gains)}) and digitised with 24 bits at {rate}"
        f" by an ADS1299 analogue front end{f' ({board})' if board else ''}, whose decimation"
        f" filter is 3 dB down at {_SINC3_BAND * rec.rate_hz:.0f} Hz, and recorded without further"
        f" filtering with {rec.about.get('software', 'emgd')}."
    )


def _filters(overview: Overview) -> str:
    """The filters of the live signals: no part of the recorded data."""
    plan = overview.recording.meta.get("filter")
    band = plan.get("band_hz") if isinstance(plan, Mapping) else None
    edges = [positive(edge) for edge in band] if isinstance(band, list | tuple) else []
    if not isinstance(plan, Mapping) or len(edges) != 2 or None in edges:
        return ""
    low, high = edges
    order = f"order {plan['band_order']}, " if "band_order" in plan else ""
    notch = f", notch at {plan['mains_hz']} Hz" if plan.get("mains_hz") else ""
    envelope = (
        f", rectified and smoothed (Butterworth low-pass, {plan['env_hz']:g} Hz)"
        if isinstance(plan.get("env_hz"), int | float)
        else ""
    )
    return (
        f"For display and online detection only, signals were band-passed causally"
        f" (Butterworth, {order}{low:g}-{high:g} Hz{notch}){envelope}."
    )


def _impedances(overview: Overview) -> str:
    known = [value for value in overview.impedance_kohm or () if value is not None]
    if not known:
        return "Electrode impedances: [not measured]."
    return f"Electrode impedances were {min(known):g} to {max(known):g} kOhm before recording."


def _losses(overview: Overview) -> str:
    told = overview.receipt
    minutes = told.seconds / 60
    if not told.lost:
        return f"No sample was lost in {minutes:.1f} min."
    share = 100 * told.lost / (told.lost + told.samples)
    return f"{share:.2g} % of samples were lost in {told.gaps} gaps over {minutes:.1f} min."
