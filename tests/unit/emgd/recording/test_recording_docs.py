"""What the documents show is run, and does what they say."""

import re
from pathlib import Path

import numpy as np
from emgd.study import parse

DOCS = Path(__file__).parents[4] / "docs"


def blocks(page, language):
    return re.findall(rf"```{language}\n(.*?)```", (DOCS / page).read_text(), re.S)


def test_the_python_in_the_page_reads_a_recording(record, stream, monkeypatch):
    stream.meta()
    stream.raw()
    stream.mark("face_on")
    rec = record(stream)
    rec.path.rename(rec.path.with_name("film.mcap"))
    monkeypatch.chdir(rec.path.parent)
    ours, theirs = ({} for _ in range(2))
    first, second = blocks("recording.md", "python")
    exec(first, ours)
    exec(second, theirs)
    assert ours["uv"].shape == (20, 8)
    assert ours["t_ns"][0] == stream.t_ns(0)
    assert ours["events"][0].topic == "recording"
    assert np.array_equal(theirs["counts"], stream.counts())


def test_the_study_file_in_the_page_is_whole():
    (text,) = blocks("recording.md", "toml")
    study = parse(text)
    optional = text.split("# optional:")[1].replace("#", "").replace("\n", " ").split(",")
    known = set(study.__dataclass_fields__)
    assert {name.strip() for name in optional} == known - set(study.as_map())


def test_the_formats_of_the_page_are_those_of_the_command():
    from emgd.commands.export import FORMATS

    told = re.findall(r"^\| `(\w+)` \|", (DOCS / "export.md").read_text(), re.M)
    assert set(told) == set(FORMATS)
