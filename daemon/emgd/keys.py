"""CURVE keys in files: the daemon's own pair, the list of clients that may connect, their pairs.

FOLDER/daemon.toml    the daemon's pair; whoever can read it can pretend to be the daemon
FOLDER/clients.toml   name = "public key" of every client that gets in; read again when changed
FOLDER/NAME.toml      what client NAME needs: its pair and the daemon's public key
"""

import os
import re
import stat
import tomllib
from dataclasses import dataclass
from pathlib import Path

import zmq
import zmq.utils.z85

DAEMON, CLIENTS = "daemon.toml", "clients.toml"
THIS_PC = "this-pc"
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")
_KEY_CHARACTERS = 40


class KeyFault(Exception):
    """Keys that cannot be made or used; the sentence says which file, why and what to do."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A public key and its secret, as ZeroMQ writes them (Z85)."""

    public: bytes
    secret: bytes

    def __repr__(self) -> str:
        """A secret does not end up in a log."""
        return f"Pair(public={self.public.decode()!r})"


@dataclass(frozen=True, slots=True)
class ClientKey:
    """What a client needs to get in."""

    own: Pair
    daemon: bytes

    def put_on(self, socket: "zmq.Socket[bytes]") -> None:
        """Let a socket that is not connected yet use the key."""
        socket.curve_publickey = self.own.public
        socket.curve_secretkey = self.own.secret
        socket.curve_serverkey = self.daemon


def make_daemon_pair(folder: Path) -> bool:
    """Make the daemon's pair and the empty list, unless they are there; whether they were made."""
    try:
        folder.mkdir(mode=0o750, exist_ok=True)
        _like_parent(folder, folder.parent, 0o750)
        if (folder / DAEMON).exists():
            return False
        pair = _new_pair()
        _write(folder / DAEMON, "The daemon's key. It stays on this PC.", {"daemon": pair})
        _write(folder / CLIENTS, "Who may connect: a name, and the public key.", {})
    except OSError as error:
        raise _cannot(folder, error) from error
    return True


def make_client(folder: Path, name: str) -> Path:
    """Make a client's pair, and let it in; gives the file that the client needs."""
    if not _NAME.fullmatch(name) or f"{name}.toml" in (DAEMON, CLIENTS):
        raise KeyFault(f"{name!r} is no name for a client: use letters, digits, - and _")
    path = folder / f"{name}.toml"
    listed = load_clients(folder / CLIENTS)
    if name in listed or path.exists():
        raise KeyFault(f"{name} has a key already ({path}); --remove {name} takes it back first")
    daemon = load_daemon(folder)
    pair = _new_pair()
    text = f"The key of {name}. Whoever has this file can read the stream and control the daemon."
    try:
        _write(path, text, {"client": pair}, daemon.public)
        _write_clients(folder, {**listed, name: pair.public})
    except OSError as error:
        raise _cannot(folder, error) from error
    return path


def remove_client(folder: Path, name: str) -> None:
    """Take a client off the list; it is shut out at its next connection."""
    listed = load_clients(folder / CLIENTS)
    if name not in listed:
        raise KeyFault(f"{folder / CLIENTS} lists no {name!r}; it lists {', '.join(listed) or '-'}")
    del listed[name]
    try:
        _write_clients(folder, listed)
        (folder / f"{name}.toml").unlink(missing_ok=True)
    except OSError as error:
        raise _cannot(folder, error) from error


def load_daemon(folder: Path) -> Pair:
    """The daemon's pair; KeyFault where it is not there, open to all, or no key."""
    path = folder / DAEMON
    table = _read(path, f"make keys with: emgd keys --dir {folder}")
    _refuse_open(path)
    return _pair(path, table.get("daemon"))


def load_client(path: Path) -> ClientKey:
    """A client's key; KeyFault where it is none."""
    table = _read(path, "`emgd keys NAME` on the daemon's PC makes it; copy it from there")
    daemon = table.get("daemon")
    return ClientKey(_pair(path, table.get("client")), _key(path, "daemon", daemon))


def load_clients(path: Path) -> dict[str, bytes]:
    """The listed clients' public keys, by name."""
    table = _read(path, f"make keys with: emgd keys --dir {path.parent}")
    return {name: _key(path, name, key) for name, key in table.items()}


def _new_pair() -> Pair:
    return Pair(*zmq.curve_keypair())


def _read(path: Path, hint: str) -> dict[str, object]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise KeyFault(f"{path} is not there: {hint}") from None
    except OSError as error:
        raise KeyFault(f"{path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise KeyFault(f"{path} is no key file: {error}") from error


def _pair(path: Path, value: object) -> Pair:
    table = value if isinstance(value, dict) else {}
    return Pair(*(_key(path, part, table.get(part)) for part in ("public", "secret")))


def _key(path: Path, name: str, value: object) -> bytes:
    try:
        if isinstance(value, str) and len(value) == _KEY_CHARACTERS:
            zmq.utils.z85.decode(value)
            return value.encode("ascii")
    except (ValueError, KeyError):
        pass
    raise KeyFault(f"{path}: {name} is no CURVE key of {_KEY_CHARACTERS} characters")


def _refuse_open(path: Path) -> None:
    mode = path.stat().st_mode
    if mode & stat.S_IRWXO:
        raise KeyFault(f"{path} can be read by everybody on this PC: chmod 640 {path}")


def _write_clients(folder: Path, listed: dict[str, bytes]) -> None:
    rows = [f'{name} = "{key.decode()}"' for name, key in listed.items()]
    _put(folder / CLIENTS, ["# Who may connect: a name, and the public key.", *rows])


def _write(path: Path, about: str, pairs: dict[str, Pair], daemon: bytes = b"") -> None:
    rows = [f"# {about}"]
    if daemon:
        rows.append(f'daemon = "{daemon.decode()}"')
    for name, pair in pairs.items():
        keys = [f'public = "{pair.public.decode()}"', f'secret = "{pair.secret.decode()}"']
        rows += ["", f"[{name}]", *keys]
    _put(path, rows)


def _put(path: Path, rows: list[str]) -> None:
    """Whole or not at all, and never open to others, not even for a moment."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write("\n".join(rows) + "\n")
    _like_parent(beside, path.parent, 0o640)
    beside.replace(path)


def _like_parent(path: Path, parent: Path, mode: int) -> None:
    """A service's group may read what lies in its folder; elsewhere only the owner may."""
    group = parent.stat().st_gid
    if group != path.stat().st_gid or group != os.getegid():
        os.chown(path, -1, group)
        path.chmod(mode)


def _cannot(folder: Path, error: OSError) -> KeyFault:
    return KeyFault(f"{error.filename or folder} cannot be written: {error.strerror}")
