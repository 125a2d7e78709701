"""Every URL the resolver knows, and one request to each."""

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils.http import urlencode

from tests.policy.rows import ROWS
from tests.policy.world import World

CAME_WITH_A_REQUEST = {"seen", "round", "digest"}
"""Fields that name a version, round or content seen: another's is a collision, not another's object."""


def urls() -> Iterator[tuple[str, URLPattern]]:
    """(name with namespace, pattern) of everything that can be asked for."""
    yield from _walked(get_resolver(), "")


def _walked(resolver: URLResolver, space: str) -> Iterator[tuple[str, URLPattern]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _walked(each, f"{space}{each.namespace}:" if each.namespace else space)
        else:
            yield f"{space}{each.name or ''}", each


def without_row(names: list[str]) -> list[str]:
    return [name for name in names if name not in ROWS]


def address(name: str, world: World, *, query: bool = False, **swapped: Any) -> str:
    row = ROWS[name]
    found = reverse(name, kwargs={**row.path(world), **swapped})
    asked = row.query(world) if query else {}
    return f"{found}?{urlencode(asked, doseq=True)}" if asked else found


def send(
    client: Client, method: str, path: str, body: dict[str, Any] | None = None, *, htmx: bool = False
) -> HttpResponse:
    """One request; the browser's cookies stay as they were, as the database does around it."""
    cookies = deepcopy(client.cookies)
    headers = {"HX-Request": "true"} if htmx else {}
    answer = (
        getattr(client, method.lower())(path, body or {}, headers=headers)
        if method in {"GET", "POST"}
        else client.generic(method, path, headers=headers)
    )
    client.cookies = cookies
    return answer


def leads_to_sign_in(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith(reverse("account_login"))


def swapped_paths(name: str, mine: World, theirs: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each id in the path by itself exchanged for theirs."""
    own, others = ROWS[name].path(mine), ROWS[name].path(theirs)
    for part in own:
        if own[part] != others[part]:
            yield part, {part: others[part]}


def swapped_bodies(name: str, mine: World, theirs: World) -> Iterator[tuple[str, dict[str, Any]]]:
    """Each field that holds an id by itself exchanged for theirs; fields whose names hold ids all at once."""
    own, others = ROWS[name].body(mine), ROWS[name].body(theirs)
    foreign_names = {part: others[part] for part in others if part not in own}
    if foreign_names:
        yield ", ".join(foreign_names), {part: own[part] for part in own if part in others} | foreign_names
    for part in own:
        differs = part in others and own[part] != others[part] and not hasattr(own[part], "read")
        if differs and part not in CAME_WITH_A_REQUEST:
            yield part, {**own, part: others[part]}
