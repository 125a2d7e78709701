"""The image's steps and processes, run by their make targets as an ordinary user; the image itself needs an engine."""

import json
import os
import pwd
import re
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import yaml

from fwselect.local import addresses
from fwselect.local.processes import living_members, wait_until
from tests.local.test_local_up import as_nobody
from tests.real_processes import RealProcess, answers_with, free_port, worker_answers

ROOT = addresses.PROJECT
PREFIX = Path(sys.executable).parents[1]
MAKE = ["make", "--silent", "--file=deploy/image.mk", f"PREFIX={PREFIX}"]
KINDS = ("pages", "live", "worker", "beat")
STOP_PATIENCE = 60  # where the signal is not passed on, it never ends
ONE_DATABASE = pytest.mark.django_db  # the same for all that share the processes, so that they run one after another
SWEEP = b"evaluations.jobs.tasks.sweep"
PROXIED = {"Host": "choice.example.org", "X-Forwarded-Proto": "https", "X-Forwarded-For": "203.0.113.7"}
TARGETS = set(re.findall(r"[a-z]+", re.search(r"^\.PHONY: (.*)$", (ROOT / "deploy/image.mk").read_text(), re.M)[1]))


@dataclass
class Container:
    """What the image gives a process: a folder of its own, production settings, an ordinary user."""

    folder: Path
    given: dict[str, str]
    pages_port: int = field(default_factory=free_port)
    live_port: int = field(default_factory=free_port)

    @property
    def env(self) -> dict[str, str]:
        kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
        ports = {"PORT": str(self.pages_port), "FWSELECT_LIVE_PORT": str(self.live_port)}
        return {**kept, "HOME": str(self.folder), **self.given, **ports}

    def command(self, target: str) -> list[str]:
        return [*(as_nobody() if os.getuid() == 0 else []), *MAKE, target]

    def run(self, target: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(target), cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=300, check=False
        )

    def start(self, kind: str) -> RealProcess:
        return RealProcess(kind, self.command(kind), {**self.env, "FWSELECT_LOG_LEVEL": "DEBUG"})


@pytest.fixture(scope="module")
def container(process_environment: dict[str, str]) -> Iterator[Container]:
    folder = Path(tempfile.mkdtemp(prefix="fwselect-image-"))
    for name in ("var", "uploads"):
        (folder / name).mkdir()
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for place in (folder, folder / "var", folder / "uploads"):
            os.chown(place, nobody.pw_uid, nobody.pw_gid)
        addresses.valkey_socket(addresses.var_folder()).chmod(0o777)
    given = {
        "FWSELECT_MODE": "production",
        "FWSELECT_HOST": "127.0.0.1",
        "FWSELECT_VAR": str(folder / "var"),
        "FWSELECT_UPLOADS": str(folder / "uploads"),
        "SECRET_KEY": secrets.token_urlsafe(64),
        "FWSELECT_LIVE_SECRET": secrets.token_urlsafe(32),
        "ALLOWED_HOSTS": "choice.example.org",
        "DATABASE_URL": process_environment["DATABASE_URL"],
        "REDIS_URL": process_environment["REDIS_URL"],
        "FWSELECT_BEHIND_PROXY": "true",
        "FWSELECT_LIVE_URL": "/live/stream",
    }
    yield Container(folder, given)
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def running(container: Container) -> Iterator[dict[str, RealProcess]]:
    """Files collected, which the pages need to start, and one of each kind, ready."""
    processes = {kind: container.start(kind) for kind in KINDS if kind != "pages"}
    collected = container.run("static")
    assert collected.returncode == 0, collected.stderr
    processes["pages"] = container.start("pages")
    live = f"http://127.0.0.1:{container.live_port}/live/health"
    ready = {
        "pages": lambda: answers_with(f"http://127.0.0.1:{container.pages_port}/health/live") == 200,
        "live": lambda: answers_with(live) == 200,
        "worker": lambda: b" ready." in processes["worker"].said.read_bytes(),
        "beat": lambda: SWEEP in processes["worker"].said.read_bytes(),
    }
    for kind, process in processes.items():
        process.wait_for(ready[kind])
    yield processes
    for process in processes.values():
        process.stop()


