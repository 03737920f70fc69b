"""ELAN documents: held to the rules of EAFv3.0.xsd, read by another program, true to the signal."""

import csv
from pathlib import Path
from urllib.parse import unquote, urlsplit
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import numpy as np
import pympi
import pytest
from scipy.signal import butter, group_delay, sosfilt, sosfilt_zi
from support.aligned import Lab
from support.filmed import display, film
from support.ticked import CHANNELS, RATE_HZ, UV_PER_COUNT, interval, recorded, rest

FPS = 30000 / 1001
SECONDS = 24
GAP = (15_000, 16_000)
MOVES = [
    interval(8_000, 8_300, "ME"),
    interval(8_250, 8_600, "ME", muscle="muscle 4"),  # overlaps the one before
    interval(10_000, 11_000, "MaE", aus=[4, 7, 1, 2], flags=["speech"]),
    interval(12_000, 12_120, "blink", muscle="<orbicularis & co>"),
]
# element -> required and optional attributes, and what it may hold, as EAFv3.0.xsd has it
RULES: dict[str, tuple[set[str], set[str], set[str]]] = {
    "ANNOTATION_DOCUMENT": (
        {"DATE", "AUTHOR", "VERSION"},
        {"FORMAT", "{http://www.w3.org/2001/XMLSchema-instance}noNamespaceSchemaLocation"},
        {"HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"},
    ),
    "HEADER": (
        set(),
        {"MEDIA_FILE", "TIME_UNITS"},
        {"MEDIA_DESCRIPTOR", "LINKED_FILE_DESCRIPTOR", "PROPERTY"},
    ),
    "MEDIA_DESCRIPTOR": (
        {"MEDIA_URL", "MIME_TYPE"},
        {"RELATIVE_MEDIA_URL", "TIME_ORIGIN", "EXTRACTED_FROM"},
        set(),
    ),
    "LINKED_FILE_DESCRIPTOR": (
        {"LINK_URL", "MIME_TYPE"},
        {"RELATIVE_LINK_URL", "TIME_ORIGIN", "ASSOCIATED_WITH"},
        set(),
    ),
    "PROPERTY": (set(), {"NAME"}, set()),
    "TIME_ORDER": (set(), set(), {"TIME_SLOT"}),
    "TIME_SLOT": ({"TIME_SLOT_ID"}, {"TIME_VALUE"}, set()),
    "TIER": (
        {"TIER_ID", "LINGUISTIC_TYPE_REF"},
        {"PARTICIPANT", "ANNOTATOR", "PARENT_REF"},
        {"ANNOTATION"},
    ),
    "ANNOTATION": (set(), set(), {"ALIGNABLE_ANNOTATION"}),
    "ALIGNABLE_ANNOTATION": (
        {"ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2"},
        {"SVG_REF"},
        {"ANNOTATION_VALUE"},
    ),
    "ANNOTATION_VALUE": (set(), set(), set()),
    "LINGUISTIC_TYPE": ({"LINGUISTIC_TYPE_ID"}, {"TIME_ALIGNABLE", "GRAPHIC_REFERENCES"}, set()),
    "CONSTRAINT": ({"STEREOTYPE"}, {"DESCRIPTION"}, set()),
}
ORDER = ["HEADER", "TIME_ORDER", "TIER", "LINGUISTIC_TYPE", "CONSTRAINT"]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    """A document and what belongs to it, of a video that is nowhere."""
    rng = np.random.default_rng(8)
    shown = display(SECONDS, rng)
    filmed = film(shown, rng, seconds=18, start_s=3.0)
    folder = tmp_path_factory.mktemp("elan")
    recording = recorded(folder, shown, rest(SECONDS, seed=4), [GAP], MOVES)
    digits = folder / "digits.csv"
    digits.write_text("".join(f"{row.frame},{row.number}\n" for row in filmed.rows))
    lab = Lab(recording, digits, filmed)
    assert lab.run("--elan", folder / "face one.eaf", "--video", folder / "face one.mp4") == 0
    return folder / "face one.eaf"


def test_it_keeps_the_schema(written):
    root = ElementTree.parse(written).getroot()
    _check(root)
    kinds = [child.tag for child in root]
    assert kinds == sorted(kinds, key=ORDER.index)
    assert root.get("FORMAT") == "3.0"
    ids = [element.get("TIME_SLOT_ID") for element in root.iter("TIME_SLOT")]
    ids += [element.get("ANNOTATION_ID") for element in root.iter("ALIGNABLE_ANNOTATION")]
    assert len(set(ids)) == len(ids)
    values = [int(slot.get("TIME_VALUE", "")) for slot in root.iter("TIME_SLOT")]
    assert values == sorted(values)
    types = {element.get("LINGUISTIC_TYPE_ID") for element in root.iter("LINGUISTIC_TYPE")}
    assert {tier.get("LINGUISTIC_TYPE_REF") for tier in root.iter("TIER")} == types


