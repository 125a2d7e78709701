"""The whole product as people start it: `manage.py up` on a port of its own, with a folder of its own."""

import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from types import TracebackType

import psycopg

from fwselect.local import addresses
from fwselect.local.processes import recorded_pid, wait_until
from tests.real_processes import free_port

OURS = {"DATABASE_URL", "REDIS_URL", "SECRET_KEY", "FWSELECT_SOCKETS", "FWSELECT_LIVE_PORT", "XDG_RUNTIME_DIR"}
START_PATIENCE = 300
EVERYWHERE = "0.0.0.0"
ALL_EXAMPLES, LOADED = 3, "SELECT count(*) FROM fwselect_done_once WHERE what LIKE 'example %'"


class House:
    """Ready after `with`, and all examples there; `url` is where browsers find it, `said` what it printed."""

    def __init__(self, host: str = "127.0.0.1", **settings: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="fwselect-house-"))
        self.folder.chmod(0o711)
        self.var = self.folder / "var"
        self.log = self.folder / "up.log"
        self.reached_by = own_network_address() if host == EVERYWHERE else host
        self.port = free_port(host)
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        place = {"FWSELECT_VAR": str(self.var), "FWSELECT_HOST": host, "PORT": str(self.port)}
        self.env = {**kept, **place, **settings}

    def __enter__(self) -> "House":
        with self.log.open("ab") as output:
            command = [sys.executable, str(addresses.PROJECT / "manage.py"), "up"]
            self.process = subprocess.Popen(
                command, env=self.env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )
        wait_until(lambda: self.process.poll() is not None or "ready after" in self.said, START_PATIENCE, 0.1)
        if "ready after" not in self.said:
            said = self.said
            self.close()
            raise RuntimeError(f"`manage.py up` did not get ready:\n{said[-4000:]}")
        if self.env.get("FWSELECT_EXAMPLES") != "false":
            wait_until(lambda: self.rows(LOADED)[0][0] == ALL_EXAMPLES, START_PATIENCE, 0.2)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    @property
    def url(self) -> str:
        return f"http://{self.reached_by}:{self.port}"

    @property
    def said(self) -> str:
        return self.log.read_text(errors="replace") if self.log.exists() else ""

    def first_lead_link(self) -> str:
        found = re.search(r"makes the first lead, once: \S+?(/teams/start/\S+)", self.said)
        if not found:
            raise RuntimeError(f"no link for the first lead was printed:\n{self.said[-2000:]}")
        return self.url + found[1]

    def pid(self, kind: str) -> int | None:
        return recorded_pid(self.var, kind)

    def kill(self, kind: str) -> int:
        """Kill one process for good and return the pid of the one the supervisor starts in its place."""
        old = self.pid(kind)
        if old is None:
            raise RuntimeError(f"{kind} is not running")
        os.kill(old, signal.SIGKILL)
        if not wait_until(lambda: self.pid(kind) not in (None, old), 90, 0.05):
            raise RuntimeError(f"nobody started {kind} again")
        return int(self.pid(kind) or 0)

    def rows(self, statement: str) -> list[tuple[object, ...]]:
        with psycopg.connect(addresses.database_url(self.var), autocommit=True) as connection:
            return connection.execute(statement).fetchall()

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(90)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(10)
        shutil.rmtree(self.folder, ignore_errors=True)


def own_network_address() -> str:
    """An address of this machine that is not loopback; root makes one where there is none."""
    for _ in range(2):
        listed = subprocess.run(["hostname", "-I"], capture_output=True, text=True, check=False).stdout.split()
        found = next((one for one in listed if "." in one and not one.startswith("127.")), "")
        if found:
            return found
        made = subprocess.run(
            "ip link add fwsj type dummy && ip addr add 198.18.0.7/32 dev fwsj && ip link set fwsj up",
            shell=True,
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            break
        time.sleep(0.2)
    raise RuntimeError("this machine has no address but loopback, and none could be made (needs root and `ip`)")
