"""Names made of participant, session, task and run, and read back."""

import pytest
from emgd.recorder.name import NameFault, name_parts, recording_name


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        ({"participant": "P03"}, "sub-P03"),
        (
            {"participant": "P03", "session": "2", "task": "films", "run": 1},
            "sub-P03_ses-2_task-films_run-1",
        ),
        ({"run": "01", "task": "rest"}, "task-rest_run-01"),
    ],
)
def test_a_name_is_made_as_bids_makes_it(parts, name):
    assert recording_name(**parts) == name
    assert name_parts(name) == {key: str(value) for key, value in parts.items()}


def test_a_name_that_is_given_counts():
    assert recording_name("pilot_3", participant="P03") == "pilot_3"
    assert name_parts("pilot_3") == {}


@pytest.mark.parametrize(
    ("parts", "word"),
    [
        ({}, "needs a name"),
        ({"participant": "P 3"}, "participant"),
        ({"task": "a-b"}, "task"),
        ({"run": ""}, "run"),
        ({"run": True}, "run"),
        ({"session": 1.5}, "session"),
    ],
)
def test_what_cannot_be_in_a_name_is_told(parts, word):
    with pytest.raises(NameFault, match=word):
        recording_name(**parts)
