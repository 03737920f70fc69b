"""Which bursts of single channels are one movement, and what kind of movement it is."""

from dataclasses import replace
from typing import Any

import pytest
from emgd.dsp.spotter import Burst, What
from emgd.face.expression import Expressions, Worn
from emgd.face.groups import Group, Groups
from hypothesis import given
from hypothesis import strategies as st
from support.muscle import SEVEN

FRONTALIS, CORRUGATOR, OCULI, LEVATOR, ZYGOMATICUS, ORIS, DEPRESSOR, FREE = range(8)
MUSCLES = (*SEVEN, "")


def burst(
    channel: int,
    onset: int,
    offset: int,
    uv: float = 20.0,
    *,
    height: float = 10.0,
    sparsity: float = 1.5,
) -> Burst:
    """At 1000 Hz; known when it is merged with nothing any more."""
    return Burst(
        what=What.CLOSED,
        channel=channel,
        onset=onset,
        apex=(onset + offset) // 2,
        offset=offset,
        peak_uv=uv + 1,
        low_uv=1.0,
        rise_uv=uv,
        sum_uv_ms=uv * (offset - onset) / 2 + (offset - onset),
        known=offset + 150,
        height=height,
        sparsity=sparsity,
    )


def opened(one: Burst) -> Burst:
    return Burst(What.OPENED, one.channel, one.onset, one.onset, 0, 0, 0, 0, 0, one.onset + 80)


class Face:
    """Hears bursts in the order in which they become known."""

    def __init__(self, **rules: bool) -> None:
        self.words = Expressions(Worn(MUSCLES, (None,) * 8), 1000.0)
        for rule, on in rules.items():
            setattr(self.words, rule, on)
        self.groups = Groups(1000.0, self.words)
        self.told: list[tuple[What, Group]] = []
        self.intervals: list[dict[str, Any]] = []

    def hear(self, *bursts: Burst) -> "Face":
        for one in sorted([*bursts, *map(opened, bursts)], key=lambda b: b.known):
            for what, group in self.groups.take(one):
                self.told.append((what, group))
                if what is What.CLOSED:
                    self.intervals.append(self.words.describe(group.closed))
        return self

    def count(self, what: What) -> int:
        return sum(told is what for told, _ in self.told)

    def blink_often(self) -> "Face":
        """A person whose blinks are known."""
        for at in range(0, 20_000, 2000):
            self.hear(burst(OCULI, at, at + 200, 40))
        assert {interval["kind"] for interval in self.intervals} == {"blink"}
        self.told, self.intervals = [], []
        return self


def test_channels_that_overlap_are_one_movement_with_its_strongest() -> None:
    face = Face().hear(
        burst(CORRUGATOR, 1000, 1400, 30), burst(OCULI, 1020, 1380, 50), burst(ORIS, 1050, 1350)
    )
    (interval,) = face.intervals
    assert (interval["channel"], interval["also"]) == (OCULI, [CORRUGATOR, ORIS])
    assert (interval["onset"], interval["offset"], interval["kind"]) == (1020, 1380, "ME")
    assert [what for what, _ in face.told] == [What.OPENED, What.CLOSED]


def test_in_percent_of_the_maximum_another_channel_may_be_the_strongest() -> None:
    face = Face()
    face.words.worn = Worn(MUSCLES, (100.0, 100.0, 400.0, *[100.0] * 5))
    face.hear(burst(CORRUGATOR, 1000, 1400, 30), burst(OCULI, 1020, 1380, 50))
    (interval,) = face.intervals
    assert interval["channel"] == CORRUGATOR
    assert interval["mvc_pct"] == pytest.approx(31.0)


def test_movements_one_after_the_other_stay_apart() -> None:
    face = Face().hear(burst(CORRUGATOR, 1000, 1400), burst(ZYGOMATICUS, 1900, 3000))
    assert [interval["kind"] for interval in face.intervals] == ["ME", "MaE"]


def test_what_lies_within_a_longer_movement_is_part_of_it_and_its_onset_is_taken_back() -> None:
    face = Face().hear(burst(ZYGOMATICUS, 1000, 3000, 60), burst(ORIS, 1400, 2200, 30))
    (interval,) = face.intervals
    assert interval["also"] == [ORIS]
    assert (face.count(What.OPENED), face.count(What.DROPPED)) == (2, 1)


def test_a_part_that_is_over_last_is_part_of_it_all_the_same() -> None:
    (interval,) = (
        Face().hear(burst(ZYGOMATICUS, 1000, 2960, 60), burst(ORIS, 1400, 2980, 30)).intervals
    )
    assert (interval["channel"], interval["also"]) == (ZYGOMATICUS, [ORIS])


