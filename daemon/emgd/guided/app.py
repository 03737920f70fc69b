"""`emgd mvc`: the guide, the daemon and the operator put together."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from emgd import mvcfile
from emgd.client import ClientError, Control, Header
from emgd.guided.guide import Ask, Guide, NoStationError, Phase, Plan, stations_of
from emgd.guided.lines import Lines
from emgd.guided.outcome import kept_notes, person_of, place_for, table_of
from emgd.guided.screen import render
from emgd.watch.ending import ended_by_signals
from emgd.watch.feed import Feed
from emgd.watch.fields import table
from emgd.watch.headers import Meta
from emgd.watch.lines import written
from emgd.watch.model import Model
from emgd.watch.terminal import NoTerminalError, Terminal, opened

FRAME_S = 0.05
PATIENCE_S = 5.0  # for what is still on its way when the operator quits


class Failed(Exception):
    """It cannot be done; the sentence says why."""


class Operator(Protocol):
    """Who sees what goes on, and presses keys."""

    @property
    def gone(self) -> bool:
        """Whether nobody is there any more."""

    def wait(self, timeout_s: float) -> None:
        """Wait for a key, but no longer than that."""

    def pressed(self) -> Iterator[str]:
        """Give the keys that were pressed since the last time."""

    def show(self, guide: Guide, model: Model, now_s: float) -> None:
        """Show how things stand."""


class OnScreen:
    """The operator at a terminal."""

    def __init__(self, terminal: Terminal, person: str) -> None:
        self._terminal = terminal
        self._person = person

    @property
    def gone(self) -> bool:
        """Whether the terminal is."""
        return self._terminal.gone

    def wait(self, timeout_s: float) -> None:
        """Wait for a key."""
        self._terminal.wait(timeout_s)

    def pressed(self) -> Iterator[str]:
        """The keys since the last time."""
        yield from self._terminal.pressed()

    def show(self, guide: Guide, model: Model, now_s: float) -> None:
        """Draw it."""
        self._terminal.show(render(guide, model, self._person, now_s, self._terminal.size()))


class Session:
    """One calibration with one daemon."""

    def __init__(self, feed: Feed, model: Model, guide: Guide) -> None:
        self._feed = feed
        self._model = model
        self._guide = guide
        self._open = 0  # requests without an answer yet

    def run(self, operator: Operator, stop: Callable[[], bool]) -> None:
        """Until all is measured, or the operator or `stop` ends it."""
        while self._guide.phase is not Phase.END and not operator.gone:
            operator.show(self._guide, self._model, time.monotonic())
            operator.wait(FRAME_S)
            for key in operator.pressed():
                self._send(self._guide.press(key, time.monotonic()))
            if stop():
                self._send(self._guide.press("q", time.monotonic()))
            self._send(self._guide.tick(time.monotonic()))
            self._feed.pump(time.monotonic())
        self._finish()

    def _finish(self) -> None:
        """Let the daemon end what is under way."""
        if self._guide.phase is not Phase.END:
            self._send(self._guide.press("q", time.monotonic()))
        until_s = time.monotonic() + PATIENCE_S
        while self._open and time.monotonic() < until_s:
            time.sleep(FRAME_S / 5)
            self._feed.pump(time.monotonic())

    def _send(self, asks: list[Ask]) -> None:
        for ask in asks:
            self._ask(ask)

    def _ask(self, ask: Ask) -> None:
        def answered(answer: Header) -> None:
            self._open -= 1
            self._guide.answered(ask.do, answer, time.monotonic())

        def failed(error: ClientError) -> None:
            self._open -= 1
            self._guide.refused(str(error))

        self._open += 1
        self._feed.ask(answered, failed, ask.do, **ask.fields)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the operator asked for."""

    person: str
    out: str | None = None
    channels: tuple[str, ...] = ()
    plan: Plan = field(default_factory=Plan)
    plain: bool = False
    streams: list[str] | None = None


