"""Movements from the files that people have them in, and what is said to those that are none."""

import json
from pathlib import Path
from typing import Any

import pytest
from emgd.face.match import Span
from emgd.movements import Movements, MovementsFault, Told, read
from emgd.movements.together import in_step, of_same_clips
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

# Rows of the sheet that the method's authors publish (MELABIPCAS/CASMEMG).
CASMEMG = """\
sub,video,video_onset,video_apex,video_offset,channel,emg_onset,emg_apex,emg_offset
1,1,43.5364,43.77634,43.87254,2,40.82,40.99,41.14
1,9,68.80054,69.3124,70.64094,3,62.160000000000004,62.760000000000005,63.54599999999999
5,11,66.03247,,68.16027,6,63.132000000000005,64.2,65.268
"""


NOTHING_TOLD = Told()


@pytest.fixture
def sheet(tmp_path):
    def written(text: str, told: Told = NOTHING_TOLD, name: str = "sheet.csv") -> Movements:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return read(path, told)

    return written


def lines(*maps: dict[str, Any]) -> str:
    return "\n".join(json.dumps(each) for each in maps) + "\n"


def test_the_truth_of_the_simulated_board(sheet):
    listed = sheet(
        lines(
            {"type": "settings", "seed": 1},
            {"type": "stream", "stream": 1, "rate_hz": 500},
            {"type": "lost", "counter": 7, "first": 10, "n": 20, "why": "drop"},
            {"type": "artefact", "kind": "pop", "begins": 5, "ends": 9},
            {
                "type": "event",
                "stream": 1,
                "kind": "ME",
                "emotion": "fear",
                "onset": 100,
                "apex": 180,
                "offset": 260,
                "channels": [{"channel": 1, "peak_uv": 8.1}, {"channel": 2, "peak_uv": 4.0}],
                "complete": True,
            },
            {"type": "event", "kind": "MaE", "onset": 900, "offset": 1900, "complete": False},
            {"type": "end", "stream": 1, "samples": 30000, "packets": 1500},
        )
    )
    whole, void = listed.spans
    assert whole == Span(100, 260, "ME", 180, (1, 2))
    assert void.void
    assert (listed.rate_hz, listed.minutes, listed.said) == (500, 1.0, [])


def test_what_spot_prints(sheet):
    event = {"id": 3, "channel": 4, "also": [2], "onset": 400, "apex": 500, "offset": 700}
    listed = sheet(lines({**event, "duration_ms": 150.0, "kind": "ME", "flags": ["talking"]}))
    assert listed.spans == [Span(400, 700, "ME", 500, (4, 2), flagged=True)]
    assert listed.rate_hz == 2000  # 300 samples are 150 ms
    assert listed.retracted is None


def test_onsets_tell_when_they_were_told(sheet):
    listed = sheet(
        lines(
            {"topic": "onset", "id": 1, "onset": 10, "told": 95},
            {"topic": "onset", "id": 2, "onset": 20, "told": 99},
            {"topic": "retract", "id": 2},
            {"topic": "interval", "id": 1, "onset": 8, "offset": 300, "closed": 390},
        )
    )
    (span,) = listed.spans
    assert (span.told, span.closed) == (95, 390)
    assert listed.retracted == 1


def test_nothing_found_is_an_empty_file(sheet):
    assert sheet("", name="events.jsonl").spans == []


def test_the_sheet_of_casmemg(sheet):
    listed = sheet(CASMEMG)
    assert listed.rate_hz == 1000
    assert listed.spans == [
        Span(40820, 41140, "ME", 40990, (1,), "1/1"),  # c2 is channel 1
        Span(62160, 63546, "MaE", 62760, (2,), "1/9"),
        Span(63132, 65268, "MaE", 64200, (5,), "5/11"),
    ]


