"""A register bus typed by hand from the data sheet, with what was done to it written down."""

RESETS = bytes.fromhex("3e 96 c0 60 00 6161616161616161 0000000000 0000 0f 00 00 00")
READ_ONLY = (0x00, 0x12, 0x13)


class FakeBus:
    """One ADS1299; `stuck` registers read that whatever is written, a deaf one takes no writes."""

    def __init__(
        self, *, chip_id: int = 0x3E, stuck: dict[int, int] | None = None, deaf: bool = False
    ) -> None:
        self.values = bytearray(bytes((chip_id,)) + RESETS[1:])
        self.stuck = stuck or {}
        self.deaf = deaf
        self.done: list[tuple[str, int, bytes]] = []
        self.waited: list[float] = []

    def command(self, opcode: int) -> None:
        self.done.append(("command", opcode, b""))

    def read(self, address: int, count: int) -> bytes:
        self.done.append(("read", address, bytes((count,))))
        assert address + count <= 0x18, "there is no such register"
        return bytes(self.stuck.get(a, self.values[a]) for a in range(address, address + count))

    def write(self, address: int, values: bytes) -> None:
        self.done.append(("write", address, values))
        assert address + len(values) <= 0x18, "there is no such register"
        for place, value in enumerate(values, address):
            assert place not in READ_ONLY, f"0x{place:02X} cannot be written"
            if not self.deaf:
                self.values[place] = value

    def wait(self, seconds: float) -> None:
        self.done.append(("wait", 0, b""))
        self.waited.append(seconds)

    def written(self) -> list[tuple[int, int]]:
        """Every register that was written, with its value, in order."""
        return [
            (address + i, value)
            for what, address, values in self.done
            if what == "write"
            for i, value in enumerate(values)
        ]
