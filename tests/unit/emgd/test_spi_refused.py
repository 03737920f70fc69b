"""A spi: source that cannot be had is refused at start, with what to do."""

import sys
from importlib.machinery import ModuleSpec
from pathlib import Path

import pytest
from ads1299.ahead import ReadAhead
from emgd import extras, sources
from emgd.config import ConfigError, load
from emgd.oversample import Oversampled
from emgd.sources import open_source

URL = "spi:///dev/spidev0.0?drdy=gpiochip0:26"


def installed(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let only these of spidev and gpiod be found."""
    found = {name: ModuleSpec(name, None) for name in names}
    monkeypatch.setattr(sources, "find_spec", found.get)


@pytest.mark.parametrize(
    ("there", "missing"),
    [((), "needs spidev and gpiod,"), (("gpiod",), "needs spidev,"), (("spidev",), "needs gpiod,")],
)
def test_without_the_extra_the_command_that_installs_it_is_told(
    monkeypatch: pytest.MonkeyPatch, there: tuple[str, ...], missing: str
) -> None:
    installed(monkeypatch, *there)
    with pytest.raises(ConfigError) as refused:
        open_source(load(None, source=URL))
    checkout = Path(__file__).parents[3]
    command = f"{sys.executable} -m pip install --editable '{checkout}[spi]'"
    assert missing in str(refused.value)
    assert str(refused.value).endswith(command)
    assert "spi = [\n" in (checkout / "pyproject.toml").read_text()


def test_outside_of_a_checkout_it_is_the_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    installed(monkeypatch)
    monkeypatch.setattr(extras, "__file__", str(tmp_path / "lib" / "emgd" / "extras.py"))
    with pytest.raises(ConfigError, match=r"-m pip install 'emgd\[spi\]'$"):
        open_source(load(None, source=URL))


def test_a_bad_address_is_refused_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch)
    with pytest.raises(ConfigError, match="drdy=: the chip's DRDY pin"):
        open_source(load(None, source="spi:///dev/spidev0.0"))


def test_with_it_the_chip_is_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    installed(monkeypatch, "spidev", "gpiod")
    assert isinstance(open_source(load(None, source=URL)), ReadAhead)
    twice = open_source(load(None, ["board.oversample=2"], source=URL))
    assert isinstance(twice, Oversampled)
