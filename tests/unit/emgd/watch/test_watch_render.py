import pytest
from emgd.watch.bars import bar
from emgd.watch.lines import Style
from emgd.watch.render import render
from emgd.watch.strips import strip
from emgd.watch.view import View


def texts(model, view=None, now_s=1.0, width=80, height=24):
    picture = render(model, view or View(), now_s, width, height)
    return ["".join(text for text, _ in line) for line in picture]


def row(lines, start):
    return next(line for line in lines if line.startswith(start))


@pytest.mark.parametrize(
    ("value", "peak", "drawn"),
    [
        (0.0, 0.0, "        "),
        (0.5, 0.5, "████│   "),
        (0.5, 0.8, "████  │ "),
        (1.0, 1.0, "████████"),
        (9.0, 9.0, "████████"),
        (0.0, 9.0, "       │"),
        (0.3125, 0.0, "██▌     "),
        (-1.0, float("nan"), "        "),
        (float("nan"), 0.5, "    │   "),
    ],
)
def test_a_bar_is_as_long_as_its_value(value, peak, drawn):
    assert bar(value, peak, 8) == drawn


def test_a_strip_shows_heights_over_its_lines_and_lost_columns():
    import numpy as np

    values = np.array([0, 0.25, 0.5, 0.75, 1, np.nan], np.float32)
    assert strip(values, 1) == [" ▂▄▆█x"]
    assert strip(values, 2) == ["   ▄█ ", " ▄██" + "█x"]


def test_each_channel_has_its_name_muscle_number_and_bar(wire, model):
    wire.env(0, [[1.25, 0, 0, 40]], 1.0)
    lines = texts(model)
    assert lines[0].startswith(" STREAMING ")
    assert row(lines, "> 1 c1 frontalis").split()[4] == "1.2"
    fourth = row(lines, "  4 c4 levator labii super")
    assert " 40.0 " in fourth
    assert fourth.count("█") > 20  # 40 of 50 uV over some forty columns
    assert "full 50 µV" in row(lines, "──")


def test_peak_holds_two_seconds(wire, model):
    wire.env(0, [[40, 0, 0, 0]], 1.0)
    for first in range(1, 4001, 50):
        wire.env(first, [[0, 0, 0, 0]] * 50, 1.0)
        held = "│" in row(texts(model), "> 1")
        # The bin of 50 ms in which the peak was counts as a whole.
        assert held == (first + 50 <= 2000)


def test_flags_name_what_is_wrong_with_a_channel(wire, model):
    wire.env(0, [[5, 5, 5, 5]], 1.0)
    wire.send(
        "health",
        1.0,
        clipped=[True, False, False, False],
        lead_off=[None, True, False, False],
        not_spotted=[None, None, "hum", None],
    )
    lines = texts(model)
    assert row(lines, "> 1").rstrip().endswith("CLIP")
    assert "▒" in row(lines, "> 1")
    assert "LEAD OFF" in row(lines, "  2")
    assert "not spotted: hum" in row(lines, "  3")
    assert row(lines, "  4").rstrip().endswith("│")


def test_the_electrode_that_is_off_is_named(wire, model):
    wire.env(0, [[5, 5, 5, 5]], 1.0)
    sides = [(True, False), (False, True), (True, True), (False, None)]
    wire.send("health", 1.0, lead_off=[{"p": p, "n": n} for p, n in sides])
    lines = texts(model)
    assert "ELECTRODE + OFF" in row(lines, "> 1")
    assert "ELECTRODE - OFF" in row(lines, "  2")
    assert "ELECTRODE + AND - OFF" in row(lines, "  3")
    assert "OFF" not in row(lines, "  4")


def test_a_reason_that_all_channels_share_is_said_once(wire, model):
    wire.env(0, [[5, 5, 5, 5]], 1.0)
    wire.send("health", 1.0, not_spotted=["warming up"] * 4)
    assert sum("warming up" in line for line in texts(model, width=100)) == 1


@pytest.mark.parametrize(
    ("channels", "width", "height"), [(4, 80, 24), (8, 80, 24), (8, 60, 16), (16, 80, 24)]
)
def test_all_channels_are_in_sight(wire, model, channels, width, height):
    wire.meta(channels)
    wire.env(0, [[5] * channels], 1.0)
    lines = texts(model, width=width, height=height)
    assert sum(" 5.0 " in line for line in lines) == channels
    assert "marks, gaps, events" in "".join(lines)