def run_guide(control: str, wanted: Wanted) -> int:
    """Lead through it; 0 when every channel that was asked for has a value."""
    try:
        with Control(control) as client:
            return _calibrate(client, wanted)
    except ClientError as error:
        return complain(str(error), error.exit_code)
    except (Failed, mvcfile.MvcFileFault) as fault:
        return complain(str(fault), 1)
    except NoStationError as fault:
        return complain(str(fault), 2)


def _calibrate(client: Control, wanted: Wanted) -> int:
    status = client.ask("status")
    meta = _meta_of(status)
    known = Meta.read(meta)
    guide = Guide(stations_of(known, wanted.channels), wanted.plan)
    path = place_for(wanted.person, wanted.out, status.get("record_dir"), client.endpoint)
    earlier = mvcfile.load(path) if path.exists() else None
    _writable(path)
    client.ask("mvc.set", mvc_uv=mvcfile.values_for(earlier, len(known.channels)))
    _lead(client, guide, wanted)
    measured = [station for station in guide.stations if station.mvc_uv is not None]
    kept = person_of(wanted.person, guide.stations, meta, earlier)
    notes = kept_notes(kept, guide.stations, meta, earlier)
    found = table_of([station.result() for station in guide.stations], notes)
    print(written(found, sys.stdout.encoding))
    if measured:
        try:
            mvcfile.save(kept, path)
        except OSError as error:
            raise Failed(f"{path} cannot be written: {error.strerror}") from error
        print(f"kept in {path}")
        _hand_over(client, kept.values, path)
    return 0 if len(measured) == len(guide.stations) else 1


def _hand_over(client: Control, values: list[float | None], path: Path) -> None:
    """One that was started again meanwhile has forgotten what was measured before that."""
    try:
        if table(client.ask("status").get("meta")).get("mvc_uv") != values:
            client.ask("mvc.set", mvc_uv=values)
            print(
                "the daemon had other values (was it started again?), and has these",
                file=sys.stderr,
            )
    except ClientError as error:
        again = f"give it the values when it runs again, with `emgd mvc --load {path}`"
        raise Failed(f"the daemon does not have them: {error}\n{again}") from error


def _lead(client: Control, guide: Guide, wanted: Wanted) -> None:
    model = Model()
    with ended_by_signals() as ended, closing(Feed(client, wanted.streams, model)) as feed:
        session = Session(feed, model, guide)
        if not wanted.plain and sys.stdout.isatty():
            try:
                with opened() as terminal:
                    session.run(OnScreen(terminal, wanted.person), ended)
            except NoTerminalError as error:
                said = f"emgd mvc: plain lines, as this terminal can do no more: {error}"
                print(said, file=sys.stderr)
            else:
                return
        session.run(Lines(sys.stdin, sys.stderr), ended)


def load_values(control: str, path: Path) -> int:
    """Tell the daemon what a file has; says what is other than when it was measured."""
    try:
        person = mvcfile.load(path)
        with Control(control) as client:
            meta = _meta_of(client.ask("status"))
            known = [(channel.name, channel.muscle) for channel in Meta.read(meta).channels]
            notes = mvcfile.differences(person, known, table(meta.get("filter")))
            client.ask("mvc.set", mvc_uv=person.values)
    except mvcfile.MvcFileFault as fault:
        return complain(str(fault), 1)
    except ClientError as error:
        return complain(str(error), error.exit_code)
    except Failed as fault:
        return complain(str(fault), 1)
    print(written(table_of(list(person.channels), notes), sys.stdout.encoding))
    return 0


def _meta_of(status: Header) -> Header:
    meta = table(status.get("meta"))
    if not meta:
        raise Failed("the daemon has not met a board yet: is it connected and switched on?")
    return meta


def _writable(path: Path) -> None:
    """Find out before the participant has made any effort."""
    beside = path.with_name(path.name + ".part")
    try:
        beside.touch()
        beside.unlink()
    except OSError as error:
        raise Failed(f"{path} cannot be written: {error.strerror}") from error


def complain(sentence: str, code: int) -> int:
    """Say why it cannot be done, and give the exit code."""
    print(f"emgd mvc: {sentence}", file=sys.stderr)
    return code
