"""URLs of sources, before anything is opened."""

from ipaddress import ip_network

import pytest
from ads1299.linked import LinkedSource
from emgd.config import ConfigError, load
from emgd.sources import open_source
from emgd.sourceurls import listening, source_faults


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


def test_who_may_dial_in() -> None:
    allowed = "10.0.0.5,192.168.4.0/24,fe80::/10"
    assert source_faults(f"tcp-listen://0.0.0.0:3000?allow={allowed}") == []
    assert listening(f"tcp-listen://0.0.0.0:3000?allow={allowed}") == (
        "0.0.0.0",
        3000,
        (ip_network("10.0.0.5/32"), ip_network("192.168.4.0/24"), ip_network("fe80::/10")),
    )


@pytest.mark.parametrize("query", ["allow=", "allow=lab-pc", "allow=10.0.0.5/8", "deny=10.0.0.5"])
def test_networks_that_are_none(query: str) -> None:
    [fault] = source_faults(f"tcp-listen://0.0.0.0:3000?{query}")
    assert fault.startswith("source: 'tcp-listen://0.0.0.0:3000?")