def test_channels_that_do_not_fit_are_reached_with_the_arrows(wire, model):
    wire.meta(16)
    wire.env(0, [[5] * 16], 1.0)
    view = View()
    seen = set()
    for _ in range(16):
        lines = texts(model, view, width=60, height=16)
        chosen = row(lines, ">")
        assert int(chosen[1:3]) == view.selected + 1
        seen |= {line[1:3].strip() for line in lines if " 5.0 " in line}
        view.press("down", model)
    assert seen == {str(c) for c in range(1, 17)}


def test_the_list_shows_marks_gaps_and_movements_newest_first(wire, model):
    wire.send("mark", 1.0, label="film", value=2, sample=10)
    wire.send("gap", 61.0, first=20, missing=120, reason="lost")
    lines = texts(model, now_s=181.0)
    place = next(i for i, line in enumerate(lines) if "GAP" in line)
    assert lines[place].split() == ["2", "min", "GAP", "120", "samples", "lost", "(lost)", "@20"]
    assert lines[place + 1].split() == ["3", "min", "mark", "film", "=", "2", "@10"]


def test_paused_shows_the_time_the_sample_and_letters_under_the_strips(wire, model):
    noon_ns = 1_750_075_200 * 10**9  # 2025-06-16 12:00:00 UTC
    for first in range(0, 10_000, 100):
        t_ns = noon_ns + first * 10**6
        wire.env(first, [[50 * (first >= 5000)] * 4] * 100, 1.0, t_ns=t_ns)
    wire.send("mark", 1.0, label="half", sample=5010, t_ns=noon_ns + 5_010_000_000)
    view = View()
    view.press(" ", model)
    view.press("left", model)
    lines = texts(model, view)
    assert "PAUSED 12:00:09.450 UTC  sample 9450  0.5 s back" in row(lines, "──")
    first = row(lines, "> 1")
    letters = next(line for line in lines if line.strip() == "M")
    assert first[letters.index("M")] == "█"
    assert first[letters.index("M") - 1] == " "
    assert row(lines, "12:00:05.0").split()[1:] == ["mark", "half", "@5010"]


def test_away_is_said_in_the_top_line_and_the_numbers_turn_dim(wire, model):
    wire.env(0, [[5, 5, 5, 5]], 1.0)
    picture = render(model, View(), 13.0, 80, 24)
    assert picture[0][0] == (" AWAY ", Style.LOUD)
    assert "no daemon for 12 s at tcp://127.0.0.1:5557" in texts(model, now_s=13.0)[0]
    bars = [style for line in picture for text, style in line if "█" in text]
    assert bars == [Style.DIM] * 4


def test_endpoints_are_shown_where_there_is_room_and_in_the_help(wire, model):
    assert "subscribe to tcp://127.0.0.1:5556" in "".join(texts(model))
    view = View()
    view.press("?", model)
    lines = texts(model, view)
    assert "subscribe to tcp://127.0.0.1:5556  control tcp://127.0.0.1:5557" in lines
    assert any(line.startswith("M ") for line in lines)


def test_a_label_being_typed_and_a_long_notice_stand_at_the_end(wire, model):
    view = View()
    view.press("M", model)
    view.press("ä", model)
    assert texts(model, view)[-1].startswith("label: ä_")
    view.press("escape", model)
    view.say("word " * 30, Style.LOUD, 5.0)
    assert [line.count("word") for line in texts(model, view)[-2:]] == [16, 14]
    assert "quit" in texts(model, view, now_s=6.0)[-1]


def test_a_channel_that_is_switched_off_is_neither_drawn_nor_at_fault(wire, model):
    off = {"name": "c2", "muscle": "", "active": False}
    wire.send("meta", rate_hz=1000, channels=[{"name": "c1"}, off])
    wire.env(0, [[5, 5]], 1.0)
    wire.send("health", 1.0, clipped=[False, True], not_spotted=["warming up", "channel off"])
    lines = texts(model, width=100)
    assert row(lines, "  2 c2").split() == ["2", "c2", "(switched", "off)"]
    assert "not spotted: warming up" in row(lines, "──")


def test_only_the_words_of_a_flag_are_loud(wire, model):
    wire.env(0, [[5, 5, 5, 5]], 1.0)
    wire.send("health", 1.0, clipped=[True, False, False, False], lost=0)
    picture = render(model, View(), 1.1, 80, 24)
    loud = [text for line in picture for text, style in line if style is Style.LOUD]
    assert "".join(loud) == "CLIP"
