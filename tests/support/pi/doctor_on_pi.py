"""The doctor on the simulated PC, for a process of its own; tells what the chip is left with."""

import json
import sys
from dataclasses import replace
from pathlib import Path

from emgd.config import load
from emgd.doctor.benches import open_bench
from emgd.doctor.examination import examine
from emgd.doctor.facts import Device
from emgd.doctor.report import Report
from simulated_pi import catch_up, chip
from support.examined import sound_pc

catch_up()
chip.reset()
for address, value in ((0x01, 0x95), (0x05, 0x68), (0x0D, 0x03)):
    chip.write(address, value)
before = chip.registers.read(0, 24)
report = Report(sys.stdout, as_json=True, colour=False)
folder = Path(sys.argv[1])
settings = load(
    None,
    [
        f"stream=ipc://{folder}/stream",
        f"control=ipc://{folder}/control",
        "doctor.impedance_kohm=20",
    ],
    source="spi:///dev/spidev0.0?drdy=gpiochip0:26&speed=8000000",
)
pc = replace(sound_pc(), device=lambda _: Device(True, True, "spi"))
examine(settings, open_bench(settings), 2.0, pc, report.say, lambda _: lambda _left: None)
print(json.dumps({"same": chip.registers.read(0, 24) == before}))
