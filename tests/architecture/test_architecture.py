"""The plan of the packages, checked: layers, and one word for package, templates, tests and URL namespace."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ROOT / "evaluations"
NOT_CAPABILITIES = {"management", "migrations", "templatetags", "__pycache__"}
"""Folders Django asks for."""

SHARED_TEMPLATES = {"account", "allauth", "mfa", "ops", "parts", "admin", "socialaccount"}
"""Template folders that belong to sign-in, to how it runs, or to every page."""

OTHER_TESTS = {"architecture", "journeys", "local", "look", "ops", "policy", "proofs", "samples"}
"""Test folders that belong to the whole, or to `fwselect`."""


FORBIDDEN_BY_POLICY = re.compile(
    r"\shx-on|=['\"]js:|\sstyle=|<script(?![^>]*\b(src|type=\"application/json\"))[^>]*>|\son[a-z]+="
)


def packages() -> set[str]:
    return {folder.name for folder in PACKAGES.iterdir() if folder.is_dir() and folder.name not in NOT_CAPABILITIES}


def folders(of: str) -> set[str]:
    return {folder.name for folder in (ROOT / of).iterdir() if folder.is_dir() and folder.name != "__pycache__"}


def lint_imports(root: Path, *options: str) -> subprocess.CompletedProcess[str]:
    program = Path(sys.executable).parent / "lint-imports"
    return subprocess.run([str(program), "--no-cache", *options], cwd=root, capture_output=True, text=True, timeout=300)


def test_imports_go_down_the_layers() -> None:
    done = lint_imports(ROOT)

    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]


def test_an_import_up_the_layers_is_seen(tmp_path: Path) -> None:
    for name in ("evaluations", "fwselect"):
        for source in (ROOT / name).rglob("*.py"):
            copy = tmp_path / source.relative_to(ROOT)
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes(source.read_bytes())
    (tmp_path / "pyproject.toml").write_bytes((ROOT / "pyproject.toml").read_bytes())
    with (tmp_path / "evaluations/audit/queries.py").open("a") as module:
        module.write("\nfrom evaluations.scoring import models as planted  # noqa\n")

    done = lint_imports(tmp_path)

    assert done.returncode != 0
    assert "evaluations.audit.queries -> evaluations.scoring.models" in done.stdout


def test_every_package_stands_in_the_layers() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]

    named = set(re.findall(r"[a-z]+", " ".join(contracts[0]["layers"])))

    assert packages() <= named


def test_template_folders_carry_the_packages_words() -> None:
    assert folders("templates") - SHARED_TEMPLATES <= packages()


def test_test_folders_carry_the_packages_words() -> None:
    assert folders("tests") - OTHER_TESTS <= packages()


def test_every_package_has_tests() -> None:
    assert packages() <= folders("tests")


@pytest.mark.parametrize("urls", sorted(PACKAGES.glob("*/urls.py")), ids=lambda path: path.parent.name)
def test_url_namespaces_carry_the_packages_words(urls: Path) -> None:
    names = [
        node.value.value
        for node in ast.parse(urls.read_text()).body
        if isinstance(node, ast.Assign)
        and isinstance(node.targets[0], ast.Name)
        and node.targets[0].id == "app_name"
        and isinstance(node.value, ast.Constant)
    ]

    assert names == [urls.parent.name]


def test_rendered_templates_belong_to_the_package_that_renders_them() -> None:
    wrong = []
    for view in PACKAGES.glob("*/views*.py"):
        for template in re.findall(r'"([a-z_]+)/[a-z_/]+\.html"', view.read_text()):
            if template not in {view.parent.name, "parts"}:
                wrong.append(f"{view.relative_to(ROOT)}: {template}/")

    assert not wrong


def test_no_module_is_called_utils() -> None:
    named = [
        path
        for path in ROOT.glob("*/**/*.py")
        if path.stem in {"utils", "helpers", "common", "manager"} and ".venv" not in path.parts
    ]

    assert not named


def test_templates_use_nothing_the_content_policy_forbids() -> None:
    found = []
    for template in (ROOT / "templates").rglob("*.html"):
        for number, line in enumerate(template.read_text().splitlines(), 1):
            if FORBIDDEN_BY_POLICY.search(line):
                found.append(f"{template.relative_to(ROOT)}:{number}: {line.strip()[:100]}")

    assert not found


@pytest.mark.parametrize(
    "planted", ['<a hx-on:click="x()">', '<p style="color:red">', "<script>x()</script>", '<a onclick="x()">']
)
def test_the_content_policy_check_can_fail(planted: str) -> None:
    assert FORBIDDEN_BY_POLICY.search(planted)
