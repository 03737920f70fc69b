"""What the messages of a recording look like, as it is written into the file itself."""

import json
from collections.abc import Mapping
from typing import Any

UNKNOWN = "emgd.event"

_Fields = dict[str, dict[str, Any]]


def _field(kind: str | list[str], text: str, **more: Any) -> dict[str, Any]:
    return {"type": kind, "description": text, **more}


def _per_channel(text: str) -> dict[str, Any]:
    return _field("array", text + " One entry per channel, in the order of meta.channels.")


_UTC = "UTC, nanoseconds since 1970-01-01T00:00:00Z."
_INDEX = (
    "sample index: counts samples since the daemon first saw data; lost samples keep their place"
)

_COMMON: _Fields = {
    "v": _field("integer", "Version of the message layout: 1."),
    "session": _field(["string", "integer"], "Id of this run of the daemon."),
    "seq": _field(
        "integer",
        "Counts up by one per topic on the stream. Missing where the recorder wrote the message.",
    ),
}

_RAW: _Fields = {
    "first": _field("integer", f"Index of the first sample ({_INDEX})."),
    "n": _field("integer", "Number of samples in the block."),
    "t_ns": _field("integer", f"When the first sample was taken, best estimate. {_UTC}"),
    "step_ns": _field(
        "number", "Estimated time from one sample to the next, ns: sample i is at t_ns + i*step_ns."
    ),
    "dtype": _field("string", "'<i4': signed 32-bit integers, little-endian."),
    "unit": _field(
        "string",
        "'count': what the converter gave, 24 bits sign-extended (filtered where"
        " meta.response.oversample is 2)."
        " Microvolts = count * meta.channels[c].uv_per_count.",
    ),
    "status": _field(
        "string",
        "msgpack bin: for each sample the 3 status bytes of each ADS1299, as the chip sent them"
        " (1100, 8 bits LOFF_STATP, 8 bits LOFF_STATN, 4 bits GPIO; most significant bit first).",
        contentEncoding="binary",
    ),
    "board_us": _field(["integer", "null"], "The board's own clock at the first sample, us."),
    "taken_ns": _field("integer", "The PC's monotonic clock at the first sample, ns."),
    "arrival_ns": _field("integer", "The PC's monotonic clock when the packet was there, ns."),
    "clock_step_ns": _field(
        ["number", "null"],
        "Time between samples by the board's clock, ns; null where taken_ns is by arrival.",
    ),
    "data": _field(
        "string",
        "msgpack bin: n x channels numbers of the type in dtype, C order: all channels of the first"
        " sample, then all channels of the second, and so on."
        " channels = length in bytes / (n * 4).",
        contentEncoding="binary",
    ),
}

_TICK: _Fields = {
    "number": _field(
        "integer",
        "What the digital tube in front of the camera shows from now on, in full: a tube of"
        " four digits shows the last four.",
    ),
    "packets": _field("integer", "Packets received so far."),
    "sample": _field("integer", f"Last sample of the packet that caused it ({_INDEX})."),
    "t_ns": _field("integer", f"When the tube was told. {_UTC}"),
    "written_ns": _field(
        ["integer", "null"],
        f"When a display on the PC had taken it; null: it did not, or there is none. {_UTC}",
    ),
    "lit_ns": _field(["integer", "null"], f"When it was lit; null if the tube cannot tell. {_UTC}"),
}

_GAP: _Fields = {
    "first": _field("integer", f"First missing sample ({_INDEX})."),
    "missing": _field("integer", "How many samples are missing."),
    "reason": _field(
        "string",
        "lost: on the way from the board; reconnect: the line was down;"
        " overrun: the PC did not keep up.",
    ),
    "t_ns": _field("integer", f"When the first missing sample was taken. {_UTC}"),
    "by": _field(
        "string",
        "'recorder': these samples were on the stream and only this file lacks them."
        " Absent: the stream lacked them too.",
    ),
    "cause": _field("string", "What kept the recorder from writing, in words."),
    "dropped": _field("object", "Messages the recorder could not keep: topic -> count."),
}

