"""What a request gets that cannot be done."""


class Refused(Exception):
    """A request that cannot be done; the sentence says what to do."""

    def __init__(self, code: str, sentence: str) -> None:
        self.code = code
        super().__init__(sentence)
