"""An ELAN document: movements on tiers under the video, and the envelopes as time-series tracks.

The format is ELAN's EAF 3.0 (EAFv3.0.xsd); the tracks' configuration is what ELAN itself writes
beside a document as `NAME_tsconf.xml`.
"""

import mimetypes
import os
from collections.abc import Sequence
from datetime import UTC, datetime
from math import ceil
from pathlib import Path
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from emgd.align.events import KINDS, Covered, joined
from emgd.align.film import Film
from emgd.align.tracks import channels_of, write_tracks
from emgd.export.outfile import fresh_text

_CSV_PROVIDER = "mpi.eudico.client.annotator.timeseries.csv.CSVServiceProvider"
_TYPE = "movement"
_LIKELIEST = 3  # candidates on an annotation, which is as short as the movement
_COLORS = (
    "31,119,180", "255,127,14", "44,160,44", "214,39,40",
    "148,103,189", "140,86,75", "227,119,194", "127,127,127",
)  # fmt: skip
_CONSTRAINTS = {
    "Time_Subdivision": "Time subdivision of parent annotation's time interval, no time gaps"
    " allowed within this interval",
    "Symbolic_Subdivision": "Symbolic subdivision of a parent annotation. Annotations refering to"
    " the same parent are ordered",
    "Symbolic_Association": "1-1 association with a parent annotation",
    "Included_In": "Time alignable annotations within the parent annotation's time interval, gaps"
    " are allowed",
}

Annotation = tuple[int, int, str]  # begin and end in milliseconds of the video, text


def files_of(path: Path) -> tuple[Path, Path, Path]:
    """The document, the table of envelopes and its configuration."""
    stem = path.stem
    return path, path.with_name(f"{stem}_envelope.csv"), path.with_name(f"{stem}_tsconf.xml")


def write_elan(
    film: Film, events: Sequence[Covered], video: Path | None, path: Path, force: bool
) -> None:
    """Write all three."""
    document, table, configuration = files_of(path)
    largest = write_tracks(film, table, force)
    _write(_configuration(film, table, largest.tolist()), configuration, force)
    _write(_document(film, events, video, path), document, force)


def annotations(film: Film, events: Sequence[Covered], kind: str) -> list[Annotation]:
    """The annotations of a tier, which never overlap there.

    A frame begins at the first whole millisecond at which a player shows it: rounded down, ELAN
    would show the frame before.
    """
    result: list[Annotation] = []
    for event in sorted(events, key=lambda one: one.onset):
        if event.kind != kind:
            continue
        begin = ceil(event.onset * 1000 / film.fps)
        end = ceil((event.offset + 1) * 1000 / film.fps)
        if result and begin < result[-1][1]:
            before, until, text = result[-1]
            if begin == before:
                result[-1] = (before, max(until, end), f"{text} | {_text(event)}")
                continue
            result[-1] = (before, begin, text)
        result.append((begin, end, _text(event)))
    return result


def _text(event: Covered) -> str:
    """What stands on an annotation."""
    told = event.header
    units = joined(told.get("aus"), _LIKELIEST)
    share = told.get("mvc_pct")
    parts = [
        str(told.get("muscle") or f"channel {told.get('channel')}"),
        f"AU {units}" if units else "",
        f"{share:.1f} % MVC" if isinstance(share, float | int) else "",
        joined(told.get("emotions"), _LIKELIEST),
        joined(told.get("flags")),
    ]
    return "; ".join(part for part in parts if part)