_MARK: _Fields = {
    "label": _field("string", "What was marked."),
    "value": _field(
        ["number", "string", "boolean", "null", "array", "object"], "What was given along with it."
    ),
    "sample": _field("integer", f"The sample it belongs to ({_INDEX})."),
    "t_ns": _field("integer", f"When it happened. {_UTC}"),
    "source": _field("string", "Where it came from: control, gpio, clock, ..."),
}

_META: _Fields = {
    "board": _field(["string", "object"], "The board."),
    "firmware": _field("string", "The board's firmware."),
    "rate_hz": _field("number", "Nominal sampling rate, samples per second and channel."),
    "channels": _field(
        "array",
        "The channels in their order.",
        items={
            "type": "object",
            "properties": {
                "name": _field("string", "Name of the channel."),
                "muscle": _field(["string", "null"], "The muscle under the electrodes."),
                "gain": _field("number", "Gain of the chip's amplifier."),
                "uv_per_count": _field("number", "Microvolts at the electrodes per count."),
                "active": _field("boolean", "False where the channel is switched off."),
            },
        },
    ),
    "packet_samples": _field("integer", "Samples in a packet of the board."),
    "chip": _field(
        "array",
        "The configuration in force, one entry per ADS1299: in words, and in `registers` the"
        " values as they were read back.",
    ),
    "response": _field(
        "object",
        "What was done before raw, and the band that remains: oversample (1, or 2: the chip ran"
        " twice as fast and the FIR `fir` halved it), and where the power is half, Hz.",
    ),
    "gpio": _field(["object", "null"], "How marks are made of the GPIO inputs; null: not at all."),
    "filter": _field(
        ["object", "null"], "Filters of the topics emg and env; raw is never filtered."
    ),
    "spotter": _field(["object", "null"], "Settings of the spotter."),
    "mvc_uv": _per_channel("Envelope at maximum voluntary contraction, uV; null where unknown."),
    "daemon": _field("string", "Version of the daemon."),
    "started_ns": _field("integer", f"When the daemon saw its first sample. {_UTC}"),
}

_HEALTH: _Fields = {
    "rate_hz": _field(["number", "null"], "Measured sampling rate."),
    "clock_ppm": _field(
        ["number", "null"], "The board's clock against the PC's, parts in a million."
    ),
    "t_error_ms": _field(["number", "null"], "How sure the times are, ms."),
    "t_settled": _field(
        ["boolean", "null"], "Whether that is what it will be: true from 4 s after a break on."
    ),
    "clock_steps": _field("integer", "How often the PC's clock was set since the start."),
    "clock_step_s": _field(["number", "null"], "By how much it was set last, seconds."),
    "clock_off_ms": _field("number", "How far the PC's clock is ahead of the session's times, ms."),
    "samples": _field("integer", "Samples so far."),
    "lost": _field("integer", "Samples lost so far."),
    "bad_frames": _field("integer", "Damaged frames on the line so far."),
    "reconnects": _field("integer", "How often the line was opened again."),
    "trouble": _field(
        ["string", "null"], "Why no samples come, in a sentence; null while they do."
    ),
    "publish_dropped": _field("integer", "Messages the stream could not send."),
    "latency_ms": _field(["object", "null"], "p50, p99 and max from arrival to publishing, ms."),
    "recording": _field(["object", "null"], "The recording in progress."),
    "lead_off": _per_channel(
        "Null where nobody asked the chip; else {p, n}: true where that electrode is off."
    ),
    "gpio": _field(
        ["object", "null"],
        "Of the GPIO inputs: marks, unexpected (codes), brief (changes that did not last).",
    ),
    "tube": _field(["object", "null"], "How the digital tube is; null: there is none."),
    "clipped": _per_channel("True where the signal left the converter's range."),
    "noise_uv": _per_channel("Noise, uV."),
    "not_spotted": _per_channel("Null, or why nothing is spotted on the channel."),
}

