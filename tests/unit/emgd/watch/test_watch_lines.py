import pytest
from emgd.watch import lines
from emgd.watch.lines import Span, Style, cells, clip, crop, fit, flow, length, simplify
from hypothesis import given
from hypothesis import strategies as st

LINES = st.lists(st.builds(Span, st.text(), st.sampled_from(Style)), max_size=5).map(tuple)


@pytest.mark.parametrize(
    ("text", "columns"), [("abc", 3), ("Lächeln", 7), ("微表情", 6), ("e\u0301", 1), ("", 0)]
)
def test_width_is_that_of_the_terminal(text, columns):
    assert cells(text) == columns


def test_a_wide_character_is_never_cut_in_half():
    assert crop("微表情", 5) == "微表"
    assert fit("微表情", 5) == "微表 "


@given(st.text(), st.integers(0, 50))
def test_fitted_text_has_its_width(text, width):
    assert cells(fit(text, width)) == width


@given(LINES, st.integers(0, 80))
def test_clipped_lines_are_no_wider_and_say_that_they_were_cut(line, width):
    cut = clip(line, width)
    assert length(cut) <= width
    assert cut == line or width == 0 or cut[-1].text == lines.MORE


@given(st.lists(st.text("abc", min_size=1).map(Span), max_size=12), st.integers(1, 80))
def test_flow_keeps_every_piece_in_order_and_breaks_only_between_them(pieces, width):
    laid = flow(pieces, width)
    assert [span for line in laid for span in line[::2]] == pieces
    assert all(length(line) <= width or len(line) == 1 for line in laid)


def test_ascii_terminals_get_ascii_of_the_same_width():
    names = ("FULL", "PARTS", "LEVELS", "HATCH", "PEAK", "LOST", "RULE", "MORE")
    drawn = "µV ± " + "".join(getattr(lines, name) for name in names)
    simple = simplify(drawn, "ascii")
    assert simple.isascii()
    assert len(simple) == len(drawn)
    assert "?" not in simple


@pytest.mark.parametrize("codec", ["ANSI_X3.4-1968", "ISO-8859-1", "UTF-8", "GB18030"])
@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_can_be_written_in_any_locale(codec, text):
    lines.written(text, codec).encode(codec)