def test_its_other_clock_and_its_empty_cell(sheet):
    spans = sheet(CASMEMG, Told(clock="video")).spans
    assert (spans[0].onset, spans[0].offset) == (43536, 43873)
    assert spans[2].apex is None


def test_a_sheet_of_the_samm_kind_counts_in_frames(sheet):
    text = (
        "Subject,Filename,Inducement Code,Onset,Apex,Offset,Duration,Type,Action Units\n"
        "006,006_1_2,1,562,589,605,44,Micro - 1/2,4\n"
        "006,006_1_2,1,1000,,0,,Macro,12\n"  # its offset was not seen
        "007,007_3_1,3,700,800,1100,401,Macro,12\n"
    )
    listed = sheet(text, Told(fps=200.0))
    assert listed.rate_hz == 200
    assert listed.spans == [
        Span(562, 605, "ME", 589, (), "006/006_1_2"),
        Span(700, 1100, "MaE", 800, (), "007/007_3_1"),
    ]
    (said,) = listed.said
    assert said.endswith("1 of 3 rows have no onset or no offset, and are left out.")
    with pytest.raises(MovementsFault, match="--fps"):
        sheet(text)


@pytest.mark.parametrize(
    ("text", "rate_hz", "first"),
    [
        ("onset,apex,offset,kind,channel\n100,150,300,blink,c3\n", None, (100, 300, "blink")),
        ("onset_s,offset_s\n0.25,1.5\n", 1000, (250, 1500, "MaE")),
        ("onset_ms;offset_ms\n12,5;40\n", 1000, (12, 40, "ME")),
        ("Onset (s)\tOffset (s)\n1.0\t1.2\n", 1000, (1000, 1200, "ME")),
        ("onset_frame,offset_frame\n30,40\n", 30, (30, 40, "ME")),
        ("\ufeffonset,offset,kind\n1.5,1.75,\n", 1000, (1500, 1750, "ME")),
    ],
)
def test_names_of_columns_tell_the_unit(sheet, text, rate_hz, first):
    listed = sheet(text, Told(fps=30.0))
    span = listed.spans[0]
    assert listed.rate_hz == rate_hz
    assert (span.onset, span.offset, span.kind) == first


def test_the_sheet_that_spot_writes(sheet):
    listed = sheet(
        "file,id,onset_s,duration_ms,onset,apex,offset,kind,channel,name,also,flags\n"
        "a.mcap,1,1.873,193.0,1873,1924,2066,blink,2,c3,,\n"
        "a.mcap,2,3.1,300,3100,3200,3400,ME,6,c7,4 5,speech\n"
    )
    assert listed.spans == [
        Span(1873, 2066, "blink", 1924, (2,), "a.mcap"),
        Span(3100, 3400, "ME", 3200, (6, 4, 5), "a.mcap", flagged=True),
    ]


def test_channels_of_our_own_sheets_count_from_0(sheet):
    listed = sheet("onset,offset,channel\n1,2,3\n1,2,c3\n1,2,\n")
    assert [span.channels for span in listed.spans] == [(3,), (2,), ()]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("start,stop\n1,2\n", "names no columns `onset` and `offset`"),
        ("onset,offset\n1,two\n", "line 2: 'two' is no number"),
        ("onset,offset\n5,2\n", "line 2: the offset lies before the onset"),
        ("onset_s,offset_ms\n5,2\n", "of one unit"),
        ("", "is empty"),
        ('{"onset": 1}\n', "no `onset` and `offset`"),
        ('{"onset": 1, "offset": 2}\n[3]\n', "line 2 is JSON, but no map"),
        ('{"onset": 1, "offset": 2}\n{"onset"\n', "line 2 is no JSON"),
        ('{"onset": 1, "offset": 1e300}\n', "no `onset` and `offset`"),
        ('{"type": "stream", "stream": 1}\n{"type": "stream", "stream": 2}\n', "2 streams"),
    ],
)
def test_a_file_that_cannot_be_used_says_why(sheet, text, said):
    with pytest.raises(MovementsFault, match=said):
        sheet(text)


