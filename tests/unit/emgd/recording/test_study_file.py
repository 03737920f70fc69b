"""A study file says all its faults at once, and goes into the recording."""

import emgd.recording
import pytest
from emgd.study import Study, StudyFault, load, parse


def test_a_whole_file_is_a_study(study_text):
    study = parse(study_text)
    assert (study.mains_hz, study.electrode_diameter_mm, study.side) == (50, 4, "left")
    assert study.notes is None


def test_all_faults_are_told_at_once_with_what_is_allowed(study_text):
    text = (
        study_text.replace("50", "55").replace('"left"', '"top"').replace("ground = ", "groud = ")
    )
    with pytest.raises(StudyFault) as told:
        parse(text, "lab/study.toml")
    assert len(told.value.faults) == 4
    sentence = str(told.value)
    assert "lab/study.toml has 4 faults" in sentence
    assert "mains_hz = 55: allowed is 50 or 60" in sentence
    assert "side = 'top'" in sentence
    assert '"right"' in sentence
    assert "groud is not a field of a study file: ground?" in sentence
    assert "ground is missing" in sentence


@pytest.mark.parametrize(
    ("line", "word"),
    [
        ("mains_hz = true", "mains_hz"),
        ('electrode_diameter_mm = "4"', "electrode_diameter_mm"),
        ("electrode_distance_mm = 0.2", "electrode_distance_mm"),
        ('task = "two words"', "task"),
        ('reference = " "', "reference"),
        ("side = 1", "side"),
    ],
)
def test_a_wrong_value_is_told(line, word, study_text):
    key = line.split(" ")[0]
    lines = [old for old in study_text.splitlines() if not old.startswith(key + " ")]
    with pytest.raises(StudyFault, match=word) as told:
        parse("\n".join([*lines, line]))
    assert len(told.value.faults) == 1


def test_an_own_scheme_has_to_be_described(study_text):
    text = study_text.replace("Fridlund & Cacioppo 1986", "Other")
    with pytest.raises(StudyFault, match="placement_description"):
        parse(text)
    assert parse(text + 'placement_description = "see figure 1"').placement_scheme == "Other"


@pytest.mark.parametrize("content", [b"task = ", b"\xff\xfe", b"task = films"])
def test_a_file_that_is_no_toml_is_told(tmp_path, content):
    path = tmp_path / "study.toml"
    path.write_bytes(content)
    with pytest.raises(StudyFault, match=r"study\.toml"):
        load(path)
    with pytest.raises(StudyFault, match="cannot be read"):
        load(tmp_path / "none.toml")


def test_the_study_is_kept_in_the_recording(lab, study_text):
    recorder = lab.recorder()
    study = parse(study_text)
    recorder.start("studied", study=study)
    kept = emgd.recording.open(recorder.stop().path).study
    assert Study(**kept) == study
