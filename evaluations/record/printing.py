"""A record's body as PDF. The only module that imports Typst, and only when something is printed.

The result depends on the body (and the fonts) alone: no clock, no database, no system fonts, so the same body gives the
same bytes. It conforms to PDF/UA-1 and PDF/A-3a, and carries the body's canonical JSON as an attachment.
"""

import hashlib
import json
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from .canonical import canonical_bytes
from .validation import check_readable

TEMPLATES = Path(__file__).parent / "typst"
STANDARDS: list[Any] = ["ua-1", "a-3a"]
LONGEST_UNBROKEN = 28
REFUSED_TEXT = re.compile(r'(?:the text|codepoint) `"((?:[^"\\]|\\.)*)"`')
RUST_ESCAPE = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)", re.DOTALL)
# Overrides of direction could make a name read as another; controls and byte order marks have no place on paper.
NEVER_PRINTED = frozenset("\u202a\u202b\u202c\u202d\u202e\ufeff")
LAYOUT_CONTROLS = frozenset("\r\n\t")
LINE_ENDS = re.compile("\r\n?|\u2028|\u2029")
PROBE = """#set document(title: "probe", date: datetime(year: 2000, month: 1, day: 1))
#set page(height: auto)
#set text(lang: "en")
#for character in json(bytes(sys.inputs.characters)) { par("x" + character + "x") }"""


class CannotPrint(RuntimeError):
    """Typst refused the document; the message is its own, without the source."""


def print_record(body: dict[str, Any], *, font_folders: Sequence[Path] = ()) -> bytes:
    """The PDF of a body, tagged, A4, its dates taken from the body's `as_of`.

    `font_folders` add fonts to the ones that ship with Typst; characters without a shape in any of them are printed as
    `U+5C71`. Raises InvalidBody for a body that breaks the schema, CannotPrint when Typst refuses.
    """
    check_readable(body)
    pages = _compiled(body, tuple(map(str, font_folders)), format="pdf", pdf_standards=STANDARDS)
    if not isinstance(pages, bytes):
        raise CannotPrint("Typst returned no document")
    return pages


def _compiled(body: dict[str, Any], font_folders: tuple[str, ...], **options: Any) -> Any:
    """Compile, naming more characters by their code points each time Typst can't set some of them."""
    missing = _without_shape(body, font_folders)
    for _attempt in range(6):
        try:
            return _compiled_once(body, missing, font_folders, options)
        except _Refused as refused:
            if refused.characters <= missing:
                raise CannotPrint(refused.reason) from refused
            missing |= refused.characters
    raise CannotPrint("too many characters without a shape")


class _Refused(Exception):
    def __init__(self, reason: str, characters: set[str]) -> None:
        super().__init__(reason)
        self.reason = reason
        self.characters = characters


def _compiled_once(
    body: dict[str, Any], missing: set[str], font_folders: tuple[str, ...], options: dict[str, Any]
) -> Any:
    import typst

    compiler = typst.Compiler(root=str(TEMPLATES), font_paths=_fonts(font_folders), ignore_system_fonts=True)
    attached = canonical_bytes(body)
    inputs = {
        "body": json.dumps(printable(body, missing), ensure_ascii=False),
        "attached": attached.decode(),
        "checksum": hashlib.sha256(attached).hexdigest(),
        "replaced": str(len(missing)),
    }
    try:
        return compiler.compile(
            input=str(TEMPLATES / "record.typ"), sys_inputs=inputs, timestamp=_moment(body["as_of"]), **options
        )
    except typst.TypstError as error:
        raise _Refused(error.message, _refused_characters(error.diagnostic)) from error
    except BaseException as error:
        # Line breaking in Typst 0.15 can panic between rare combining marks; pyo3 raises that as a BaseException.
        if type(error).__name__ != "PanicException":
            raise
        raise _Refused("Typst could not break a line of this text", _suspects(body, missing)) from error


def _suspects(body: dict[str, Any], missing: set[str]) -> set[str]:
    """What to name next after a panic: combining marks, and if those are named already, all beyond Latin 1."""
    beyond = {one for one in "".join(_strings(body)) if one > "\xff"}
    marks = {one for one in beyond if unicodedata.category(one).startswith("M")}
    return beyond if marks <= missing else marks


def _moment(as_of: str) -> datetime:
    return datetime.strptime(as_of, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)


@lru_cache(maxsize=4)
def _fonts(font_folders: tuple[str, ...]) -> Any:
    import typst

    return typst.Fonts(include_system_fonts=False, font_paths=list(font_folders))


def printable(value: Any, missing: frozenset[str] | set[str]) -> Any:
    """A copy of `value` with every character of `missing` written as its code point and overlong words breakable."""
    return _with_strings(value, lambda text: _breakable(_named(LINE_ENDS.sub("\n", text), missing)))


def _with_strings(value: Any, change: Callable[[str], str]) -> Any:
    if isinstance(value, str):
        return change(value)
    if isinstance(value, list):
        return [_with_strings(item, change) for item in value]
    if isinstance(value, dict):
        return {key: _with_strings(item, change) for key, item in value.items()}
    return value


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _strings(item)


def _named(text: str, missing: frozenset[str] | set[str]) -> str:
    if missing.isdisjoint(text):
        return text
    parts = [f" U+{ord(character):04X} " if character in missing else character for character in text]
    return re.sub(r" {2,}(?=U\+)|(?<=[0-9A-F]) {2,}", " ", "".join(parts)).strip(" ")


def _breakable(text: str) -> str:
    """Zero-width spaces inside words no line could hold; the templates see to checksums and addresses."""
    if len(text) <= LONGEST_UNBROKEN or re.fullmatch(r"[0-9a-f]{64}|https?://\S+", text):
        return text
    return re.sub(rf"\S{{{LONGEST_UNBROKEN},}}", lambda word: _chopped(word.group()), text)


def _chopped(word: str) -> str:
    """Breakable before every character that is not a mark on the one before."""
    return "".join("\u200b" + one if unicodedata.combining(one) == 0 else one for one in word).lstrip("\u200b")


def _without_shape(body: dict[str, Any], font_folders: tuple[str, ...]) -> set[str]:
    used = set("".join(_strings(body)))
    unusual = {character for character in used if not " " <= character <= "~"} - LAYOUT_CONTROLS
    unprinted = {one for one in unusual if one in NEVER_PRINTED or unicodedata.category(one) == "Cc"}
    return unprinted | _refused_by_fonts(frozenset(unusual - unprinted), font_folders)


@lru_cache(maxsize=64)
def _refused_by_fonts(characters: frozenset[str], font_folders: tuple[str, ...]) -> frozenset[str]:
    """One tiny document with all of them: Typst names each character it has no shape for."""
    import typst

    if not characters:
        return frozenset()
    compiler = typst.Compiler(font_paths=_fonts(font_folders), ignore_system_fonts=True)
    try:
        compiler.compile(
            input=PROBE.encode(),
            sys_inputs={"characters": json.dumps(sorted(characters))},
            format="pdf",
            pdf_standards=STANDARDS,
            timestamp=0,
        )
    except typst.TypstError as error:
        return frozenset(_refused_characters(error.diagnostic))
    return frozenset()


def _refused_characters(diagnostic: str) -> set[str]:
    shown = "".join(match.group(1) for match in REFUSED_TEXT.finditer(diagnostic))
    refused = set(RUST_ESCAPE.sub(_unescaped, shown))
    return {character for character in refused if not " " <= character <= "~"}


def _unescaped(escape: re.Match[str]) -> str:
    code, letter = escape.groups()
    return chr(int(code, 16)) if code else {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}.get(letter, letter)
