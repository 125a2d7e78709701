"""Every URL x method x role answers as the table says, and a refusal changes nothing."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.contrib.auth.hashers import make_password
from django.http import HttpResponse
from django.test import Client, override_settings
from django.urls import reverse
from django.utils.http import urlencode

from evaluations.scoring import details, views_cell
from evaluations.scoring.models import Evidence
from evaluations.teams.demo import ensure_demo_team
from tests.builders import make_person
from tests.policy.answers import same_apart_from_noise
from tests.policy.rows import ALLAUTH, ANONYMOUS, API, IN, LEAD, OPS, ROLES, ROWS, SIGN_IN, STRANGER
from tests.policy.walking import address, leads_to_sign_in, send, swapped_bodies, swapped_paths, urls, without_row
from tests.policy.watching import undone, watched
from tests.policy.world import AT, World, build

pytestmark = pytest.mark.django_db
PASSWORD = "uncommon-gate-31"
CODES_SHOWN = {"mfa_view_recovery_codes", "mfa_download_recovery_codes"}
"""allauth notes on recovery codes that their owner looked at them."""

REFUSED = {404, 409, 422}
"""What a foreign id may be answered with: not there, not as it was seen, not a choice."""


@dataclass
class Two:
    """Two teams; `both` leads each of them, so that only the ids can be refused to them."""

    mine: World
    theirs: World
    both: Client
    clients: dict[str, Client]


@pytest.fixture(scope="module")
def two(unlocked: None) -> Iterator[Two]:
    both, stranger = make_person("Both"), "Foreign@example.org"
    mine = build("Ours", both=both, invited=stranger)
    theirs = build("Foreign", both=both, invited="nobody@example.org")
    theirs.lead.email = stranger
    theirs.lead.save()
    clients = {role: Client() for role in ROLES}
    for role, client in clients.items():
        if role == STRANGER:
            client.force_login(theirs.lead)
        elif role not in {ANONYMOUS, LEAD}:
            client.force_login(mine.people[role])
    _sign_in_with_second_factor(clients[LEAD], mine)
    leads_both = Client()
    leads_both.force_login(both)
    yield Two(mine, theirs, leads_both, clients)


def _sign_in_with_second_factor(client: Client, world: World) -> None:
    from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        world.lead.password = make_password(PASSWORD)
        world.lead.save()
        answer = client.post(reverse("account_login"), {"login": world.lead.username, "password": PASSWORD})
        again = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert (answer.status_code, again.status_code) == (302, 302)
    TOTP.activate(world.lead, generate_totp_secret())
    RecoveryCodes.activate(world.lead)


def judged(answer: HttpResponse, expected: str | int) -> str:
    """What is wrong with the answer; empty when it is the expected one."""
    if expected == SIGN_IN:
        return "" if leads_to_sign_in(answer) else f"{answer.status_code} instead of the way to the sign-in"
    to = answer.get("Location", "")
    return "" if answer.status_code == expected else f"{answer.status_code} {to} instead of {expected}"


def test_every_url_has_its_row_in_the_table(counted: dict[str, int]) -> None:
    names = [name for name, _ in urls()]
    counted["URLs walked"] = len(names)
    print(f"{len(names)} URLs walked from the resolver")

    assert all(name and not name.endswith(":") for name in names), "a URL has no name"
    assert without_row(names) == []
    assert sorted(set(ROWS) - set(names)) == []
    assert len(set(names)) == len(names)


def test_a_url_without_a_row_is_noticed() -> None:
    assert without_row(["candidates:page", "candidates:planted"]) == ["candidates:planted"]


def test_every_denial_has_its_positive_twin() -> None:
    alone = [
        f"{name} {method}"
        for name, row in ROWS.items()
        if name not in API
        for method, access in (("GET", row.get), ("POST", row.post))
        if access and not any(access[role] == IN and role_is_in(row.expected(method, role)) for role in ROLES)
    ]

    issuer = [f"openid_connect_{page} {method}" for page in ("login", "callback") for method in ("GET", "POST")]
    others = ["teams:demo_sign_in POST", "account_confirm_email POST", "mfa_download_recovery_codes POST"]
    assert sorted(alone) == sorted([*others, *issuer])


@pytest.mark.parametrize("role", ROLES)
def test_every_url_answers_a_role_as_the_table_says(two: Two, role: str, counted: dict[str, int]) -> None:
    wrong, count = [], 0

    with watched() as watch:
        for name, row in ROWS.items():
            for method in ("GET", "POST"):
                expected = row.expected(method, role)
                found = _asked(two.clients[role], name, method, expected, two.mine, watch)
                count += 1
                if found:
                    wrong.append(f"{method} {name}: {found}")

    counted["URL x method x role"] = counted.get("URL x method x role", 0) + count
    print(f"{role}: {count} requests")
    assert not wrong, "\n".join(wrong)


def _asked(client: Client, name: str, method: str, expected: str | int, world: World, watch: Any) -> str:
    row = ROWS[name]
    with undone():
        changes = method == "POST" and role_is_in(expected)
        if changes and row.before:
            row.before(world)
        answer = send(client, method, address(name, world), row.body(world) if method == "POST" else None)
        if changes or name in CODES_SHOWN:
            watch.statements.clear()
        else:
            watch.check_unchanged(f"{method} {name}")
    if expected == 405 and leads_to_sign_in(answer):
        return ""  # some views look at who is asking before they look at the method
    return judged(answer, expected)


def role_is_in(expected: str | int) -> bool:
    return isinstance(expected, int) and expected < 400


def test_the_demo_accounts_are_there_where_they_are_offered(two: Two, settings: Any) -> None:
    settings.FWSELECT_DEMO = True
    ensure_demo_team(at=AT)

    answer = Client().post(reverse("teams:demo_sign_in"), {"username": "demo-lead"}, headers={"host": "localhost"})

    assert answer.status_code == 303


def foreign_paths(two: Two, names: Callable[[str], bool]) -> tuple[list[str], int]:
    """What was wrong with the answers to whoever leads both teams, each id of a path exchanged; and how many."""
    wrong, count = [], 0
    with watched() as watch:
        for name in filter(names, [name for name in ROWS if name not in API]):
            row = ROWS[name]
            for part, swapped in swapped_paths(name, two.mine, two.theirs):
                if {**row.path(two.mine), **swapped} == row.path(two.theirs):
                    continue  # that is their page itself, opened by who leads them too
                for method in ("GET", "POST"):
                    if (row.get if method == "GET" else row.post) is None:
                        continue
                    body = row.body(two.mine) if method == "POST" else None
                    answer = send(two.both, method, address(name, two.mine, **swapped), body)
                    count += 1
                    watch.check_unchanged(f"{method} {name} with their {part}")
                    if answer.status_code != 404:
                        wrong.append(f"{method} {name} with their {part}: {answer.status_code}")
    return wrong, count


def test_ids_of_another_evaluation_in_the_path_are_not_found(two: Two, counted: dict[str, int]) -> None:
    wrong, counted["foreign ids in paths"] = foreign_paths(two, lambda name: True)

    assert not wrong, "\n".join(wrong)


def test_a_query_that_forgets_whose_object_it_is_turns_the_walk_red(two: Two, monkeypatch: Any) -> None:
    def anybodys(evaluation: Any, evidence_id: int) -> Evidence | None:
        return Evidence.objects.filter(pk=evidence_id).first()

    monkeypatch.setattr(details, "evidence_with_id", anybodys)
    assert views_cell.details is details

    wrong, _ = foreign_paths(two, lambda name: name == "scoring:file")

    assert "GET scoring:file with their evidence_id: 200" in wrong


def test_ids_of_another_evaluation_in_the_body_are_refused(two: Two, counted: dict[str, int]) -> None:
    wrong, count = [], 0

    with watched() as watch:
        for name, row in ROWS.items():
            if name in API:
                continue
            for part, body in swapped_bodies(name, two.mine, two.theirs) if row.post else ():
                answer = send(two.both, "POST", address(name, two.mine), body)
                count += 1
                watch.check_unchanged(f"{name} with their {part}")
                if answer.status_code not in (REFUSED | ({303} if row.ignores else set())):
                    wrong.append(f"{name} with their {part}: {answer.status_code}")

    counted["foreign ids in bodies"] = count
    assert not wrong, "\n".join(wrong)


def test_ids_of_another_evaluation_in_the_query_show_nothing_of_it(two: Two, counted: dict[str, int]) -> None:
    wrong, count = [], 0

    with watched() as watch:
        for name, row in ROWS.items():
            if row.query(two.mine):
                asked = urlencode(row.query(two.theirs), doseq=True)
                answer = send(two.clients[LEAD], "GET", f"{address(name, two.mine)}?{asked}")
                count += 1
                watch.check_unchanged(name)
                if two.theirs.mark.encode() in answer.content or answer.status_code not in {200, 204, 404, 422}:
                    wrong.append(f"{name}: {answer.status_code}")

    counted["foreign ids in queries"] = count
    assert count
    assert not wrong


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_is_taken(two: Two, method: str) -> None:
    """allauth's forms take a PUT for a POST, and look at who is asking first: theirs are held to the token alone."""
    wrong = []

    with watched() as watch:
        for name in ROWS.keys() - ALLAUTH.keys():
            answer = send(two.clients[LEAD], method, address(name, two.mine))
            watch.check_unchanged(f"{method} {name}")
            if answer.status_code != 405:
                wrong.append(f"{name}: {answer.status_code}")

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_allauth_refuses_every_unsafe_method_without_its_token(two: Two, as_: Any, method: str) -> None:
    client = as_(two.mine.lead, enforce_csrf_checks=True)

    with watched() as watch:
        answers = {name: send(client, method, address(name, two.mine)).status_code for name in ALLAUTH}
        watch.check_unchanged("all of them", thoroughly=True)

    assert set(answers.values()) == {403}