def fetched(port: int, path: str) -> tuple[int, str]:
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", headers=PROXIED)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return answer.status, answer.read().decode()


@ONE_DATABASE
def test_each_kind_runs_with_production_settings_as_an_ordinary_user(
    running: dict[str, RealProcess], container: Container
) -> None:
    status, page = fetched(container.pages_port, "/accounts/login/")
    ready, _ = fetched(container.pages_port, "/health/ready")
    sheet = re.search(r'href="(/static/[^"]+\.[0-9a-f]{8,}\.css)"', page)

    assert (status, ready) == (200, 200)
    assert sheet and fetched(container.pages_port, sheet[1])[0] == 200
    assert json.loads(fetched(container.live_port, "/live/health")[1]) == {"status": "ok"}
    assert worker_answers()
    owners = {Path(f"/proc/{pid}").stat().st_uid for one in running.values() for pid in living_members(one.process.pid)}
    assert 0 not in owners and len(owners) == 1


@ONE_DATABASE
def test_plain_http_is_sent_to_tls(running: dict[str, RealProcess], container: Container) -> None:
    class Staying(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *args: Any) -> None:
            return None

    request = urllib.request.Request(
        f"http://127.0.0.1:{container.pages_port}/", headers={"Host": "choice.example.org"}
    )

    with pytest.raises(urllib.error.HTTPError) as refused:
        urllib.request.build_opener(Staying).open(request, timeout=60)

    assert (refused.value.code, refused.value.headers["Location"]) == (301, "https://choice.example.org/")


@ONE_DATABASE
def test_the_first_process_of_a_container_passes_sigterm_on_and_nothing_outlives_it(
    running: dict[str, RealProcess],
) -> None:
    for one in running.values():
        one.process.send_signal(signal.SIGTERM)
    for one in running.values():
        one.process.wait(STOP_PATIENCE)

    assert wait_until(
        lambda: not [pid for one in running.values() for pid in living_members(one.process.pid)], STOP_PATIENCE
    )


def instructions(name: str) -> list[str]:
    text = (ROOT / "Dockerfile").read_text().replace("\\\n", " ")
    return [line.removeprefix(name).strip() for line in text.splitlines() if line.startswith(f"{name} ")]


def test_the_image_installs_collects_and_starts_by_the_targets_alone() -> None:
    steps = [step for step in instructions("RUN") if not step.startswith(("apt-get", "useradd"))]

    assert steps == ["make --file=deploy/image.mk packages", "make --file=deploy/image.mk static"]
    assert json.loads(instructions("ENTRYPOINT")[0]) == ["make", "--silent", "--file=deploy/image.mk"]
    assert json.loads(instructions("CMD")[0]) == ["pages"]
    assert {"packages", "static", *KINDS} <= TARGETS
    assert instructions("USER") == ["fwselect"]


def test_the_image_holds_what_the_processes_need_and_no_tests() -> None:
    copied = [one.split()[:-1] for one in instructions("COPY")]
    sources = {name for names in copied for name in names}
    ignored = (ROOT / ".dockerignore").read_text().split()

    assert all((ROOT / source).exists() for source in sources)
    assert {"manage.py", "pyproject.toml", "fwselect", "evaluations", "templates", "static"} <= sources
    assert {".git", ".env", "tests", "var", "deploy/certificates"} <= set(ignored)
    assert not sources & set(ignored)


def test_the_packages_step_installs_by_the_hashed_lock_into_the_prefix(tmp_path: Path) -> None:
    """What it does when it is let (minutes) is shown by the proof of the same name."""
    command = ["make", "--dry-run", "--file=deploy/image.mk", f"PREFIX={tmp_path}", "packages"]

    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=120, check=True).stdout

    assert f"-m venv {tmp_path}" in said
    assert "--require-hashes -r requirements/run.txt" in said


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return yaml.safe_load((ROOT / "compose.yaml").read_text())


