"""The text of each page of a PDF, glyph by glyph through the fonts' ToUnicode maps; enough for what Typst writes."""

import io
import re

import pikepdf

PAIR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
TRIPLE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
LINE_MOVES = {"Td", "TD", "T*", "Tm"}


def page_texts(data: bytes) -> list[str]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [_text(page, page.get("/Resources", {})) for page in pdf.pages]


def artifact_texts(data: bytes) -> list[str]:
    """Only what is marked as an artifact: headers, footers, watermark."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return [_text(page, page.get("/Resources", {}), artifacts_only=True) for page in pdf.pages]


def _text(stream, resources, *, artifacts_only: bool = False) -> str:
    maps = {name: _unicode_map(font) for name, font in (resources.get("/Font") or {}).items()}
    current: dict[bytes, str] = {}
    pieces: list[str] = []
    marked: list[bool] = []
    for operands, operator in pikepdf.parse_content_stream(stream):
        name = str(operator)
        if name in ("BMC", "BDC"):
            marked.append(str(operands[0]) == "/Artifact")
        elif name == "EMC":
            marked.pop()
        elif name == "Tf":
            current = maps[str(operands[0])]
        elif name in LINE_MOVES:
            pieces.append(" ")
        elif name in ("Tj", "TJ") and (any(marked) or not artifacts_only):
            strings = operands[0] if name == "TJ" else [operands[0]]
            pieces += [_decoded(bytes(one), current) for one in strings if isinstance(one, pikepdf.String)]
    return " ".join("".join(pieces).replace("\u200b", "").split())


def _decoded(codes: bytes, table: dict[bytes, str]) -> str:
    width = len(next(iter(table), b"  "))
    return "".join(table.get(codes[start : start + width], "") for start in range(0, len(codes), width))


def _unicode_map(font) -> dict[bytes, str]:
    content = font.ToUnicode.read_bytes()
    table: dict[bytes, str] = {}
    for block in re.findall(rb"beginbfchar(.*?)endbfchar", content, re.DOTALL):
        for code, text in PAIR.findall(block):
            table[bytes.fromhex(code.decode())] = bytes.fromhex(text.decode()).decode("utf-16-be")
    for block in re.findall(rb"beginbfrange(.*?)endbfrange", content, re.DOTALL):
        for first, last, text in TRIPLE.findall(block):
            start = int.from_bytes(bytes.fromhex(text.decode()), "big")
            low, high, width = int(first, 16), int(last, 16), len(first) // 2
            table |= {(low + step).to_bytes(width, "big"): chr(start + step) for step in range(high - low + 1)}
    return table
