"""Answers compared apart from what differs on every request: tokens, nonces, request ids, digests, tickets."""

import difflib
import io
import re
import zipfile

from django.http import HttpResponse

NOISE = [
    (re.compile(rb'(name="csrfmiddlewaretoken" value=")[^"]*'), rb"\1"),
    (re.compile(rb'("X-CSRFToken": ")[^"]*'), rb"\1"),
    (re.compile(rb'(nonce=")[^"]*'), rb"\1"),
    (re.compile(rb"(<span class=\"digest\">)[0-9a-f]+"), rb"\1"),
    (re.compile(rb"\b[0-9a-f]{64}\b"), b"digest"),
    (re.compile(rb"\b[0-9a-f]{32}\b"), b"request"),
    (re.compile(rb"(ticket=)[-\w.]+"), rb"\1"),
]
COMPARED_HEADERS = ("Content-Type", "Content-Disposition", "Location", "HX-Trigger", "HX-Redirect", "HX-Reswap")


def content_of(answer: HttpResponse) -> bytes:
    return b"".join(answer.streaming_content) if answer.streaming else answer.content


def quiet(content: bytes) -> bytes:
    """Without the noise; a workbook as the text of its parts, a printed record as the text of its pages."""
    if content.startswith(b"%PDF"):
        from tests.record.pdf_text import page_texts

        content = "\n".join(page_texts(content)).encode()
    elif content.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(content)) as parts:
            content = b"\n".join(name.encode() + parts.read(name) for name in sorted(parts.namelist()))
    for noise, kept in NOISE:
        content = noise.sub(kept, content)
    return content


def told(answer: HttpResponse) -> tuple[int, dict[str, str], bytes]:
    """Everything that reaches the reader: status, the headers that say something, the content."""
    headers = {name: answer[name] for name in COMPARED_HEADERS if name in answer}
    return answer.status_code, headers, quiet(content_of(answer))


def same_apart_from_noise(one: HttpResponse, other: HttpResponse) -> bool:
    return quiet(content_of(one)) == quiet(content_of(other))


def shown_difference(one: bytes, other: bytes, most: int = 6) -> str:
    lines = [each.decode(errors="replace").splitlines() for each in (one, other)]
    changed = [line for line in difflib.unified_diff(*lines, lineterm="", n=0) if line[:1] in "+-" and line[1:].strip()]
    return "\n".join(line[:200] for line in changed[2 : 2 + most])