def test_its_links_lead_to_the_files(written):
    root = ElementTree.parse(written).getroot()
    links = {
        Path(element.get("RELATIVE_LINK_URL", "")): element.get("LINK_URL", "")
        for element in root.iter("LINKED_FILE_DESCRIPTOR")
    }
    assert {str(path) for path in links} == {"face one_envelope.csv", "face one_tsconf.xml"}
    for relative, url in links.items():
        assert Path(unquote(urlsplit(url).path)) == (written.parent / relative).absolute()
        assert (written.parent / relative).is_file()
    [media] = root.iter("MEDIA_DESCRIPTOR")
    assert media.get("MIME_TYPE") == "video/mp4"
    assert media.get("RELATIVE_MEDIA_URL") == "./face one.mp4"


def test_another_program_reads_the_same_movements(written):
    document = pympi.Elan.Eaf(str(written), suppress_version_warning=True)
    assert set(document.get_tier_names()) == {"ME", "MaE", "blink", "swallow"}
    assert document.get_annotation_data_for_tier("swallow") == []
    movements = document.get_annotation_data_for_tier("ME")
    assert [value.partition(";")[0] for *_, value in movements] == ["muscle 2", "muscle 4"]
    assert movements[0][1] <= movements[1][0]  # a tier holds no two at once
    [(begin, end, text)] = document.get_annotation_data_for_tier("MaE")
    assert end - begin == pytest.approx(1000, abs=1000 / FPS + 2)
    # second 10 of the recording is second 7 of the video, whose first frame is taken a frame late
    assert begin == pytest.approx(7000 - 1000 / FPS, abs=1000 / FPS)
    assert text == "muscle 2; AU 4 7 1; 8.1 % MVC; anger; speech"
    [(_, _, text)] = document.get_annotation_data_for_tier("blink")
    assert text.startswith("<orbicularis & co>")


def test_an_annotation_begins_within_the_frame_it_names(written):
    with written.with_name("digits_events.csv").open(newline="") as file:
        onsets = {row["kind"]: int(row["onset_frame"]) for row in csv.DictReader(file)}
    document = pympi.Elan.Eaf(str(written), suppress_version_warning=True)
    for kind in ("MaE", "blink"):
        begin_ms = document.get_annotation_data_for_tier(kind)[0][0]
        assert int(begin_ms / 1000 * FPS) == onsets[kind]


def test_the_tracks_are_told_as_elan_does(written):
    root = ElementTree.parse(written.with_name("face one_tsconf.xml")).getroot()
    assert root.tag == "timeseries"
    [source] = root.findall("tracksource")
    assert source.get("time-column") == "0"
    assert source.get("sample-type") == "Discontinuous Rate"
    table = Path(unquote(urlsplit(source.get("source-url", "")).path))
    assert table == written.with_name("face one_envelope.csv").absolute()
    [provider] = source.findall("property")
    assert provider.get("key") == "provider"
    tracks = source.findall("track")
    assert [track.get("name") for track in tracks] == [f"c{c} muscle {c}" for c in range(1, 5)]
    values = np.loadtxt(table, delimiter=",")
    for column, track in enumerate(tracks, 1):
        [place] = track.iter("pos")
        assert (place.get("col"), place.get("row")) == (str(column), "0")
        [span] = track.findall("range")
        assert float(span.get("min", "")) <= values[:, column].min()
        assert float(span.get("max", "")) >= values[:, column].max()
        assert track.findtext("units") == "uV"


def test_the_envelope_is_that_of_the_signal_at_the_time_of_the_video(written):
    values = np.loadtxt(written.with_name("face one_envelope.csv"), delimiter=",")
    seconds = values[:, 0]
    assert np.allclose(seconds * 100, np.rint(seconds * 100))  # a hundredth each, but in the gap
    hole = np.flatnonzero(np.diff(seconds) > 0.015)
    assert len(hole) == 1
    assert np.diff(seconds)[hole[0]] == pytest.approx(1.0, abs=0.05)

    band = butter(2, [20, 450], "bandpass", fs=RATE_HZ, output="sos")
    low = butter(2, 6, fs=RATE_HZ, output="sos")
    uv = rest(SECONDS, seed=4)[: GAP[0]] * UV_PER_COUNT
    start = sosfilt_zi(band)[:, :, None] * uv[0]
    emg = sosfilt(band, uv, axis=0, zi=start)[0]
    expected = sosfilt(low, np.abs(emg), axis=0)
    delay_s = group_delay(butter(2, 6, fs=RATE_HZ), w=[0.0])[1][0] / RATE_HZ
    before = seconds < 11.0
    # the first frame was taken at 3 s and a frame; its number is 0
    moments = seconds[before] + 3.0 + 1 / FPS + delay_s
    for channel in range(CHANNELS):
        there = np.interp(moments, np.arange(len(expected)) / RATE_HZ, expected[:, channel])
        assert np.abs(values[before, channel + 1] - there).max() < 0.02


def test_overwriting_is_asked_for_first(written, capsys):
    lab = Lab(next(written.parent.glob("*.mcap")), written.with_name("digits.csv"))
    elan = written.with_name("other.eaf")
    elan.with_name("other_tsconf.xml").write_text("mine")
    assert lab.run("--elan", elan, "--out", written.with_name("other_frames.csv")) == 1
    assert "other_tsconf.xml exists already" in capsys.readouterr().err
    assert not elan.exists()


def _check(element: Element) -> None:
    required, optional, children = RULES[element.tag]
    assert required <= set(element.attrib) <= required | optional, element.tag
    assert {child.tag for child in element} <= children, element.tag
    for child in element:
        _check(child)
