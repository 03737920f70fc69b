"""How long to wait before trying again, and how often to say why."""

import logging

_PAUSES_S = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0)
_SAY_AGAIN_S = 60.0  # in pauses: a night has 5000 tries

_log = logging.getLogger(__name__)


class Patience:
    """Pauses that grow as long as nothing helps."""

    def __init__(self) -> None:
        self.calm()

    def calm(self) -> None:
        """It works again."""
        self._next = 0
        self._said = ""
        self._since_s = 0.0

    def pause_s(self, sentence: str, level: int = logging.WARNING) -> float:
        """Say what is wrong, if that is news, and give the time to wait."""
        pause_s = _PAUSES_S[min(self._next, len(_PAUSES_S) - 1)]
        self._next += 1
        if sentence != self._said or self._since_s >= _SAY_AGAIN_S:
            words = sentence.rstrip(".")
            _log.log(level, "%s; trying again, at least every %g s", words, _PAUSES_S[-1])
            self._said, self._since_s = sentence, 0.0
        self._since_s += pause_s
        return pause_s
