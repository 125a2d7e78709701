"""Has a value the shape that a JSON Schema describes? The part of the language that the problem file uses."""

import json
import math
from typing import Any

Rule = dict[str, Any]
Place = tuple[str | int, ...]
LARGEST = 10**300
TYPE_WORDS = {
    "object": "an object",
    "array": "a list",
    "string": "text",
    "number": "a number",
    "integer": "a whole number",
    "null": "null",
}


def check(value: Any, schema: Rule) -> None:
    """ValueError naming place and value where `value` breaks the schema."""
    _check(value, schema, schema, ())


def named(place: Place) -> str:
    """A place in words: rows are candidates and columns criteria, called by their names."""
    if not place:
        return "the problem"
    match place[0], place[1:]:
        case "ratings", (row, *more):
            words = [f"ratings, row {row!r}", *(f"column {column!r}" for column in more[:1]), *map(str, more[1:])]
        case "weights" | "opinions" as where, (kind, *more):
            words = [str(where), str(kind), *(f"{each!r}" for each in more)]
        case where, more:
            words = [str(where), *(f"row {each}" if isinstance(each, int) else str(each) for each in more)]
    return ", ".join(words)


def shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 80 else f"{text[:77]}..."


def is_a(value: Any, kind: str) -> bool:
    match value:
        case None:
            return kind == "null"
        case bool():
            return kind == "boolean"
        case int():
            return kind in ("integer", "number") and abs(value) < LARGEST
        case float():
            return kind == "number" and math.isfinite(value)
        case str():
            return kind == "string"
        case list():
            return kind == "array"
    return isinstance(value, dict) and kind == "object"


def _check(value: Any, rule: Rule, root: Rule, place: Place) -> None:
    if "$ref" in rule:
        _check(value, root["$defs"][rule["$ref"].rsplit("/", 1)[1]], root, place)
    elif "anyOf" in rule:
        _check(value, _branch(value, rule, root, place), root, place)
    elif "enum" in rule:
        if not any(value == allowed and type(value) is type(allowed) for allowed in rule["enum"]):
            allowed = ", ".join(map(shown, rule["enum"]))
            raise ValueError(f"{named(place)}: {shown(value)} is not {'one of ' * (len(rule['enum']) > 1)}{allowed}")
    elif not is_a(value, rule["type"]):
        raise ValueError(f"{named(place)}: {shown(value)} is not {TYPE_WORDS[rule['type']]}")
    elif rule["type"] == "object":
        _check_object(value, rule, root, place)
    elif rule["type"] == "array":
        _check_list(value, rule, root, place)
    else:
        _check_bounds(value, rule, place)


def _branch(value: Any, rule: Rule, root: Rule, place: Place) -> Rule:
    """The option that the value means: of an object the one whose keys it has, else the one of its type."""
    for option in rule["anyOf"]:
        meant = root["$defs"][option["$ref"].rsplit("/", 1)[1]] if "$ref" in option else option
        if is_a(value, meant["type"]) and all(key in value for key in meant.get("required", ())):
            return meant
    raise ValueError(f"{named(place)}: {shown(value)} is not {rule.get('description', 'allowed here')}")


def _check_object(value: dict[str, Any], rule: Rule, root: Rule, place: Place) -> None:
    for key in rule.get("required", ()):
        if key not in value:
            raise ValueError(f"{named(place)}: {key!r} is missing")
    if len(value) < rule.get("minProperties", 0):
        raise ValueError(f"{named(place)}: {{}} is empty")
    known, others = rule.get("properties", {}), rule.get("additionalProperties", False)
    for key, item in value.items():
        if key in known:
            _check(item, known[key], root, (*place, key))
        elif isinstance(others, dict):
            _check(item, others, root, (*place, key))
        else:
            raise ValueError(f"{named(place)}: {key!r} is unknown; known are {', '.join(map(repr, known))}")


def _check_list(value: list[Any], rule: Rule, root: Rule, place: Place) -> None:
    least, most = rule.get("minItems", 0), rule.get("maxItems", math.inf)
    if not least <= len(value) <= most:
        needed = f"{least}" if least == most else f"at least {least}"
        raise ValueError(f"{named(place)}: {len(value)} given where {needed} are needed")
    for number, item in enumerate(value):
        _check(item, rule["items"], root, (*place, number))
        if rule.get("uniqueItems") and item in value[:number]:
            raise ValueError(f"{named(place)}: {shown(item)} is there twice")


def _check_bounds(value: Any, rule: Rule, place: Place) -> None:
    if isinstance(value, str):
        if len(value) < rule.get("minLength", 0):
            raise ValueError(f"{named(place)}: {shown(value)} is empty")
    elif value is None:
        return
    elif not rule.get("minimum", -math.inf) <= value <= rule.get("maximum", math.inf):
        low, high = rule.get("minimum"), rule.get("maximum")
        bound = f"below {low}" if high is None else f"outside {low}..{high}"
        raise ValueError(f"{named(place)}: {shown(value)} lies {bound}")
    elif value <= rule.get("exclusiveMinimum", -math.inf):
        raise ValueError(f"{named(place)}: {shown(value)} is not above {rule['exclusiveMinimum']}")