def test_a_weak_burst_alone_is_none_and_one_with_others_is() -> None:
    weak = burst(CORRUGATOR, 1000, 1400, 4, height=1.1)
    face = Face().hear(weak)
    assert [what for what, _ in face.told] == [What.OPENED, What.DROPPED]
    (interval,) = Face().hear(weak, burst(OCULI, 1010, 1390, 3, height=1.05)).intervals
    assert interval["also"] == [OCULI]


@pytest.mark.parametrize(("height", "sparsity"), [(1.3, 1.7), (1.05, 1.2)])
def test_a_burst_alone_is_one_if_it_is_high_enough_or_of_many_units(
    height: float, sparsity: float
) -> None:
    face = Face().hear(burst(FRONTALIS, 1000, 1400, 4, height=height, sparsity=sparsity))
    assert len(face.intervals) == 1


def test_an_unknown_muscle_gives_events_without_candidates() -> None:
    (interval,) = Face().hear(burst(FREE, 1000, 1400)).intervals
    assert (interval["muscle"], interval["aus"], interval["emotions"]) == ("", [], [])
    assert interval["kind"] == "ME"


def test_500_ms_are_micro_and_more_is_macro() -> None:
    face = Face().hear(burst(FRONTALIS, 1000, 1500), burst(FRONTALIS, 3000, 3501))
    assert [interval["kind"] for interval in face.intervals] == ["ME", "MaE"]


def test_a_blink_during_a_smile_is_told_apart() -> None:
    face = Face().blink_often()
    face.hear(burst(ZYGOMATICUS, 30_000, 33_000, 60), burst(OCULI, 31_000, 31_190, 45))
    assert [(i["kind"], i["channel"]) for i in face.intervals] == [
        ("blink", OCULI),
        ("MaE", ZYGOMATICUS),
    ]


def test_a_blink_that_begins_with_an_expression_is_told_apart_but_its_leaks_go_with_it() -> None:
    face = Face().blink_often()
    face.hear(
        burst(ORIS, 30_000, 30_420, 50),
        burst(OCULI, 30_040, 30_230, 45),
        burst(CORRUGATOR, 30_050, 30_200, 4),
    )
    kinds = {i["kind"]: (i["channel"], i["also"]) for i in face.intervals}
    assert kinds == {"blink": (OCULI, [CORRUGATOR]), "ME": (ORIS, [])}


@pytest.mark.parametrize(
    "other",
    [
        burst(OCULI, 30_000, 30_380, 40),  # twice as long as this person's blinks
        burst(OCULI, 30_000, 30_200, 6),  # far weaker
    ],
)
def test_an_eye_that_moves_otherwise_than_in_blinking_makes_an_expression(other: Burst) -> None:
    (interval,) = Face().blink_often().hear(other).intervals
    assert interval["kind"] == "ME"


def test_an_expression_of_eye_and_brow_together_is_no_blink() -> None:
    face = Face().blink_often()
    face.hear(burst(OCULI, 30_000, 30_200, 40), burst(CORRUGATOR, 30_010, 30_210, 30))
    (interval,) = face.intervals
    assert (interval["kind"], interval["also"]) == ("ME", [CORRUGATOR])


SWALLOW = (burst(ORIS, 1000, 1900, 30), burst(DEPRESSOR, 1020, 1880, 24))


def test_a_swallow_is_low_in_the_face_and_lasts_about_a_second() -> None:
    assert Face().hear(*SWALLOW).intervals[0]["kind"] == "swallow"
    assert Face().hear(*SWALLOW, burst(OCULI, 1000, 1900, 25)).intervals[0]["kind"] == "MaE"
    assert Face().hear(SWALLOW[0]).intervals[0]["kind"] == "MaE"


@pytest.mark.parametrize("onset", [1200, 1600])  # over before it is, and after
def test_an_expression_above_the_mouth_during_a_swallow_is_a_movement_of_its_own(
    onset: int,
) -> None:
    brows = burst(CORRUGATOR, onset, onset + 400, 20), burst(FRONTALIS, onset, onset + 390, 10)
    found = {i["kind"]: (i["channel"], i["also"]) for i in Face().hear(*SWALLOW, *brows).intervals}
    assert found == {"swallow": (ORIS, [DEPRESSOR]), "ME": (CORRUGATOR, [FRONTALIS])}


def test_what_an_electrode_above_picks_up_of_a_swallow_is_part_of_it() -> None:
    (interval,) = Face().hear(*SWALLOW, burst(LEVATOR, 1200, 1800, 4)).intervals
    assert (interval["kind"], interval["also"]) == ("swallow", [DEPRESSOR, LEVATOR])


