"""What parses takes anything."""

from boardsim.board import Board, BoardSettings
from boardsim.clock import BoardClock
from boardsim.fault_grammar import _SETTERS, FaultError, parse_faults
from boardsim.faults import Faults
from boardsim.notebook import Notebook
from boardsim.simboard import Settings, make_frontend
from hypothesis import given
from hypothesis import strategies as st

value = st.text("0123456789.:-PNaeginx", max_size=12)
requests = st.builds(
    lambda kind, tag, payload: bytes([kind, tag]) + payload,
    st.one_of(st.integers(0x80, 0x8A), st.integers(0, 255)),
    st.integers(0, 255),
    st.binary(max_size=30),
)


@given(st.builds("{}={}".format, st.sampled_from(sorted(_SETTERS)), value) | st.text(max_size=20))
def test_any_fault_is_taken_or_refused_with_a_sentence(text: str) -> None:
    said = f"--fault {text}: a sentence"
    try:
        parse_faults([text])
    except FaultError as error:
        said = str(error)
    assert said.startswith(f"--fault {text}: ")


@given(st.lists(requests, max_size=30))
def test_any_request_is_answered_as_its_tag_asks(bodies: list[bytes]) -> None:
    settings = Settings(ramp=True)
    frontend = make_frontend(settings)
    log = Notebook(keep=True)
    board = Board(
        BoardSettings(), frontend, BoardClock(1.0, 0.0), Faults(), log=log, truth=Notebook()
    )
    for body in bodies:
        answers = board.handle(body)
        replies = [answer for answer in answers if answer[1]]
        assert [answer[1] for answer in replies] == ([body[1]] if body[1] else [])
        for reply in replies:
            assert reply[0] == 1 or reply[2] in range(5)
    assert len(log.lines) == len(bodies)