def test_compose_starts_every_kind_by_its_target_behind_one_proxy(compose: dict[str, Any]) -> None:
    services = compose["services"]
    ours = {name: service for name, service in services.items() if service["image"].startswith("fwselect:")}

    assert set(ours) == {"migrate", *KINDS}
    assert all(service["command"] == [name] and name in TARGETS for name, service in ours.items())
    assert services["database"]["image"] == "postgres:18" and services["redis"]["image"] == "redis:8"
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    assert all(name == "live" or "uploads:/srv/uploads" in service["volumes"] for name, service in ours.items())
    mounted = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert set(compose["volumes"]) <= mounted
    assert all((ROOT / name).exists() for name in mounted if name.endswith(".conf"))


def test_compose_gives_settings_that_exist_and_live_no_more_than_it_needs(compose: dict[str, Any]) -> None:
    from fwselect.ops.environment import SETTINGS

    services, known = compose["services"], {setting.name for setting in SETTINGS}

    given = {name: set(services[name]["environment"]) for name in ("migrate", *KINDS)}
    assert set().union(*given.values()) <= known
    assert {"SECRET_KEY", "ALLOWED_HOSTS", "DATABASE_URL", "REDIS_URL", "FWSELECT_BEHIND_PROXY"} <= given["pages"]
    assert given["live"] == {"FWSELECT_LIVE_HOST", "FWSELECT_LIVE_PORT", "FWSELECT_LIVE_SECRET", "REDIS_URL"}
    assert services["pages"]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_proxy_buffers_bodies_lets_streams_flow_and_hides_the_figures(compose: dict[str, Any]) -> None:
    text = (ROOT / "deploy" / "nginx.conf").read_text()
    places = {name.strip(): body for name, body in re.findall(r"location ([^{]+)\{(.*?)\}", text, re.S)}

    assert "proxy_pass http://pages;" in places["/"] and "proxy_request_buffering on;" in places["/"]
    assert "proxy_pass http://live;" in places["/live/"] and "proxy_buffering off;" in places["/live/"]
    assert all("return 404;" in places[f"= {path}"] for path in ("/metrics", "/live/metrics", "/health/ready"))
    assert "server pages:8000;" in text
    assert f"server live:{compose['services']['live']['environment']['FWSELECT_LIVE_PORT']};" in text
    assert "X-Forwarded-Proto https" in text and "X-Forwarded-For $remote_addr" in text


def test_compose_waits_for_what_can_tell_that_it_is_ready(compose: dict[str, Any]) -> None:
    services = compose["services"]
    waits = [
        (name, on, how["condition"]) for name, one in services.items() for on, how in one.get("depends_on", {}).items()
    ]

    assert {on for _, on, _ in waits} <= set(services)
    assert all("healthcheck" in services[on] for _, on, condition in waits if condition == "service_healthy")
    assert {on for _, on, condition in waits if condition == "service_completed_successfully"} == {"migrate"}
    assert services["migrate"]["restart"] == "no"
    checked = [part for one in services.values() for part in one.get("healthcheck", {}).get("test", [])]
    addresses_asked = re.findall(r"http://127\.0\.0\.1:(\d+)(/[a-z/]+)", " ".join(checked))
    assert addresses_asked == [("8000", "/health/live"), ("8001", "/live/health")]


def test_what_compose_asks_of_the_operator_is_told_in_the_guide(compose: dict[str, Any]) -> None:
    guide = (ROOT / "docs" / "operating.md").read_text()

    asked = set(re.findall(r"\$\{([A-Z_]+)", (ROOT / "compose.yaml").read_text()))

    assert {"SECRET_KEY", "POSTGRES_PASSWORD", "HOST_NAME"} <= asked
    assert {name for name in asked if name not in guide} == set()
