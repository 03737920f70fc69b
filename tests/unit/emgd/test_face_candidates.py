"""Candidates of action units and emotions against the paper's tables, typed here once more."""

import pytest
from emgd.face.candidates import rank_emotions, rank_units
from emgd.face.muscles import ACTION_UNITS, EMOTIONS, MUSCLES, known_muscle

ALL = frozenset(MUSCLES)
C1, C2, C3, C4, C5, C6, C7 = MUSCLES

# Table 9: the prototype's channels and action units of each emotion
PROTOTYPES = {
    "anger": ((C2, C3), (4, 7)),
    "disgust": ((C2, C4, C6), (4, 9, 17)),
    "happiness": ((C3, C5), (6, 12)),
    "sadness": ((C3, C7), (15, 45)),
    "surprise": ((C1, C3), (2, 5)),
}
UNITS = {
    C1: (1, 2),
    C2: (4,),
    C3: (4, 5, 6, 7, 41, 42, 43, 44, 45),
    C4: (9, 10),
    C5: (11, 12),
    C6: (15, 16, 17, 18, 22, 23, 24, 28),
    C7: (14, 25),
}
COUNTS = {  # micro, macro
    "anger": (49, 31),
    "disgust": (59, 32),
    "fear": (25, 27),
    "happiness": (26, 23),
    "sadness": (42, 23),
    "surprise": (27, 13),
    "other": (2, 1),
}


def test_the_tables_are_the_papers() -> None:
    assert ACTION_UNITS == UNITS
    assert {name: (e.brief, e.lasting) for name, e in EMOTIONS.items()} == COUNTS


@pytest.mark.parametrize("emotion", PROTOTYPES)
def test_a_prototypes_muscles_have_its_emotion_first(emotion: str) -> None:
    muscles, _ = PROTOTYPES[emotion]
    ranked = rank_emotions(dict.fromkeys(muscles, 1.0), ALL, True)
    assert ranked[0][0] == emotion
    shares = [share for _, share in ranked]
    assert shares == sorted(shares, reverse=True)
    assert 0.9 < sum(shares) <= 1.0 + 1e-9


@pytest.mark.parametrize("emotion", ["disgust", "happiness", "surprise"])
def test_a_prototypes_action_units_come_before_the_others_of_their_muscles(emotion: str) -> None:
    muscles, units = PROTOTYPES[emotion]
    emotions = rank_emotions(dict.fromkeys(muscles, 1.0), ALL, True)
    ranked = rank_units(dict.fromkeys(muscles, 1.0), emotions)
    assert set(units) <= {unit for unit, _ in ranked[: len(units) + 2]}
    assert {unit for unit, _ in ranked} == {unit for m in muscles for unit in UNITS[m]}
    assert all(0 <= score <= 1 for _, score in ranked)


def test_a_muscle_without_electrodes_says_nothing() -> None:
    """With the cheek alone worn, it is happiness; had the mouth been worn and been still, too."""
    assert rank_emotions({C5: 1.0}, frozenset({C5}), True)[0][0] == "happiness"


def test_nothing_moved_nothing_said() -> None:
    assert rank_emotions({}, ALL, True) == []
    assert rank_units({}, []) == []


@pytest.mark.parametrize(
    ("named", "muscle"),
    [
        ("Zygomaticus", C5),
        ("left corrugator supercilii", C2),
        ("ORBICULARIS_OCULI", C3),
        ("orbicularis", ""),
        ("frontalis medialis", C1),
        ("levator labii", C4),
        ("biceps", ""),
        ("", ""),
    ],
)
def test_muscles_are_known_by_the_names_that_people_give_them(named: str, muscle: str) -> None:
    assert known_muscle(named) == muscle