def _document(film: Film, events: Sequence[Covered], video: Path | None, path: Path) -> Element:
    root = Element(
        "ANNOTATION_DOCUMENT",
        {
            "AUTHOR": "emgd",
            "DATE": datetime.now(UTC).isoformat(timespec="seconds"),
            "FORMAT": "3.0",
            "VERSION": "3.0",
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:noNamespaceSchemaLocation": "http://www.mpi.nl/tools/elan/EAFv3.0.xsd",
        },
    )
    tiers = {kind: annotations(film, events, kind) for kind in _kinds(events)}
    count = sum(len(tier) for tier in tiers.values())
    _header(root, video, path, count)
    moments = sorted(
        (ms, tier, number, end)
        for tier, notes in tiers.items()
        for number, note in enumerate(notes)
        for end, ms in enumerate(note[:2])
    )
    slots = {}
    order = SubElement(root, "TIME_ORDER")
    for number, (ms, *key) in enumerate(moments, 1):
        slots[tuple(key)] = f"ts{number}"
        SubElement(order, "TIME_SLOT", {"TIME_SLOT_ID": f"ts{number}", "TIME_VALUE": str(ms)})
    written = 0
    for tier, notes in tiers.items():
        element = SubElement(root, "TIER", {"LINGUISTIC_TYPE_REF": _TYPE, "TIER_ID": tier})
        for number, (_, _, text) in enumerate(notes):
            written += 1
            about = {
                "ANNOTATION_ID": f"a{written}",
                "TIME_SLOT_REF1": slots[(tier, number, 0)],
                "TIME_SLOT_REF2": slots[(tier, number, 1)],
            }
            note = SubElement(element, "ANNOTATION")
            SubElement(
                SubElement(note, "ALIGNABLE_ANNOTATION", about), "ANNOTATION_VALUE"
            ).text = text
    alignable = {"GRAPHIC_REFERENCES": "false", "TIME_ALIGNABLE": "true"}
    SubElement(root, "LINGUISTIC_TYPE", {"LINGUISTIC_TYPE_ID": _TYPE, **alignable})
    for stereotype, text in _CONSTRAINTS.items():
        SubElement(root, "CONSTRAINT", {"DESCRIPTION": text, "STEREOTYPE": stereotype})
    return root


def _kinds(events: Sequence[Covered]) -> list[str]:
    return [*KINDS, *sorted({event.kind for event in events} - set(KINDS))]


def _header(root: Element, video: Path | None, path: Path, count: int) -> None:
    header = SubElement(root, "HEADER", {"MEDIA_FILE": "", "TIME_UNITS": "milliseconds"})
    _, table, configuration = files_of(path)
    media_url = {}
    if video is not None:
        kind = mimetypes.guess_type(video.name)[0] or "video/*"
        about = _linked(video, path, "MEDIA_URL", "RELATIVE_MEDIA_URL", kind)
        SubElement(header, "MEDIA_DESCRIPTOR", about)
        media_url = {"ASSOCIATED_WITH": about["MEDIA_URL"]}
    for file, kind, more in ((table, "text/plain", media_url), (configuration, "text/xml", {})):
        about = _linked(file, path, "LINK_URL", "RELATIVE_LINK_URL", kind)
        SubElement(header, "LINKED_FILE_DESCRIPTOR", {**about, **more})
    SubElement(header, "PROPERTY", {"NAME": "lastUsedAnnotationId"}).text = str(count)


def _linked(file: Path, document: Path, url: str, relative_url: str, kind: str) -> dict[str, str]:
    """Where a file lies: ELAN tries the whole path first, then the one from the document."""
    relative = os.path.relpath(file.absolute(), document.absolute().parent)
    near = relative if relative.startswith("..") else f"./{relative}"
    return {url: file.absolute().as_uri(), "MIME_TYPE": kind, relative_url: near}


def _configuration(film: Film, table: Path, largest: Sequence[float]) -> Element:
    root = Element(
        "timeseries",
        {"date": datetime.now(UTC).isoformat(timespec="seconds"), "version": "1.0"},
    )
    source = SubElement(
        root,
        "tracksource",
        {
            "sample-type": "Discontinuous Rate",  # rows in gaps are missing
            "source-url": table.absolute().as_uri(),
            "time-column": "0",
        },
    )
    SubElement(source, "property", {"key": "provider", "value": _CSV_PROVIDER})
    for column, (place, channel) in enumerate(channels_of(film), 1):
        name = f"{channel.name} {channel.muscle}".strip()
        track = SubElement(source, "track", {"derivative": "0", "name": name})
        SubElement(track, "property", {"key": "detect-range", "value": "false"})
        position = SubElement(track, "sample-position")
        SubElement(position, "pos", {"col": str(column), "row": "0"})
        SubElement(track, "description").text = "envelope of the EMG"
        SubElement(track, "units").text = "uV"
        highest = max(1.0, float(ceil(largest[column - 1])))
        SubElement(track, "range", {"max": f"{highest}", "min": "0.0"})
        SubElement(track, "color").text = _COLORS[place % len(_COLORS)]
    return root


def _write(root: Element, path: Path, force: bool) -> None:
    ElementTree.indent(root, "    ")
    with fresh_text(path, force) as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>\n')
        out.write(ElementTree.tostring(root, encoding="unicode"))
        out.write("\n")
