"""The operator without a terminal's screen: sentences out, a line of input for each key."""

import os
import select
import time
from collections.abc import Iterator
from typing import TextIO

from emgd.guided.guide import Guide, Phase
from emgd.guided.screen import KEYS, doubts_of, place_of, title, words
from emgd.watch.lines import written
from emgd.watch.model import Model

WORDS = {"": " ", "space": " ", "skip": "s", "repeat": "r", "quit": "q"}


class Lines:
    """Enter is the space bar; s, r and q are written out. The end of the input is q.

    What is written ahead waits until it is asked for, so that a script can lead, too.
    """

    def __init__(self, source: TextIO, out: TextIO) -> None:
        self.gone = False
        self._source = source.fileno()
        self._out = out
        self._read = b""
        self._ended = False
        self._waits = False
        self._told: tuple[object, ...] = ()
        self._station = -1

    def wait(self, timeout_s: float) -> None:
        """Wait for input, but no longer than that."""
        if self._ended:
            time.sleep(timeout_s)
        elif select.select([self._source], [], [], timeout_s)[0]:
            got = os.read(self._source, 4096)
            self._read += got
            self._ended = not got

    def pressed(self) -> Iterator[str]:
        """The keys since the last time; one at a time, when they are waited for."""
        if self._waits and b"\n" in self._read:
            line, _, self._read = self._read.partition(b"\n")
            word = line.decode(errors="replace").strip().lower()
            yield WORDS.get(word, word)
        elif self._waits and self._ended:
            yield "q"

    def show(self, guide: Guide, model: Model, now_s: float) -> None:
        """Say what has changed."""
        station = guide.station
        self._waits = guide.phase in (Phase.READY, Phase.DONE)
        if guide.phase is Phase.END:
            return
        if guide.place != self._station:
            self._station = guide.place
            self._say(f"{place_of(guide)}  {title(station)}: {station.instruction}")
        now = (guide.place, guide.phase, len(station.attempts_uv), station.failed)
        if now == self._told:
            return
        self._told = now
        if guide.phase in (Phase.REST, Phase.DONE, Phase.READY) and station.attempts_uv:
            self._say(f"  attempt {len(station.attempts_uv)}: {station.attempts_uv[-1]:.1f} uV")
        if guide.phase in (Phase.DONE, Phase.READY):
            for said in doubts_of(station):
                self._say(f"  ! {said}")
        keys = ", ".join(
            f"{'Enter' if key == 'space' else key}: {does}"
            for key, does in KEYS.get(guide.phase, ())
        )
        if guide.phase is not Phase.STARTING and guide.phase is not Phase.STOPPING:
            self._say(f"  {words(guide, now_s)}{f'   ({keys})' if self._waits else ''}")

    def _say(self, sentence: str) -> None:
        print(written(sentence, self._out.encoding), file=self._out, flush=True)
