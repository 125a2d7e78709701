"""Is this a record's body? The published JSON Schema, made from the types, and the checks a schema can't express."""

import json
import math
import re
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints, is_typeddict

from . import schema


def _schema_file(version: int) -> Path:
    return Path(__file__).parent / "schema" / f"record-{version}.json"


SCHEMA_FILE = _schema_file(schema.SCHEMA_VERSION)
JSON_TYPES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean", NoneType: "null"}


class InvalidBody(ValueError):
    """The body breaks the published schema or refers to something it does not contain; `problems` lists each place."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems[:5]) + (f"; and {len(problems) - 5} more" if len(problems) > 5 else ""))
        self.problems = problems


def check_body(body: Any) -> None:
    """Raise InvalidBody unless `body` is a complete body of this version whose references all lead somewhere."""
    published = json_schema()
    problems = list(_problems(body, published, published["$defs"], "body"))
    if not problems:
        problems = list(_dangling(body))
    if problems:
        raise InvalidBody(problems)


def check_any_version(body: Any) -> None:
    """The same for records of every version that was ever published, each by the schema of its time.

    References inside are followed from version 2 on: before, items and needs had no keys.
    """
    version = body.get("schema_version") if isinstance(body, dict) else None
    older = range(1, schema.SCHEMA_VERSION)
    if type(version) is not int or version not in older:
        check_body(body)
        return
    published = json.loads(_schema_file(version).read_text(encoding="utf-8"))
    problems = list(_problems(body, published, published["$defs"], "body"))
    if not problems and version > 1:
        problems = list(_dangling(body))
    if problems:
        raise InvalidBody(problems)


def check_readable(body: Any) -> None:
    """Raise InvalidBody unless a record can be printed from it: today's version, or one that records were frozen in."""
    if isinstance(body, dict) and body.get("schema_version") == 1:
        raise InvalidBody(["body.schema_version 1 was only ever a draft's: it is verified, not printed; draft it anew"])
    check_any_version(body)


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a body, as published in `schema/record-3.json`."""
    definitions: dict[str, Any] = {}
    root = _described(schema.Body, definitions)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"fwselect decision record, body version {schema.SCHEMA_VERSION}",
        "description": (schema.__doc__ or "").split("Conventions:")[1].strip(),
        **root,
        "$defs": dict(sorted(definitions.items())),
    }


def _described(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    origin = get_origin(kind)
    if origin is Annotated:
        base, *notes = get_args(kind)
        return _annotated(_described(base, definitions), notes)
    if is_typeddict(kind):
        if kind.__name__ not in definitions:
            definitions[kind.__name__] = {}
            definitions[kind.__name__] = _object(kind, definitions)
        return {"$ref": f"#/$defs/{kind.__name__}"}
    if origin is list:
        return {"type": "array", "items": _described(get_args(kind)[0], definitions)}
    if origin is Literal:
        return {"enum": list(get_args(kind))}
    if origin in (Union, UnionType):
        return {"anyOf": [_described(option, definitions) for option in get_args(kind)]}
    return {"type": JSON_TYPES[kind]}


def _annotated(described: dict[str, Any], notes: Iterable[Any]) -> dict[str, Any]:
    result = dict(described)
    for note in notes:
        if isinstance(note, str):
            result["description"] = note
        else:
            bounds = {"minimum": note.low, "maximum": note.high, "pattern": note.pattern}
            result |= {name: bound for name, bound in bounds.items() if bound is not None}
    return result


def _object(kind: Any, definitions: dict[str, Any]) -> dict[str, Any]:
    hints = get_type_hints(kind, include_extras=True)
    properties = {}
    for name, hint in hints.items():
        bare = get_args(hint)[0] if get_origin(hint) not in (Annotated, list, Literal, Union, UnionType, None) else hint
        properties[name] = _described(bare, definitions)
    return {
        "type": "object",
        "properties": properties,
        "required": sorted(kind.__required_keys__),
        "additionalProperties": False,
    }


def _is_a(value: Any, name: str) -> bool:
    if isinstance(value, bool):
        return name == "boolean"
    match name:
        case "number":
            return isinstance(value, int | float) and math.isfinite(value)
        case "integer":
            return isinstance(value, int)
        case "string":
            return isinstance(value, str)
        case "null":
            return value is None
        case "array":
            return isinstance(value, list)
        case "object":
            return isinstance(value, dict)
    return False


def _problems(value: Any, rule: dict[str, Any], definitions: dict[str, Any], place: str) -> Iterator[str]:
    if "$ref" in rule:
        yield from _problems(value, definitions[rule["$ref"].rsplit("/", 1)[1]], definitions, place)
    elif "anyOf" in rule:
        tries = [list(_problems(value, option, definitions, place)) for option in rule["anyOf"]]
        if all(tries):
            yield min(tries, key=len)[0]
    elif "enum" in rule:
        if value not in rule["enum"] or isinstance(value, bool):
            yield f"{place} must be one of {', '.join(map(str, rule['enum']))}"
    elif not _is_a(value, rule["type"]):
        yield f"{place} must be a JSON {rule['type']}"
    elif rule["type"] == "object":
        yield from _object_problems(value, rule, definitions, place)
    elif rule["type"] == "array":
        for index, item in enumerate(value):
            yield from _problems(item, rule["items"], definitions, f"{place}[{index}]")
    else:
        yield from _limit_problems(value, rule, place)


def _object_problems(
    value: dict[str, Any], rule: dict[str, Any], definitions: dict[str, Any], place: str
) -> Iterator[str]:
    yield from (f"{place}.{name} is missing" for name in rule["required"] if name not in value)
    for name, item in value.items():
        if name in rule["properties"]:
            yield from _problems(item, rule["properties"][name], definitions, f"{place}.{name}")
        else:
            yield f"{place}.{name} is not part of its version"


def _limit_problems(value: Any, rule: dict[str, Any], place: str) -> Iterator[str]:
    if "minimum" in rule and value < rule["minimum"]:
        yield f"{place} is below {rule['minimum']}"
    if "maximum" in rule and value > rule["maximum"]:
        yield f"{place} is above {rule['maximum']}"
    if "pattern" in rule and not re.search(rule["pattern"].replace("$", r"\Z"), value):
        yield f"{place} does not match {rule['pattern']}"


REFERENCES = {"candidate", "chosen", "leader", "criterion", "requirement", "item", "need"}


def _dangling(body: dict[str, Any]) -> Iterator[str]:
    known = {
        "candidate": [candidate["name"] for candidate in body["candidates"]],
        "criterion": [criterion["key"] for criterion in body["criteria"]],
        "requirement": [requirement["key"] for requirement in body["requirements"]],
        "evidence": [evidence["number"] for evidence in body["evidence"]],
        "cell": [(cell["criterion"], cell["candidate"]) for cell in body["cells"]],
        "item": [item["key"] for item in body.get("readiness", {}).get("items", [])],
        "need": [need["key"] for need in body.get("ecosystem", {}).get("needs", [])],
    }
    for kind, names in known.items():
        yield from (f"{kind} {name} appears twice" for name, count in Counter(names).items() if count > 1)
    lookup = {kind: set(names) for kind, names in known.items()}
    lookup["chosen"] = lookup["leader"] = lookup["candidate"]
    yield from _unknown_names(body, lookup, "body")


def _unknown_names(value: Any, known: dict[str, set[Any]], place: str) -> Iterator[str]:
    if isinstance(value, list):
        for index, item in enumerate(value):
            yield from _unknown_names(item, known, f"{place}[{index}]")
        return
    if not isinstance(value, dict):
        return
    for name, item in value.items():
        here = f"{place}.{name}"
        if name in REFERENCES and item is not None and item not in known[name]:
            yield f"{here} names {item!r}, which is not in the body"
        elif name == "criteria" and isinstance(item, list) and place != "body":
            yield from (
                f"{here} names {key!r}, which is not in the body" for key in item if key not in known["criterion"]
            )
        elif name == "evidence" and isinstance(item, list) and place != "body":
            yield from (
                f"{here} names evidence {number}, which is not in the body"
                for number in item
                if number not in known["evidence"]
            )
        else:
            yield from _unknown_names(item, known, here)


def write_schema_file() -> None:
    SCHEMA_FILE.write_text(json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    write_schema_file()
    sys.stdout.write(f"{SCHEMA_FILE.name} written\n")
