"""The configuration: what is taken, what is refused, and that the refusal says all of it."""

from pathlib import Path
from typing import Any

import pytest
from emgd.config import ConfigError, load
from emgd.settings import Settings
from hypothesis import given, settings
from hypothesis import strategies as st


def faults(*overrides: str, **direct: Any) -> list[str]:
    """What is said against these settings, a line each."""
    with pytest.raises(ConfigError) as refusal:
        load(None, overrides, **direct)
    head, *lines = str(refusal.value).splitlines()
    assert head == "the configuration cannot be used:"
    return [line.strip() for line in lines]


def test_nothing_given_is_the_defaults() -> None:
    assert load(None) == Settings()
    settings = load(None)
    assert settings.source == "sim:"
    assert settings.stream == ("tcp://127.0.0.1:5556",)
    assert settings.control == "tcp://127.0.0.1:5557"
    assert (settings.board.rate_hz, settings.board.gain) == (1000, (24,))
    assert (settings.board.packet_samples, settings.board.configure) == (20, True)
    assert (settings.filter.band_hz, settings.filter.env_hz) == ((20.0, 450.0), 6.0)
    assert settings.filter.mains_hz == 0
    assert settings.insecure is False


def test_options_stand_above_overrides_and_those_above_the_file(tmp_path: Path) -> None:
    file = tmp_path / "emgd.toml"
    file.write_text(
        'source = "tcp://a:1"\ntube = "none:"\nstream = ["ipc:///a", "ipc:///b"]\n'
        "[board]\nrate_hz = 250\npacket_samples = 5\n[filter]\nmains_hz = 60\n"
    )
    got = load(file, ["board.rate_hz=500", "source=tcp://b:2"], source="tcp://c:3", control=None)
    assert got.source == "tcp://c:3"
    assert got.board.rate_hz == 500
    assert got.board.packet_samples == 5
    assert got.filter.mains_hz == 60
    assert got.stream == ("ipc:///a", "ipc:///b")
    assert got.tube == "none:"
    assert got.control == Settings().control


@pytest.mark.parametrize(
    ("override", "section", "key", "value"),
    [
        ("board.gain=12", "board", "gain", (12,)),
        ("board.gain=[1, 2, 4, 6, 8, 12, 24, 1]", "board", "gain", (1, 2, 4, 6, 8, 12, 24, 1)),
        ("board.configure=false", "board", "configure", False),
        ("board.silence_s=5", "board", "silence_s", 5.0),
        ("filter.band_hz=[10, 200]", "filter", "band_hz", (10.0, 200.0)),
        ("filter.mains_hz = 50", "filter", "mains_hz", 50),
        ("publish.hwm=10", "publish", "hwm", 10),
    ],
)
def test_overrides_are_toml(override: str, section: str, key: str, value: object) -> None:
    assert getattr(getattr(load(None, [override]), section), key) == value


def test_an_override_that_is_no_toml_is_a_text() -> None:
    assert load(None, ["source=tcp://10.0.0.7:3000"]).source == "tcp://10.0.0.7:3000"
    assert load(None, ["stream=ipc:///tmp/x"]).stream == ("ipc:///tmp/x",)


@pytest.mark.parametrize(
    ("override", "says"),
    [
        ("board.rate_hz=999", "board.rate_hz: 999 is not one of 250, 500, 1000, 2000"),
        ("board.rate_hz=1000.0", "board.rate_hz: must be a whole number, not 1000.0"),
        ("board.rate_hz=true", "board.rate_hz: must be a whole number, not True"),
        ("board.gain=3", "board.gain: 3 is not one of 1, 2, 4, 6, 8, 12, 24"),
        ("board.gain=[24, 3]", "board.gain: 3 is not one of"),
        ('board.gain=[24, "x"]', "board.gain[1]: must be a whole number"),
        ("board.gain=[]", "board.gain: give one value for all channels"),
        ("board.packet_samples=0", "board.packet_samples: 0 is not in 1 to 32"),
        ("board.packet_samples=33", "board.packet_samples: 33 is not in 1 to 32"),
        ("board.silence_s=0.5", "board.silence_s: 0.5 is not in 1 to 3600"),
        ("board.configure=1", "board.configure: must be true or false, not 1"),
        ("board.gian=24", "board.gian: no such key; did you mean board.gain?"),
        ("board=5", "board: must be a table"),
        ("filter.env_hz=nan", "filter.env_hz: nan is not in 0.1 to 100"),
        ("filter.env_hz=inf", "filter.env_hz: inf is not in"),
        ("filter.env_hz=1" + 400 * "0", "filter.env_hz: is too large a number"),
        ("publish.hwm=1" + 400 * "0", "publish.hwm: is too large a number"),
        ("filter.mains_hz=55", "filter.mains_hz: 55 is not one of 0, 50, 60"),
        ("filter.band_hz=[450, 20]", "filter.band_hz: give two edges"),
        ("filter.band_hz=[20]", "filter.band_hz: give two edges"),
        ("filter.band_hz=20", "filter.band_hz: give two edges"),
        ("filter.band_hz=[20, 100, 450]", "filter.band_hz: give two edges"),
        ("filter.band_hz=[460, 480]", "filter.band_hz: the lower edge of 460 Hz lies above"),
        ("source=5", "source: must be a text"),
        ("zzz=5", "zzz: no such key; known: source, stream"),
        ("stream=[]", "stream: give at least one endpoint"),
        ("stream=udp://127.0.0.1:5", "stream: 'udp://127.0.0.1:5' is no endpoint"),
        ("control=tcp://[::1", "control: 'tcp://[::1' is no endpoint"),
        ("nothing", "--set nothing: give it as key=value"),
        ("=5", "--set =5: give it as key=value"),
    ],
)
def test_one_fault_is_one_line_that_names_the_key(override: str, says: str) -> None:
    [line] = faults(override)
    assert line.startswith(says)


