"""What EMG-BIDS 1.11 asks of a recording, out of its study file, its meta and what was measured."""

from collections.abc import Mapping
from typing import Any

from emgd import __version__
from emgd.export.bdf_head import labels_of
from emgd.receipt import Receipt
from emgd.recording import Recording

BIDS_VERSION = "1.11.0"
UNKNOWN = "n/a"
_BAD_SHARE = 0.5  # of the time without an electrode, or flat

_STUDY_FIELDS = {
    "TaskDescription": "task_description",
    "Instructions": "instructions",
    "InstitutionName": "institution",
    "ElectrodeManufacturer": "electrode_manufacturer",
    "ElectrodeManufacturersModelName": "electrode_model",
    "ElectrodeMaterial": "electrode_material",
    "ElectrodeType": "electrode_type",
    "EMGGround": "ground",
    "SkinPreparation": "skin_preparation",
}


def sidecar(
    recording: Recording, study: Mapping[str, Any], task: str, receipt: Receipt
) -> dict[str, Any]:
    """`_emg.json`, with all required fields; what nobody told is `n/a`."""
    meta, rate_hz = recording.meta, recording.rate_hz
    fields: dict[str, Any] = {
        "TaskName": task,
        "EMGPlacementScheme": "Other",  # the others ask for measured coordinates
        "EMGPlacementSchemeDescription": _placed(study),
        "EMGReference": study.get("reference", UNKNOWN),
        "SamplingFrequency": rate_hz,
        "PowerLineFrequency": study.get("mains_hz", UNKNOWN),
        "RecordingType": "continuous",
        "SoftwareFilters": UNKNOWN,
        "HardwareFilters": {
            "Sinc3 decimation filter of the ADS1299": {
                "Half-power frequency (Hz)": round(0.262 * rate_hz, 1)
            }
        },
        "EMGChannelCount": len(recording.channels),
        "RecordingDuration": round(receipt.seconds, 3),
        "SoftwareVersions": f"emgd {meta.get('daemon', __version__)}",
    }
    if board := meta.get("board"):
        fields["ManufacturersModelName"] = str(board)
    if "electrode_distance_mm" in study:
        fields["InterelectrodeDistance"] = study["electrode_distance_mm"]
    gains = {channel.gain for channel in recording.channels}
    if len(gains) == 1:
        fields["Gain"] = gains.pop()
    fields |= {key: study[name] for key, name in _STUDY_FIELDS.items() if name in study}
    if bad := _artefacts(receipt):
        fields["SubjectArtefactDescription"] = bad
    return fields


def missing_fields(study: Mapping[str, Any]) -> list[str]:
    """Required fields that nobody told."""
    asked = {
        "EMGPlacementSchemeDescription": "placement_scheme",
        "EMGReference": "reference",
        "PowerLineFrequency": "mains_hz",
    }
    return [key for key, name in asked.items() if name not in study]


def channel_rows(
    recording: Recording, study: Mapping[str, Any], receipt: Receipt
) -> list[dict[str, Any]]:
    """`_channels.tsv`."""
    bad = {one.channel: one for one in receipt.bad_channels}
    rows = []
    for c, (channel, label) in enumerate(
        zip(recording.channels, labels_of(recording.channels), strict=True)
    ):
        status, why = "good", UNKNOWN
        if not channel.active:
            status, why = "bad", "switched off"
        elif c in bad:
            one = bad[c]
            told = {
                "clipped": one.clipped_s,
                "flat": one.flat_s,
                "electrode off": one.lead_off_s,
            }
            why = ", ".join(f"{what} for {s:g} s" for what, s in told.items() if s)
            worst_s = max(one.flat_s, one.lead_off_s, one.clipped_s)
            status = "bad" if worst_s > _BAD_SHARE * receipt.seconds else "good"
        rows.append(
            {
                "name": label,
                "type": "EMG",
                "units": "uV",
                "description": f"channel {channel.name}",
                "sampling_frequency": f"{recording.rate_hz:g}",
                "reference": study.get("reference", UNKNOWN),
                "target_muscle": channel.muscle or UNKNOWN,
                "placement_scheme": "other",
                "placement_description": _placed(study),
                "interelectrode_distance": study.get("electrode_distance_mm", UNKNOWN),
                "status": status,
                "status_description": why,
            }
        )
    return rows


_LEVELS = {
    "tick": "The number on the display in view of the camera went up to `value`.",
    "BAD_ACQ_SKIP": "Samples are missing: the signal holds its last value.",
    "ME": "A movement of up to 500 ms, spotted online, on the muscle in `value`.",
    "MaE": "A movement of more than 500 ms, spotted online, on the muscle in `value`.",
    "blink": "A blink.",
    "swallow": "A swallow.",
    "recording": "Recording was started here; what is before was kept from before.",
    "gap": "The line was interrupted; no sample is missing.",
}


def event_columns(kinds: Mapping[str, str]) -> dict[str, Any]:
    """`_events.json`: what the columns of `_events.tsv` mean; `kinds` occurs, with its topic."""
    return {
        "onset": {"Description": "Time from the first sample of the file.", "Units": "s"},
        "duration": {"Description": "How long it lasts; 0 for a moment.", "Units": "s"},
        "trial_type": {
            "LongName": "Kind of event",
            "Description": "What happened. Marks have the label the experiment gave them.",
            "Levels": {kind: _level(kind, topic) for kind, topic in sorted(kinds.items())},
        },
        "value": {"Description": "Number on the display, value of the mark, or muscle."},
        "sample": {"Description": "Sample of the file, counted from 0."},
        "topic": {"Description": "Topic on the stream of emgd."},
    }


def _level(kind: str, topic: str) -> str:
    if topic == "mark":
        return "Marked by the experiment."
    return _LEVELS.get(kind, f"Topic {topic} of emgd.")


def _placed(study: Mapping[str, Any]) -> str:
    scheme = study.get("placement_scheme", "")
    parts = ["" if scheme.lower() == "other" else scheme, study.get("placement_description")]
    parts.append(study.get("side") and f"side of the face: {study['side']}")
    return "; ".join(str(part) for part in parts if part) or UNKNOWN


def _artefacts(receipt: Receipt) -> str:
    told = [f"{receipt.lost} samples lost in {receipt.gaps} gaps"] if receipt.gaps else []
    told += [f"{one.name}: clipped for {one.clipped_s:g} s" for one in receipt.bad_channels]
    return "; ".join(told)
