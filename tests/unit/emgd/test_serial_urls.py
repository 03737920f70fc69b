"""serial: URLs, before anything is opened."""

import pytest
from ads1299.linked import LinkedSource
from emgd.config import ConfigError, load
from emgd.sources import open_source


@pytest.mark.parametrize(
    "url", ["serial:///dev/ttyUSB0", "serial:///dev/serial/by-id/usb-x-if00?baud=115200"]
)
def test_serial_urls(url: str) -> None:
    source = open_source(load(None, source=url))
    assert isinstance(source, LinkedSource)
    source.close()


@pytest.mark.parametrize(
    "url", ["serial:ttyUSB0", "serial://ttyUSB0", "serial:///dev/x?baud=fast", "serial:///x?bits=8"]
)
def test_bad_serial_urls_are_refused_at_start(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_source(load(None, source=url))
    assert f"source: '{url}': give a path, such as serial:///dev/ttyUSB0" in str(caught.value)
