import re

import pytest
from django.test import Client

PAGE = "/accounts/login/"


@pytest.fixture
def visitor(db: None) -> Client:
    return Client()


def policy_of(answer: object) -> dict[str, list[str]]:
    parts = answer["Content-Security-Policy"].split(";")  # type: ignore[index]
    return {words[0]: words[1:] for part in parts if (words := part.split())}


def test_the_policy_allows_nothing_inline_and_nothing_evaluated(visitor: Client) -> None:
    policy = policy_of(visitor.get(PAGE))

    sources = [source for directive in policy.values() for source in directive]
    assert "'unsafe-inline'" not in sources and "'unsafe-eval'" not in sources
    assert policy["default-src"] == ["'none'"]
    assert policy["frame-ancestors"] == policy["base-uri"] == policy["object-src"] == ["'none'"]


def test_every_script_and_style_element_of_a_page_carries_the_nonce_of_its_policy(visitor: Client) -> None:
    answer = visitor.get(PAGE)

    nonce = next(source for source in policy_of(answer)["script-src"] if source.startswith("'nonce-"))[7:-1]
    scripts = re.findall(r"<script[^>]*>", answer.text)
    assert scripts
    assert all(f'nonce="{nonce}"' in script or "application/json" in script for script in scripts)


def test_two_answers_never_share_a_nonce(visitor: Client) -> None:
    first, second = (policy_of(visitor.get(PAGE))["script-src"] for _ in range(2))

    assert first != second


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("127.0.0.1:8000", "http://127.0.0.1:{port}"),
        ("laptop.lan:8000", "http://laptop.lan:{port}"),
        ("[::1]:8000", "http://[::1]:{port}"),
    ],
)
def test_the_policy_lets_the_page_reach_live_on_the_host_name_it_was_asked_by(
    visitor: Client, settings: object, host: str, origin: str
) -> None:
    answer = visitor.get(PAGE, headers={"Host": host})

    port = settings.FWSELECT_LIVE_PORT  # type: ignore[attr-defined]
    assert policy_of(answer)["connect-src"] == ["'self'", origin.format(port=port)]


def test_behind_a_proxy_live_is_the_pages_own_origin(visitor: Client, settings: object) -> None:
    settings.FWSELECT_LIVE_URL = "/live/stream"  # type: ignore[attr-defined]

    assert policy_of(visitor.get(PAGE))["connect-src"] == ["'self'"]


def test_a_page_is_not_kept_sniffed_framed_or_told_to_others(visitor: Client) -> None:
    answer = visitor.get(PAGE)

    assert "no-store" in answer["Cache-Control"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["X-Frame-Options"] == "DENY"
    assert answer["Referrer-Policy"] == "same-origin"
    assert "HX-Request" in answer["Vary"]


def test_the_throttle_counts_the_proxys_word_and_not_the_clients(settings: object, rf: object) -> None:
    from fwselect.ops.throttle import client_address

    request = rf.get("/", headers={"X-Forwarded-For": "6.6.6.6, 192.0.2.7"}, REMOTE_ADDR="10.0.0.1")  # type: ignore[attr-defined]
    settings.FWSELECT_BEHIND_PROXY = False  # type: ignore[attr-defined]
    direct = client_address(request)
    settings.FWSELECT_BEHIND_PROXY = True  # type: ignore[attr-defined]
    behind = client_address(request)

    assert (direct, behind) == ("10.0.0.1", "192.0.2.7")
