"""The picture of a number, read as a seven-segment display is read."""

from emgd.onscreen.picture import picture
from emgd.watch.lines import Line, Span, Style, length
from hypothesis import given
from hypothesis import strategies as st
from support.figures import read_figures

NOTE = Span("a line of text", Style.DIM)


def cells(lines: list[Line], width: int) -> list[str]:
    rows = [
        "".join(("#" if span.style is Style.CHOSEN else " ") * len(span.text) for span in line)
        for line in lines[:-1]
    ]
    return [row.ljust(width) for row in rows]


def bars(rows: list[str]) -> tuple[bool, bool]:
    """Whether the left and the right edge are lit, all the way down."""
    edges = [{row[place] for row in rows} for place in (0, -1)]
    assert all(len(edge) == 1 for edge in edges)
    return edges[0] == {"#"}, edges[1] == {"#"}


@given(st.text("0123456789", min_size=1, max_size=10), st.integers(80, 300), st.integers(24, 100))
def test_every_figure_can_be_read_at_every_size(shown: str, width: int, height: int) -> None:
    lines = picture(shown, bool(int(shown) % 2), NOTE, width, height)
    rows = cells(lines, width)
    lit = cells(picture("8" * len(shown), None, NOTE, width, height), width)
    assert len(lines) == height
    assert read_figures(rows, lit) == shown
    even = shown[-1] in "02468"
    assert bars(rows) == (even, not even)
    assert lines[-1] == (NOTE,)


@given(
    st.text("0123456789-", min_size=1, max_size=10),
    st.sampled_from([True, False, None]),
    st.integers(-2, 120),
    st.integers(-2, 60),
)
def test_nothing_goes_over_the_edge(shown: str, odd: bool | None, width: int, height: int) -> None:
    lines = picture(shown, odd, NOTE, width, height)
    assert len(lines) == (height if width > 0 and height > 0 else 0)
    assert all(length(line) <= width for line in lines)


def test_dashes_have_no_bar() -> None:
    rows = cells(picture("----", None, NOTE, 80, 24), 80)
    lit = cells(picture("8888", None, NOTE, 80, 24), 80)
    assert read_figures(rows, lit) == "----"
    assert bars(rows) == (False, False)


def test_figures_fill_the_screen() -> None:
    for width, height in [(80, 24), (200, 50), (60, 60)]:
        rows = cells(picture("8888", None, NOTE, width, height), width)
        lit = [row for row in rows if "#" in row]
        assert len(lit) >= height - 2 or max(map(len, (row.strip() for row in lit))) > 0.7 * width


def test_a_screen_too_small_for_figures_has_plain_text() -> None:
    even = picture("0042", False, NOTE, 16, 4)
    assert even[0][0].text == "< 0042  "
    odd = picture("0043", True, NOTE, 16, 4)
    assert odd[0][0].text == "  0043 >"
    assert picture("0043", True, NOTE, 5, 2)[0][0].text == "0043"