def test_a_file_that_is_no_text_or_not_there(tmp_path):
    path = tmp_path / "sheet.xlsx"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(MovementsFault, match="save as CSV"):
        read(path, Told())
    with pytest.raises(MovementsFault, match="No such file"):
        read(tmp_path / "none.csv", Told())
    path = tmp_path / "no.mcap"
    path.write_bytes(b"something else")
    with pytest.raises(MovementsFault, match="not a recording"):
        read(path, Told())


def test_frames_become_the_samples_that_they_cover():
    truth = Movements([Span(30, 39, apex=33)], rate_hz=30.0)
    found = Movements([Span(1000, 1333, apex=1100)], rate_hz=1000.0)
    assert in_step(truth, found) == 1000
    assert truth.spans == [Span(1000, 1332, apex=1100)]  # ten frames are 333 ms
    assert found.spans == [Span(1000, 1333, apex=1100)]


def test_a_rate_has_to_be_known_by_somebody():
    with pytest.raises(MovementsFault, match="--rate"):
        in_step(Movements([Span(1, 2)]), Movements())


def test_recordings_have_to_be_the_same_ones():
    truth = Movements([Span(1, 2, clip="1/1"), Span(1, 2, clip="1/9")])
    found = Movements([Span(1, 2)])
    with pytest.raises(MovementsFault, match=r"1/1, 1/9.*--clip"):
        of_same_clips(truth, found, None)
    with pytest.raises(MovementsFault, match="no recording '7/7'"):
        of_same_clips(truth, found, "7/7")
    of_same_clips(truth, found, "1/9")
    assert truth.spans == found.spans == [Span(1, 2)]


values = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
keys = st.sampled_from(
    [
        "onset",
        "offset",
        "apex",
        "kind",
        "channel",
        "also",
        "channels",
        "id",
        "told",
        "type",
        "topic",
        "rate_hz",
        "duration_ms",
    ]
)


def read_or_refused(path: Path, told: Told) -> None:
    """Refused only in a sentence that names the file."""
    try:
        spans = read(path, told).spans
    except MovementsFault as fault:
        if str(path) not in str(fault):
            raise
    else:
        assert all(span.onset <= span.offset for span in spans)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=200) | st.text('onset,offset;123.\n\t"{}[]:', max_size=80))
def test_any_text_is_read_or_refused_in_a_sentence(tmp_path, text):
    for name, told in (("any.csv", NOTHING_TOLD), ("any.jsonl", Told(250.0, 25.0, "frames"))):
        path: Path = tmp_path / name
        path.write_bytes(text.encode("utf-8", "surrogatepass"))
        read_or_refused(path, told)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.dictionaries(keys, values | st.lists(values, max_size=3)), max_size=4))
def test_any_map_is_read_or_refused_in_a_sentence(tmp_path, maps):
    path: Path = tmp_path / "any.jsonl"
    path.write_text(lines(*maps), encoding="utf-8")
    read_or_refused(path, NOTHING_TOLD)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(
        st.tuples(
            st.integers(0, 10**9),
            st.integers(0, 10**6),
            st.sampled_from(["ME", "MaE", "blink"]),
            st.integers(0, 15),
        ),
        min_size=1,
    )
)
def test_sheet_and_lines_say_the_same(tmp_path, movements):
    csv, jsonl = tmp_path / "same.csv", tmp_path / "same.jsonl"
    rows = [f"{a},{a + n},{kind},{channel}" for a, n, kind, channel in movements]
    csv.write_text("\n".join(["onset,offset,kind,channel", *rows]))
    maps = [
        {"onset": a, "offset": a + n, "kind": kind, "channel": channel}
        for a, n, kind, channel in movements
    ]
    jsonl.write_text(lines(*maps))
    assert read(csv, Told(1000.0)).spans == read(jsonl, Told(1000.0)).spans
