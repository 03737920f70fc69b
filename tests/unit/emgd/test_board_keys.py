"""The keys of the board's configuration, from text to what the board is asked."""

import pytest
from ads1299.inputs import Electrodes, LeadOff, SquareWave
from ads1299.plan import BoardPlan
from emgd.config import ConfigError, load
from emgd.settings import Gpio
from emgd.sources import plan_of


def plan(*overrides: str) -> BoardPlan:
    return plan_of(load(None, overrides).board)


def test_defaults_ask_for_nothing_extra() -> None:
    """1000 Hz, gain 24 and 20 samples a packet; bipolar, no bias drive, no lead-off."""
    assert plan() == BoardPlan(1000, (24,), frozenset(), 20)


def test_file_with_every_key(tmp_path) -> None:
    path = tmp_path / "emgd.toml"
    path.write_text(
        """
        [board]
        input = ["test", "normal"]
        test_uv = 3750
        test_hz = 0
        srb1 = true
        srb2 = [false, true]
        channels = [{name = "a"}, {name = "b", active = false}]
        [board.bias]
        on = true
        p = [true, false]
        n = false
        [board.lead_off]
        mode = "dc"
        current_na = 24
        threshold_pct = 90
        p = false
        """
    )
    assert plan_of(load(path).board) == BoardPlan(
        inactive=frozenset({1}),
        inputs=("test", "normal"),
        test=SquareWave(3750, 0.0),
        bias=Electrodes((True, False), (False,)),
        srb1=True,
        srb2=(False, True),
        lead_off=LeadOff("dc", 24, 90.0, Electrodes((False,), (True,))),
    )


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("board.lead_off.mode=ac", "board.lead_off.mode: 'ac' is not one of off, dc, 7.8 Hz"),
        ("board.lead_off.current_na=7", "is not one of 6, 24, 6000, 24000"),
        ("board.lead_off.threshold_pct=50", "is not one of 95.0, 92.5"),
        ("board.lead_off.p=[]", "board.lead_off.p: give one value for all channels"),
        ("board.bias.on=1", "board.bias.on: must be true or false"),
        ("board.bias.x=true", "board.bias.x: no such key"),
        ("board.input=muscle", "is not one of normal, shorted, test, temperature, supply"),
        ("board.test_uv=1000", "is not one of 1875, 3750"),
        ("board.test_hz=5", "is not one of 0.0, 0.977, 1.953"),
    ],
)
def test_what_cannot_be_is_told_by_its_key(override: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, [override])
    assert says in str(caught.value)


@pytest.mark.parametrize(
    "override", ["board.srb1=true", "board.bias.on=true", "board.lead_off.mode=dc"]
)
def test_a_key_that_would_be_ignored_is_refused(override: str) -> None:
    """With board.configure = false nothing is written to the board."""
    with pytest.raises(ConfigError, match=r"has no effect with board\.configure = false"):
        load(None, ["board.configure=false", override])


def test_gpio_from_a_file(tmp_path) -> None:
    path = tmp_path / "emgd.toml"
    path.write_text('[gpio]\nmode = "code"\ncodes = {1 = "baseline", 2 = "film"}\n')
    gpio = load(path, ["gpio.steady_samples=3"]).gpio
    assert gpio == Gpio("code", codes={"1": "baseline", "2": "film"}, steady_samples=3)
    assert load(None, ['gpio.codes={7="x"}', "gpio.mode=code"]).gpio.codes == {"7": "x"}


@pytest.mark.parametrize(
    ("overrides", "says"),
    [
        (['gpio.codes={1="film"}'], 'gpio.codes: has no effect with gpio.mode = "off"'),
        (["gpio.mode=lines", 'gpio.codes={1="a"}'], "gpio.codes: has no effect with gpio.mode"),
        (["gpio.mode=code", "gpio.names=[]", "gpio.edges=both"], "gpio.edges: has no effect"),
        (["gpio.mode=code", 'gpio.codes={16="a"}'], "gpio.codes: 16: a code of 4 bits is 0 to 15"),
        (["gpio.mode=code", 'gpio.codes={x="a"}'], "gpio.codes: x: a code of 4 bits is 0 to 15"),
        (["gpio.mode=code", "gpio.codes={1=2}"], "gpio.codes.1: must be a text, not 2"),
        (["gpio.mode=code", "gpio.codes=1"], "gpio.codes: must be a table"),
        (["gpio.mode=lines", "gpio.edges=up"], "'up' is not one of rising, falling, both"),
        (
            ["gpio.mode=lines", 'gpio.edges=["both","both"]'],
            "one value for all four lines, or four",
        ),
        (["gpio.mode=lines", 'gpio.names=["a","b","c","d","e"]'], "5 names for 4 lines"),
        (["gpio.mode=x"], "gpio.mode: 'x' is not one of off, lines, code"),
        (["gpio.steady_samples=0"], "gpio.steady_samples: 0 is not in 1 to 1000"),
    ],
)
def test_gpio_keys_that_cannot_be(overrides: list[str], says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        load(None, overrides)
    assert says in str(caught.value)