def test_a_key_below_what_is_no_section() -> None:
    assert faults("tube=none:", "tube.x=5") == ["--set tube.x=5: tube is no section"]


def test_all_faults_come_at_once() -> None:
    """Those of a key, those between keys, and those of the options."""
    found = faults(
        *("board.rate_hz=1", "board.packet_samples=0", "filter.band_hz=[450, 20]", "oops=1", "x"),
        stream=["tcp://0.0.0.0:1", "nonsense"],
        control="tcp://*:5",
        tube="lamp:",
    )
    named = [line.partition(":")[0] for line in found]
    expected = [
        *("--set x", "board.rate_hz", "board.packet_samples", "filter.band_hz", "oops"),
        *("stream", "stream", "control", "tube"),
    ]
    assert sorted(named) == sorted(expected)


def test_a_fault_in_one_channel(tmp_path: Path) -> None:
    file = tmp_path / "emgd.toml"
    file.write_text('[[board.channels]]\nname = "a"\n[[board.channels]]\nnome = "b"\nactive = 1\n')
    with pytest.raises(ConfigError) as refusal:
        load(file)
    assert "board.channels[1].nome: no such key; did you mean" in str(refusal.value)
    assert "board.channels[1].active: must be true or false" in str(refusal.value)


_scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(-(10**400), 10**400)
    | st.floats()
    | st.text(max_size=10)
    | st.dates()
)
_values = st.recursive(
    _scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)
_names = st.sampled_from(
    ["source", "stream", "control", "tube", "insecure", "board", "filter", "publish", "record"]
)
_keys = st.sampled_from(
    [
        *("rate_hz", "gain", "packet_samples", "configure", "silence_s", "channels", "band_hz"),
        *("env_hz", "mains_hz", "hwm", "dir", "name", "bias", "lead_off", "test_hz", "input"),
    ]
)
_trees = st.dictionaries(
    _names | st.text(max_size=5), _values | st.dictionaries(_keys, _values, max_size=4), max_size=4
)


def taken(path: Path | None, *overrides: str, **direct: Any) -> Settings | None:
    """The settings, or None where they were refused as they should be."""
    try:
        return load(path, overrides, **direct)
    except ConfigError as refusal:
        if not all(fault.strip() for fault in refusal.faults):
            raise
        return None


@given(tree=_trees)
@settings(max_examples=200, deadline=None)
def test_whatever_is_given_it_is_taken_or_refused(tree: dict[str, Any]) -> None:
    direct = {key: value for key, value in tree.items() if key not in ("path", "overrides")}
    got = taken(None, **direct)
    if got is not None:
        assert all(type(endpoint) is str for endpoint in (*got.stream, got.control))


@given(text=st.text(max_size=60) | st.builds("{}={}".format, _keys, st.text(max_size=20)))
@settings(max_examples=150, deadline=None)
def test_whatever_is_set_it_is_taken_or_refused(text: str) -> None:
    for override in (text, f"board.{text}", f"filter.{text}"):
        taken(None, override)


@given(content=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
@settings(max_examples=200, deadline=None)
def test_whatever_stands_in_the_file(
    tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    file = tmp_path_factory.getbasetemp() / "anything.toml"
    file.write_bytes(content)
    taken(file)


@pytest.mark.parametrize("content", ["x = " + 3000 * "[", "x = " + "9" * 5000, "\ud800x"])
def test_files_out_of_all_proportion(tmp_path: Path, content: str) -> None:
    file = tmp_path / "emgd.toml"
    file.write_bytes(content.encode("utf-8", "surrogatepass"))
    with pytest.raises(ConfigError, match="is no TOML"):
        load(file)
