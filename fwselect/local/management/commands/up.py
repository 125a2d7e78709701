"""`manage.py up`: services, schema, then pages, live, worker and beat under one supervisor, and the examples."""

import contextlib
import io
import os
import signal
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import segno
from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import connections

from fwselect.local import commands, network, preparing, services
from fwselect.local.processes import StartRefused, start_child
from fwselect.local.services import Owned, Running, Service
from fwselect.local.supervisor import Child, Printer, Supervisor

OWNER_PATIENCE = 60
HEAD_START = 1.0  # of what a person waits for: on two cores four starting processes take each other's time


class Command(BaseCommand):
    help = "Starts everything, restarts what dies, and stops it all on Ctrl-C or SIGTERM."
    requires_system_checks = ()

    def handle(self, *args: object, **options: object) -> None:
        for one in (signal.SIGTERM, signal.SIGHUP):
            signal.signal(one, _leave)
        try:
            Up(Printer(sys.stdout.fileno())).run()
        except StartRefused as refusal:
            sys.exit(f"fwselect: {refusal}")
        except OSError as refusal:
            sys.exit(f"fwselect: {refusal.filename or 'the system'}: {refusal.strerror or refusal}")
        except KeyboardInterrupt:
            sys.exit(0)
        # Nothing of ours runs any more; taking the interpreter apart would keep a person waiting for a second.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)


def _leave(_number: int, _frame: object) -> None:
    raise KeyboardInterrupt


@dataclass
class Up:
    printer: Printer
    var: Path = settings.FWSELECT_VAR
    host: str = settings.FWSELECT_HOST
    port: int = settings.FWSELECT_PORT
    welcome: list[str] = field(default_factory=list)
    later_examples: list[str] = field(default_factory=list)

    def run(self) -> None:
        began = time.monotonic()
        services.prepare_var(self.var)
        Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
        with self._alone():
            network.check_port_is_free(self.host, self.port)
            live_port = self._live_port()
            needed = services.needed_services(self.var)
            running = services.start_services(self.var, needed)
            try:
                self._prepare_database()
                self._supervise(running, live_port, began)
            finally:
                running.stop()

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """The owner of `var`: waits for a passing `manage.py` command, refuses beside another `up`."""
        deadline = time.monotonic() + OWNER_PATIENCE
        with contextlib.ExitStack() as stack:
            told = False
            while True:
                try:
                    stack.enter_context(services.owning(self.var))
                    break
                except Owned as other:
                    if " up" in other.owner.get("command", ""):
                        raise StartRefused(f"already running for {self.var}: pid {other.owner['pid']}.") from other
                    if time.monotonic() > deadline:
                        raise StartRefused(f"{other} uses the database of {self.var}; end it first.") from other
                    if not told:
                        self._say(f"waiting for {other}, which uses the database")
                        told = True
                    time.sleep(0.1)
            yield

    def _say(self, text: str) -> None:
        self.printer.line("supervisor", text)

    def _live_port(self) -> int:
        host = os.environ.get("FWSELECT_LIVE_HOST") or self.host
        if os.environ.get("FWSELECT_LIVE_PORT", "0").strip() not in {"", "0"}:
            network.check_port_is_free(host, settings.FWSELECT_LIVE_PORT)
            return int(settings.FWSELECT_LIVE_PORT)
        return network.next_free_port(host, self.port + 1)

    def _prepare_database(self) -> None:
        preparing.bring_schema_up_to_date(self._say)
        if settings.FWSELECT_DEMO:
            preparing.make_demo_accounts_once(self._say)
        self.welcome = list(self._words_of_welcome())
        connections.close_all()

    def _load_first_examples(self) -> None:
        preparing.load_examples_once(preparing.FIRST_EXAMPLES, self._say)
        self.later_examples = preparing.missing_examples(preparing.LATER_EXAMPLES)
        connections.close_all()

    def _words_of_welcome(self) -> Iterator[str]:
        if not network.is_loopback(self.host):
            yield "other machines of this network join by that address or this code; demo accounts are off"
        elif settings.FWSELECT_DEMO and (accounts := preparing.demo_accounts()):
            yield f"demo accounts, offered on the sign-in page: {', '.join(accounts)}"
        if link := preparing.first_lead_link(self._address()):
            yield f"nobody leads a team of their own yet; this link makes the first lead, once: {link}"

    def _address(self) -> str:
        everywhere = self.host in {"0.0.0.0", "::"}  # noqa: S104  a comparison, not a bind
        host = network.own_address() if everywhere else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def _supervise(self, running: Running, live_port: int, began: float) -> None:
        children = [_service_child(service, running) for service in running.services]
        children += self._application_children(live_port)
        supervisor = Supervisor(self.var, children, self.printer, meanwhile=self._load_first_examples)
        supervisor.when_ready = lambda: self._welcome_when_ready(supervisor, began)
        supervisor.run()
        self._say("stopped")

    def _application_children(self, live_port: int) -> list[Child]:
        env = self._environment() | {"FWSELECT_LIVE_PORT": str(live_port)}
        live_env = {**env, "REDIS_URL": settings.REDIS_URL, "FWSELECT_LIVE_SECRET": settings.FWSELECT_LIVE_SECRET}
        threads, page_workers = settings.FWSELECT_PAGE_THREADS, settings.FWSELECT_PAGE_WORKERS
        seen_first = [
            _application("pages", commands.pages(self.host, self.port, page_workers, threads), env),
            _application("live", commands.live(), live_env),
        ]
        unseen = [
            _application("worker", commands.worker(settings.FWSELECT_WORKERS), env),
            _application("beat", commands.beat(str(self.var / "run" / "beat.pid")), {**env, **commands.QUIET}),
        ]
        for child in unseen:
            child.again_at = time.monotonic() + HEAD_START
        return [*seen_first, *unseen]

    def _environment(self) -> dict[str, str]:
        return {**os.environ, **commands.CHILD_ENVIRONMENT, "FWSELECT_VAR": str(self.var)}

    def _welcome_when_ready(self, supervisor: Supervisor, began: float) -> bool:
        local = "127.0.0.1" if self.host in {"0.0.0.0", "::"} else self.host  # noqa: S104  a comparison, not a bind
        try:
            urllib.request.urlopen(f"http://{local}:{self.port}/health/live", timeout=0.2).close()
        except OSError:
            return False
        self._welcome(time.monotonic() - began)
        if self.later_examples:
            self._say(f"{len(self.later_examples)} more example evaluations follow; each is listed once it is complete")
            supervisor.children.append(
                _application("examples", commands.examples(), {**self._environment(), **commands.QUIET}, once=True)
            )
        return True

    def _welcome(self, seconds: float) -> None:
        self._say(f"ready after {seconds:.1f} s: {self._address()}")
        for words in self.welcome:
            self._say(words)
        if not network.is_loopback(self.host):
            code = io.StringIO()
            segno.make(self._address()).terminal(out=code, compact=True)
            os.write(self.printer.target, code.getvalue().encode())


def _service_child(service: Service, running: Running) -> Child:
    """An embedded service that already runs; the supervisor only starts it again, `running` stops it in the end."""

    def start(_output: int) -> services.Process:
        running.processes[service.name] = service.start()
        return running.processes[service.name]

    first = running.processes[service.name]
    return Child(service.name, start, service.stop_signal, pumped=False, process=first, started_at=time.monotonic())


def _application(name: str, command: list[str], env: Mapping[str, str], *, once: bool = False) -> Child:
    def start(output: int) -> services.Process:
        return start_child(command, env=env, output=output, folder=settings.BASE_DIR)

    return Child(name, start, commands.STOP_SIGNALS[name], once=once)