def test_an_expression_low_in_the_face_takes_in_what_moves_above() -> None:
    long = burst(ORIS, 1000, 3000, 30), burst(DEPRESSOR, 1020, 2980, 24)
    (interval,) = Face().hear(*long, burst(CORRUGATOR, 1400, 1900, 20)).intervals
    assert (interval["kind"], interval["also"]) == ("MaE", [DEPRESSOR, CORRUGATOR])


def test_the_rules_can_be_switched_off() -> None:
    face = Face(blinks=False, swallows=False).hear(
        burst(OCULI, 1000, 1200), burst(ORIS, 4000, 4900, 30), burst(DEPRESSOR, 4000, 4900, 24)
    )
    assert [interval["kind"] for interval in face.intervals] == ["ME", "MaE"]


def test_iemg_is_the_area_of_the_envelope_scaled_from_0_to_1() -> None:
    """Eq. 7: a triangle of 400 ms has 200."""
    (interval,) = Face().hear(burst(FRONTALIS, 1000, 1400, 20)).intervals
    assert interval["iemg"] == pytest.approx(200.0)


def test_a_movement_of_which_all_bursts_came_to_nothing_is_taken_back() -> None:
    face = Face()
    one = burst(FRONTALIS, 1000, 1040)
    face.hear()
    for what in (What.OPENED, What.DROPPED):
        face.told += face.groups.take(
            Burst(what, one.channel, 1000, 1000, 1040, 0, 0, 0, 0, 1000 + 100 * what)
        )
    assert [what for what, _ in face.told] == [What.OPENED, What.DROPPED]
    assert face.told[0][1].id == face.told[1][1].id


EYES = ("left orbicularis oculi", "right orbicularis oculi", "frontalis", "depressor", "oris", "")


def ends(groups: Groups, heard: list[Burst]) -> list[tuple[What, list[int]]]:
    """What is told of bursts, and the channels of each."""
    changes = [change for one in heard for change in groups.take(one)]
    return [(what, [one.channel for one in group.closed]) for what, group in changes]


def test_eyes_that_blink_one_after_the_other_over_a_leak_are_two_blinks() -> None:
    groups = Groups(1000.0, Expressions(Worn(EYES, (None,) * len(EYES)), 1000.0))
    bursts = [
        burst(0, 1000, 1200, 100.0),
        burst(1, 1100, 1300, 30.0),
        burst(2, 1140, 1360, 5.0),
    ]
    told = ends(groups, [*map(opened, bursts), *bursts])
    assert told[1:] == [(What.OPENED, [0]), (What.CLOSED, [0]), (What.CLOSED, [1, 2])]


@st.composite
def channels_of_bursts(draw: st.DrawFn) -> list[Burst]:
    """What channels did one burst after the other, in the order in which it becomes known."""
    heard: list[tuple[int, Burst]] = []
    for channel in range(len(EYES)):
        at = 0
        for _ in range(draw(st.integers(0, 12))):
            onset = at + draw(st.integers(0, 800))
            offset = onset + draw(st.integers(90, 1500))
            one = burst(
                channel,
                onset,
                offset,
                draw(st.sampled_from([3.0, 10.0, 40.0, 45.0, 200.0])),
                height=draw(st.sampled_from([1.0, 1.1, 5.0])),
                sparsity=draw(st.sampled_from([0.0, 1.2, 1.8])),
            )
            dropped = draw(st.integers(0, 5)) == 0
            heard += [
                (onset + 80, opened(one)),
                (one.known, replace(one, what=What.DROPPED) if dropped else one),
            ]
            at = one.known
    return [one for _, one in sorted(heard, key=lambda pair: pair[0])]


@given(channels_of_bursts(), st.booleans())
def test_each_movement_that_began_ends_once_whatever_the_channels_do(
    heard: list[Burst], blinks: bool
) -> None:
    words = Expressions(Worn(EYES, (None,) * len(EYES)), 1000.0)
    words.blinks = blinks
    groups = Groups(1000.0, words)
    opened_ids, ended, parts = [], [], []
    for one in heard:
        for what, group in groups.take(one):
            (opened_ids if what is What.OPENED else ended).append(group.id)
            if what is What.CLOSED:
                assert words.describe(group.closed)["kind"] in ("ME", "MaE", "blink", "swallow")
                parts += group.closed
            assert set(ended) <= set(opened_ids)
    assert sorted(opened_ids) == sorted(ended) == list(range(1, groups.last_id + 1))
    assert all(parts.count(part) == 1 for part in parts)
    assert all(part.what is What.CLOSED for part in parts)
