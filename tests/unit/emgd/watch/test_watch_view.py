import pytest
from emgd.watch.view import Action, View, peak_uv


@pytest.fixture
def view(wire):
    """A view on four channels with twenty seconds of history, 100 uV at the most."""
    for second in range(20):
        wire.env(1000 * second, [[1, 2, 3, 4 + 96 * (second == 19)]] * 1000)
    return View()


def press(view, model, *keys):
    actions = [view.press(key, model) for key in keys]
    return actions[-1]


@pytest.mark.parametrize(
    ("keys", "selected"),
    [(["3"], 2), (["down"], 1), (["4", "down"], 3), (["up"], 0), (["4", "up", "up"], 1)],
)
def test_digits_and_arrows_select(view, model, keys, selected):
    press(view, model, *keys)
    assert view.selected == selected


def test_a_digit_beyond_the_last_channel_selects_the_last(view, model):
    press(view, model, "9")
    view.shown(model)
    assert view.selected == 3


def test_hide_goes_on_to_the_next_and_the_arrows_pass_over_what_is_hidden(view, model):
    press(view, model, "2", "h")
    assert view.shown(model) == [0, 2, 3]
    assert view.selected == 2
    press(view, model, "up")
    assert view.selected == 0


def test_a_hidden_channel_is_shown_again_by_its_digit_and_h(view, model):
    press(view, model, "2", "h", "2")
    assert view.shown(model) == [0, 1, 2, 3]
    press(view, model, "h", "4")
    assert view.hidden == set()


def test_all_come_back_and_the_last_one_cannot_be_hidden(view, model):
    press(view, model, *"hhhhhh")
    assert len(view.shown(model)) == 1
    press(view, model, "a")
    assert view.shown(model) == [0, 1, 2, 3]


def test_one_scale_holds_the_peak_of_all_and_plus_makes_it_finer_for_one(view, model):
    highest = peak_uv(view, model)
    assert highest == 100
    assert [view.full_scale_uv(c, highest) for c in range(4)] == [100] * 4
    press(view, model, "2", "+", "+")
    assert view.full_scale_uv(1, highest) == 20
    press(view, model, "-")
    assert view.full_scale_uv(1, highest) == 50
    assert view.full_scale_uv(0, highest) == 100
    press(view, model, "s")
    assert view.full_scale_uv(1, highest) == 100


def test_a_channel_with_its_own_scale_no_longer_sets_that_of_the_others(view, model):
    press(view, model, "4", "+")
    assert peak_uv(view, model) == 3


def test_pause_stands_still_while_samples_go_on(wire, view, model):
    press(view, model, " ")
    end = view.window_end(model)
    wire.env(20_000, [[0, 0, 0, 0]] * 1000)
    assert view.window_end(model) == end == 399
    press(view, model, "p")
    assert view.window_end(model) is None


@pytest.mark.parametrize(
    ("keys", "back_s"),
    [
        (["left"], 0.5),
        (["left", "left", "right"], 0.5),
        (["["], 10),
        (["[", "]"], 0),
        (["home"], 14.95),  # five seconds of the twenty stay in sight
        (["home", "end"], 0),
        (["right"], 0),
    ],
)
def test_scrolls_through_what_is_kept_and_no_further(view, model, keys, back_s):
    press(view, model, " ", *keys)
    assert (model.history.newest - view.window_end(model)) / 20 == pytest.approx(back_s, abs=0.06)


def test_arrows_do_not_scroll_without_pause(view, model):
    press(view, model, "left")
    assert view.window_end(model) is None


def test_a_daemon_started_again_ends_the_pause(wire, view, model):
    press(view, model, " ")
    wire.session = "two"
    wire.meta()
    assert view.window_end(model) is None


def test_m_marks_at_once_and_capital_m_asks_for_the_label(view, model):
    assert press(view, model, "m") == Action("mark", "key")
    assert press(view, model, "M") == Action("stamp")
    assert press(view, model, *"film qh", "backspace") is None
    assert view.prompt == "film q"
    assert press(view, model, "enter") == Action("mark", "film q", stamped=True)
    assert view.prompt is None
    assert view.hidden == set()


def test_escape_drops_the_label(view, model):
    assert press(view, model, "M", "x", "escape") is None
    assert press(view, model, "q") == Action("quit")


def test_any_key_ends_the_help(view, model):
    press(view, model, "?")
    assert view.help
    assert press(view, model, "q") is None
    assert not view.help