_INTERVAL: _Fields = {
    "id": _field(["integer", "string"], "Id of the movement."),
    "channel": _field("integer", "The strongest channel, counted from 0."),
    "muscle": _field(["string", "null"], "Its muscle."),
    "also": _field("array", "Other channels that moved with it."),
    "onset": _field("integer", f"Where it begins ({_INDEX})."),
    "apex": _field("integer", "Where it is strongest (sample index)."),
    "offset": _field("integer", "Where it ends (sample index)."),
    "t_ns": _field("integer", f"When it began. {_UTC}"),
    "duration_ms": _field("number", "From onset to offset, ms."),
    "peak_uv": _field("number", "Peak of the envelope, uV."),
    "mvc_pct": _field(["number", "null"], "Peak in percent of MVC; null before calibration."),
    "iemg": _field(
        ["number", "null"], "Area under the envelope over milliseconds, scaled from 0 to 1."
    ),
    "kind": _field("string", "ME up to 500 ms, MaE above, or blink, swallow."),
    "aus": _field("array", "Candidates of action units by muscle, likeliest first."),
    "au_scores": _field("array", "Their scores, 0 to 1."),
    "emotions": _field("array", "Candidates by a table of muscles, likeliest first; no finding."),
    "emotion_scores": _field("array", "Their scores, 0 to 1."),
    "detector": _field(["string", "object"], "What spotted it."),
    "flags": _field("array", "'speech' where it looks like talking."),
    "told": _field("integer", "The newest sample there was when its onset was told."),
    "closed": _field("integer", "The newest sample there was when the interval was told."),
}

_ONSET: _Fields = {key: _INTERVAL[key] for key in ("id", "channel", "muscle", "onset", "t_ns")}

_RECORDING: _Fields = {
    "event": _field(
        "string",
        "start: the recording was started here; all messages before it in the file were kept from"
        " before. part: it goes on here after trouble with the file before. stop: it ends here.",
    ),
    "sample": _field(["integer", "null"], f"First sample after it ({_INDEX})."),
    "t_ns": _field("integer", f"When. {_UTC}"),
    "name": _field("string", "Name of the recording."),
    "after": _field("string", "Path of the file before this one."),
    "cause": _field("string", "What was wrong with it."),
}

_TOPICS: dict[str, tuple[str, _Fields, list[str]]] = {
    "raw": ("A block of samples as the board sent it.", _RAW, ["first", "n", "t_ns", "data"]),
    "tick": ("The number on the digital tube went up.", _TICK, ["number", "sample"]),
    "gap": ("Samples that are missing.", _GAP, ["first", "missing", "reason"]),
    "mark": ("Something was marked.", _MARK, ["label", "sample", "t_ns"]),
    "meta": ("All that is needed to read the rest.", _META, ["rate_hz", "channels"]),
    "health": ("State of the system, once a second.", _HEALTH, []),
    "onset": ("A movement seems to have begun.", _ONSET, ["id", "onset"]),
    "interval": ("A movement.", _INTERVAL, ["id", "onset", "offset"]),
    "retract": ("An onset that came to nothing.", {"id": _INTERVAL["id"]}, ["id"]),
    "recording": ("Written by the recorder itself.", _RECORDING, ["event"]),
}

TOPICS = tuple(_TOPICS)


def schema_of(topic: str) -> tuple[str, bytes]:
    """Name and JSON schema of a topic; topics that came later share one."""
    if topic not in _TOPICS:
        text = "A message of a topic that the recorder had no description of."
        data = _field("string", "msgpack bin: the payload, if any.", contentEncoding="binary")
        return UNKNOWN, _schema(UNKNOWN, text, {"data": data}, [])
    text, fields, required = _TOPICS[topic]
    return f"emgd.{topic}", _schema(f"emgd.{topic}", text, fields, required)


def _schema(title: str, text: str, fields: Mapping[str, Any], required: list[str]) -> bytes:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": title,
        "description": text + " One msgpack map per message; keys not listed here may occur.",
        "type": "object",
        "properties": {**_COMMON, **fields},
        "required": required,
    }
    return json.dumps(schema, indent=1).encode()
