"""The file with a person's maximum contractions."""

import contextlib
import json
from pathlib import Path

import pytest
from emgd.mvcfile import (
    ChannelMvc,
    MvcFileFault,
    PersonMvc,
    differences,
    load,
    path_for,
    read,
    save,
    values_for,
    write,
)
from hypothesis import given
from hypothesis import strategies as st

UV = st.floats(min_value=1e-3, max_value=1e6)
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=20)
CHANNELS = st.builds(
    ChannelMvc, TEXT, TEXT, st.none() | UV, st.lists(UV).map(tuple), st.lists(TEXT).map(tuple)
)
PEOPLE = st.builds(
    PersonMvc,
    TEXT,
    st.lists(CHANNELS, min_size=1, max_size=16).map(tuple),
    TEXT,
    st.none() | st.floats(min_value=1, max_value=16000),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(["emgd_mvc", "channels", "mvc_uv", "name", "attempts_uv", "doubts"]),
            inner,
            max_size=6,
        )
    ),
    max_leaves=20,
)
P1 = PersonMvc(
    "P1",
    (ChannelMvc("c1", "frontalis", 210.5, (200.0, 210.5), ("a doubt",)), ChannelMvc("c2")),
    "2026-01-02T03:04:05Z",
    1000.0,
    {"band_hz": [20.0, 450.0], "env_hz": 6.0},
)


@given(PEOPLE)
def test_what_was_written_is_read_again(person: PersonMvc) -> None:
    assert read(write(person)) == person


@given(JSON, st.booleans())
def test_any_json_is_read_or_refused(value: object, versioned: bool) -> None:
    if versioned and isinstance(value, dict):
        value = {**value, "emgd_mvc": 1}
    with contextlib.suppress(MvcFileFault):  # any other error fails
        person = read(json.dumps(value))
        assert all(uv is None or 0 < uv <= 1e6 for uv in person.values)


@given(st.text(max_size=60))
def test_any_text_is_refused_with_a_sentence(text: str) -> None:
    with pytest.raises(MvcFileFault, match=r"no JSON|no file of `emgd mvc`"):
        read(text)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"emgd_mvc": 2}, "emgd_mvc is 2; this emgd reads 1"),
        ({"channels": []}, "channels must be a list"),
        ({"channels": [3]}, r"channels\[0\] must be a map"),
        ({"channels": [{"mvc_uv": -4}]}, r"channels\[0\]\.mvc_uv is -4; it must be microvolts"),
        ({"channels": [{"mvc_uv": True}]}, r"channels\[0\]\.mvc_uv is True"),
        ({"channels": [{"mvc_uv": "9"}]}, r"channels\[0\]\.mvc_uv is '9'"),
    ],
)
def test_faults_name_the_key(change: dict[str, object], says: str) -> None:
    with pytest.raises(MvcFileFault, match=says):
        read(json.dumps(json.loads(write(P1)) | change))


def test_the_file_says_what_the_page_says() -> None:
    page = (Path(__file__).parents[3] / "docs" / "mvc.md").read_text(encoding="utf-8")
    shown = page.partition("```json\n")[2].partition("```")[0]
    assert read(shown).values[:2] == [412.7, 268.3]
    fields = json.loads(shown)
    assert set(fields) == set(json.loads(write(P1)))
    assert set(fields["channels"][0]) == set(json.loads(write(P1))["channels"][0])


def test_a_file_takes_the_place_of_the_earlier_one_whole(tmp_path: Path) -> None:
    path = path_for("P1", tmp_path)
    assert path.name == "mvc_P1.json"
    path.write_text("old")
    save(P1, path)
    assert load(path) == P1
    assert list(tmp_path.iterdir()) == [path]
    with pytest.raises(MvcFileFault, match=r"mvc_P2\.json: cannot be read: No such file"):
        load(path_for("P2", tmp_path))
    path.write_text("{")
    with pytest.raises(MvcFileFault, match=r"mvc_P1\.json: this is no JSON"):
        load(path)


def test_values_for_another_number_of_channels() -> None:
    assert values_for(P1, 4) == [210.5, None, None, None]
    assert values_for(P1, 1) == [210.5]
    assert values_for(None, 2) == [None, None]


def test_what_is_other_than_when_it_was_measured() -> None:
    same = [("c1", "frontalis"), ("c2", "")]
    assert differences(P1, same, {"band_hz": [20.0, 450.0], "env_hz": 6.0}) == []
    assert differences(P1, same, {"band_hz": [20.0, 225.0], "env_hz": 6.0}) == [
        "filter.band_hz was [20.0, 450.0] and is [20.0, 225.0]"
    ]
    assert differences(P1, [("c1", "corrugator supercilii")], None) == [
        "the values are of 2 channels, the board has 1",
        "c1 was on frontalis and is on corrugator supercilii",
    ]
