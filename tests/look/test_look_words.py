"""What page authors may use stands in docs/look.md; what stands on the sheet exists in the style sheets."""

import re
from pathlib import Path

import pytest
from django.conf import settings

from evaluations.templatetags import icons, look

ROOT = Path(settings.BASE_DIR)
DOCS = (ROOT / "docs/look.md").read_text()
STYLES = "".join(path.read_text() for path in sorted((ROOT / "static/css").glob("*.css")))
TEMPLATES = [
    *(ROOT / "templates").glob("*.html"),
    *(ROOT / "templates/parts").glob("*.html"),
    *(ROOT / "templates/account").glob("*.html"),
    *(ROOT / "tests/look").glob("*.html"),
]


# Written by the scripts or the base template for themselves; no page author sets them.
OWN = {"asking", "wired", "dirty", "person", "sign-in", "theme", "unknown", "over", "session-message"}


def behaviours(script: str) -> set[str]:
    text = (ROOT / "static/js" / script).read_text()
    selected = set(re.findall(r"\[data-([a-z-]+)", text))
    read = {re.sub("[A-Z]", lambda big: f"-{big[0].lower()}", name) for name in re.findall(r"dataset\.(\w+)", text)}
    return (selected | read) - OWN


@pytest.mark.parametrize("script", ["forms.js", "theme.js"])
def test_every_behaviour_of_a_script_is_written_down(script: str) -> None:
    named = behaviours(script)

    assert named
    assert {name for name in named if f"data-{name}" not in DOCS} == set()


@pytest.mark.parametrize("library", [icons, look])
def test_every_tag_and_filter_is_written_down(library: object) -> None:
    register = library.register  # type: ignore[attr-defined]
    names = {*register.tags, *register.filters} - {"theme_attribute"}

    assert names
    assert {name for name in names if f"% {name} " not in DOCS and f"|{name}" not in DOCS} == set()


def test_every_part_is_written_down_or_used_by_a_layout() -> None:
    layouts = "".join(path.read_text() for path in (ROOT / "templates").glob("*.html"))

    parts = [f"parts/{path.name}" for path in (ROOT / "templates/parts").glob("*.html")]

    assert [part for part in parts if part not in DOCS and part not in layouts] == []


def test_every_class_of_the_layouts_and_the_sheet_has_a_style() -> None:
    used: set[str] = set()
    for path in TEMPLATES:
        text = re.sub(r"\{%.*?%\}|\{\{.*?\}\}", " ", path.read_text())
        used.update(name for classes in re.findall(r'class="([^"]*)"', text) for name in classes.split())
    hooks = {"has-error", "rating", "top-actions", "m", "v", "sheet", "info"}

    assert {name for name in used - hooks if f".{name}" not in STYLES} == set()


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.name)
def test_no_template_holds_what_the_policy_blocks(path: Path) -> None:
    text = path.read_text()

    assert not re.search(r'\sstyle="|\shx-on|\son[a-z]+="|"js:|<script(?![^>]*\ssrc=)', text)


def test_the_style_sheets_stay_small_and_fetch_nothing() -> None:
    assert STYLES.count("\n") < 900
    assert not re.search(r"@import|url\(", STYLES)