@pytest.mark.parametrize("htmx", [False, True], ids=["plain", "htmx"])
def test_every_url_refuses_a_post_without_its_token(two: Two, as_: Any, htmx: bool, counted: dict[str, int]) -> None:
    client = as_(two.mine.lead, enforce_csrf_checks=True)
    wrong, count = [], 0

    with watched() as watch:
        for name, row in ROWS.items():
            if name in API:
                continue  # no browser sends a pipeline's token by itself
            answer = send(client, "POST", address(name, two.mine), row.body(two.mine), htmx=htmx)
            count += row.post is not None
            watch.check_unchanged(f"{name} without a token")
            if answer.status_code != 403 and (row.post or answer.status_code != 405):
                wrong.append(f"{name}: {answer.status_code}")

    counted["unsafe URLs asked without a token"] = count
    assert not wrong, "\n".join(wrong)


def test_signed_in_pages_are_never_kept_and_parts_vary(two: Two) -> None:
    kept, mixed, differing = [], [], 0

    for name, row in ROWS.items():
        if row.get is None or name in OPS:
            continue
        whole = send(two.clients[LEAD], "GET", address(name, two.mine))
        part = send(two.clients[LEAD], "GET", address(name, two.mine), htmx=True)
        if "no-store" not in whole.get("Cache-Control", ""):
            kept.append(name)
        if not same_apart_from_noise(whole, part):
            differing += 1
            if "HX-Request" not in whole.get("Vary", "") or "HX-Request" not in part.get("Vary", ""):
                mixed.append(name)

    assert kept == []
    assert mixed == []
    assert differing
