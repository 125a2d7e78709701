"""Every URL of the API x method x token answers as the table below says, and a refusal changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from evaluations.teams.models import ApiToken, Membership
from tests.builders import make_person
from tests.policy.rows import API, ROWS
from tests.policy.walking import address, swapped_paths
from tests.policy.watching import undone, watched
from tests.policy.world import World, build

pytestmark = pytest.mark.django_db
UPLOAD, READ, GONE = "upload", "read", "revoked"
TOKENS = (UPLOAD, READ, GONE, "expired", "mistyped", "none", "of another team")
READ_ONLY = {"api:evaluation"}
"""What a token that sends files has no need to read."""


@dataclass
class Two:
    mine: World
    theirs: World


@pytest.fixture(scope="module")
def two(unlocked: None) -> Iterator[Two]:
    both = make_person("Both")
    yield Two(*(build(mark, both=both, invited="nobody@example.org") for mark in ("Ours", "Foreign")))


def asked(two: Two, name: str, method: str, token: str, **swapped: Any) -> Any:
    text = {"mistyped": two.mine.api_tokens[UPLOAD][:-1] + "~", "of another team": two.theirs.api_tokens[UPLOAD]}
    shown = text.get(token) or two.mine.api_tokens.get(token)
    headers = {"Authorization": f"Bearer {shown}"} if shown else {}
    body = ROWS[name].body(two.mine) if method == "POST" else None
    return getattr(Client(), method.lower())(address(name, two.mine, **swapped), body, headers=headers)


def expected(name: str, method: str, token: str) -> int:
    row = API[name]
    if method == "POST" and row.post is None:
        return 405
    if name == "api:openapi-json":
        return 200
    if token not in {UPLOAD, READ, "of another team"}:
        return 401
    of_evaluation = name not in {"api:token", "api:evaluations"}
    scope = READ if token == READ else UPLOAD
    if (method == "POST" and scope == READ) or (name in READ_ONLY and scope == UPLOAD):
        return 403
    if token == "of another team" and of_evaluation:
        return 404
    return 202 if method == "POST" else 200


@pytest.mark.parametrize("token", TOKENS)
def test_every_url_of_the_api_answers_a_token_as_the_table_says(two: Two, token: str) -> None:
    wrong = []

    with watched() as watch:
        for name in API:
            for method in ("GET", "POST"):
                with undone():
                    answer, wanted = asked(two, name, method, token), expected(name, method, token)
                    if answer.status_code != wanted:
                        wrong.append(f"{method} {name}: {answer.status_code} instead of {wanted}")
                    if wanted == 202:
                        watch.statements.clear()
                    else:
                        watch.check_unchanged(f"{method} {name} with {token}")
                if wanted >= 400 and answer["Content-Type"] != "application/problem+json":
                    wrong.append(f"{method} {name}: {answer['Content-Type']}")

    assert not wrong, "\n".join(wrong)


def test_every_operation_lets_one_token_in() -> None:
    alone = [
        f"{method} {name}"
        for name, row in API.items()
        for method, access in (("GET", row.get), ("POST", row.post))
        if access and min(expected(name, method, token) for token in TOKENS) >= 300
    ]

    assert alone == []


def test_ids_of_another_team_in_the_path_are_not_found(two: Two) -> None:
    wrong, count = [], 0

    with watched() as watch:
        for name, row in API.items():
            for part, swapped in swapped_paths(name, two.mine, two.theirs):
                for method in ("GET", *(("POST",) if row.post else ())):
                    token = READ if name in READ_ONLY else UPLOAD
                    answer = asked(two, name, method, token, **swapped)
                    count += 1
                    watch.check_unchanged(f"{method} {name} with their {part}")
                    if answer.status_code != 404 or two.theirs.mark.encode() in answer.content:
                        wrong.append(f"{method} {name} with their {part}: {answer.status_code}")

    assert count
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("field", ["candidate", "workload"])
@pytest.mark.parametrize("named_by", ["id", "name"])
def test_objects_of_another_team_are_no_choice(two: Two, field: str, named_by: str) -> None:
    row = two.theirs.candidates[0] if field == "candidate" else two.theirs.workload
    given = str(row.pk) if named_by == "id" else str(row)
    body = {**API["api:files"].body(two.mine), field: given}
    headers = {"Authorization": f"Bearer {two.mine.api_tokens[UPLOAD]}"}

    with watched() as watch:
        answer = Client().post(address("api:files", two.mine), body, headers=headers)
        watch.check_unchanged("a foreign object", thoroughly=True)

    assert answer.status_code == 404
    assert two.theirs.mark.encode() not in answer.content


@pytest.mark.parametrize("what", ["left", "inactive", "viewer"])
def test_a_token_may_no_more_than_whoever_made_it(two: Two, what: str) -> None:
    with undone():
        token = ApiToken.objects.select_related("created_by").get(pk=two.mine.token.pk)
        memberships = Membership.objects.filter(team=token.team, person=token.created_by)
        if what == "left":
            memberships.delete()
        elif what == "inactive":
            type(token.created_by).objects.filter(pk=token.created_by_id).update(is_active=False)
        else:
            memberships.update(role="viewer")

        sent, read = (asked(two, "api:files", method, UPLOAD) for method in ("POST", "GET"))

    assert sent.status_code == (403 if what == "viewer" else 401)
    assert read.status_code == (200 if what == "viewer" else 401)


def test_a_session_opens_nothing_of_the_api(two: Two) -> None:
    client = Client()
    client.force_login(two.mine.lead)

    answer = client.get(address("api:evaluations", two.mine))

    assert answer.status_code == 401
