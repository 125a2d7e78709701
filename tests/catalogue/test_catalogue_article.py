import datetime
from itertools import pairwise

import pytest

from evaluations import catalogue
from evaluations.catalogue.entries import Fact, Remark

TODAY = datetime.date(2026, 11, 22)
ARTICLE_TABLE = {
    "Async-native": "async-native",
    "Dependency Injection": "dependency-injection",
    "ORM Integration": "orm-integration",
    "Middleware Composition": "middleware-composition",
    "Testing Ergonomics": "testing-ergonomics",
    "Operational Maturity": "operational-maturity",
    "Ecosystem Integration": "ecosystem-integration",
    "Learning Curve": "learning-curve",
}
ARTICLE_ITEMS = {
    "error handling philosophy": "error-handling",
    "middleware composition with clear ordering": "middleware-composition",
    "async support: native or bolted on": "async-native",
    "serialization and validation at the boundary": "validation",
    "testing ergonomics": "testing-ergonomics",
    "lifecycle hooks for start and end": "lifecycle",
    "consistency across several developers": "consistency",
    "cognitive load over time": "cognitive-load",
    "onboarding of new developers": "onboarding",
    "integration with what surrounds it": "surroundings",
    "connection pooling": "connection-pooling",
    "reconnecting with growing pauses": "reconnect-backoff",
    "background task processing": "background-tasks",
    "tracing without wiring each endpoint": "tracing",
    "structured logs": "structured-logging",
    "metrics exposed": "metrics-exposed",
    "load balancers and health checks": "health-and-proxies",
    "graceful shutdown": "graceful-shutdown",
    "settings by environment": "configuration",
    "a database away for half a minute": "recovery-after-outage",
    "a slow client that holds a connection": "slow-clients",
    "sync or async per endpoint": "sync-or-async-per-endpoint",
    "blocking work handed to threads": "blocking-offload",
    "async support in the libraries used": "async-libraries",
    "order of middleware": "middleware-order",
    "built-in handlers for common errors": "error-handlers",
    "an exception inside middleware": "middleware-exceptions",
    "state: global, injected or per request": "state-management",
    "structure for large code bases": "structure",
    "OpenAPI": "openapi",
    "built-in admin": "built-in-admin",
    "authentication": "authentication",
    "rate limiting": "rate-limiting",
    "community: issues resolved": "issues-resolved",
    "community: documentation up to date": "documentation-current",
    "community: active contributors": "active-maintainers",
    "community: readiness to contribute": "willingness-to-contribute",
    "community: health rather than size": "community-health",
    "hiring and turnover": "hiring",
    "security": "security-record",
    "upgrade history and compatibility": "upgrade-policy",
    "deployment footprint": "deployment-footprint",
    "cold start": "cold-start",
    "migration of a legacy code base": "migration-cost",
    "long-lived connections": "websocket-capacity",
    "latency distribution under load": "latency-under-load",
    "throughput under load": "throughput-under-load",
    "error rates under load": "errors-under-load",
    "processor and memory under load": "resource-use",
    "helpful error messages": "error-messages",
    "documentation that is easy to find one's way in": "documentation-quality",
    "fit with coding conventions": "conventions-fit",
    "happy with it for two years": "two-years",
    "production stories": "production-stories",
    "months of development saved or spent": "time-to-first-release",
}
PHASE_ITEMS = {
    "requirements": {"load", "data-access", "integrations", "team-profile", "top-three", "constraints", "mapped"},
    "spikes": {
        "database-query",
        "external-call",
        "authentication",
        "error-handling",
        "same-database",
        "same-latency",
        "load-test",
        "errors-read",
        "latency-read",
        "resources-read",
        "database-lost",
        "start-up-and-leaks",
    },
    "ecosystem": {"needs", "packages", "release-history", "async-support", "common-tasks", "dealbreakers"},
    "teamfit": {
        "exercise",
        "everyone",
        "code-quality",
        "sentiment",
        "error-messages",
        "documentation",
        "conventions",
        "friction",
        "two-years",
    },
    "readiness": {
        "health-checks",
        "graceful-shutdown",
        "structured-logging",
        "metrics",
        "trace-ids",
        "configuration",
        "connection-recovery",
        "slow-clients",
        "footprint",
        "cold-start",
        "upgrades",
        "stories",
    },
}


def facts() -> list[tuple[str, Fact]]:
    return [(framework.key, fact) for framework in catalogue.frameworks() for fact in framework.facts]


def remarks(key: str) -> tuple[Remark, ...]:
    framework = catalogue.framework(key)
    return (*framework.strengths, *framework.tradeoffs)


@pytest.mark.parametrize(("item", "key"), [*ARTICLE_TABLE.items(), *ARTICLE_ITEMS.items()])
def test_each_item_of_the_article_has_an_entry_that_carries_it(item: str, key: str) -> None:
    criterion = catalogue.criterion(key)

    assert criterion.question.endswith("?"), item


def test_no_criterion_is_without_an_item_of_the_article() -> None:
    carried = {*ARTICLE_TABLE.values(), *ARTICLE_ITEMS.values()}

    assert {criterion.key for criterion in catalogue.criteria()} == carried


def test_the_table_of_the_article_is_marked() -> None:
    marked = {criterion.key for criterion in catalogue.criteria() if criterion.in_article_table}

    assert marked == set(ARTICLE_TABLE.values())


@pytest.mark.parametrize("framework", ["fastapi", "django", "litestar"])
@pytest.mark.parametrize("criterion", ARTICLE_TABLE.values())
def test_the_three_frameworks_say_what_the_article_says_on_each_of_its_criteria(framework: str, criterion: str) -> None:
    found = catalogue.framework(framework).facts_on(criterion)

    assert any(fact.article_says for fact in found)


@pytest.mark.parametrize(("phase", "keys"), PHASE_ITEMS.items())
def test_each_phase_asks_for_what_the_article_asks_for(phase: str, keys: set[str]) -> None:
    assert keys <= {item.key for item in catalogue.phase(phase).items}


def test_there_are_five_phases_in_order() -> None:
    keys = [phase.key for phase in catalogue.phases()]

    assert keys == ["requirements", "spikes", "ecosystem", "teamfit", "readiness"]


def test_a_criterion_tells_its_anchors_apart() -> None:
    for criterion in catalogue.criteria():
        anchors = {criterion.anchors.one, criterion.anchors.three, criterion.anchors.five}

        assert len(anchors) == 3, criterion.key


def test_what_can_be_measured_is_measured_in_its_own_phase_or_before_it() -> None:
    order = [phase.key for phase in catalogue.phases()]

    for criterion in catalogue.criteria():
        if criterion.metric:
            metric = catalogue.metric(criterion.metric)
            assert order.index(metric.phase) <= order.index(criterion.phase), criterion.key


def test_what_was_checked_names_page_version_and_day() -> None:
    checked = [(key, fact.checked) for key, fact in facts() if fact.checked]

    assert len(checked) > 30
    for key, statement in checked:
        assert statement.url.startswith("https://"), key
        assert statement.page and statement.version
        assert statement.date <= TODAY


def test_only_official_pages_are_cited() -> None:
    official = {
        "fastapi.tiangolo.com",
        "docs.djangoproject.com",
        "channels.readthedocs.io",
        "docs.litestar.dev",
        "flask.palletsprojects.com",
        "quart.palletsprojects.com",
        "www.starlette.io",
        "sanic.dev",
        "falcon.readthedocs.io",
        "docs.aiohttp.org",
        "www.neoteroi.dev",
        "django-ninja.dev",
    }

    hosts = {fact.checked.url.split("/")[2] for _, fact in facts() if fact.checked}

    assert hosts <= official


def test_differences_between_article_and_documentation_are_told() -> None:
    differing = {(key, fact.criterion) for key, fact in facts() if fact.differs}

    assert ("django", "async-native") in differing
    assert ("litestar", "validation") in differing
    assert ("litestar", "dependency-injection") in differing
    assert ("fastapi", "tracing") in differing


def test_every_other_framework_has_facts_with_a_source() -> None:
    for framework in catalogue.frameworks():
        assert framework.facts, framework.key
        assert framework.strengths and framework.tradeoffs, framework.key


@pytest.mark.parametrize(
    ("framework", "criterion", "word"),
    [
        ("django", "built-in-admin", "admin"),
        ("django", "latency-under-load", "indexes and caching"),
        ("django", "websocket-capacity", "Channels"),
        ("fastapi", "metrics-exposed", "middleware"),
        ("fastapi", "orm-integration", "SQLAlchemy"),
        ("litestar", "community-health", "harder to find"),
        ("django-fastapi", "deployment-footprint", "Two frameworks"),
    ],
)
def test_strengths_and_trade_offs_of_the_article_are_kept(framework: str, criterion: str, word: str) -> None:
    assert any(criterion in remark.criteria and word in remark.text for remark in remarks(framework))


def test_the_hybrid_names_its_parts() -> None:
    assert catalogue.framework("django-fastapi").parts == ("django", "fastapi")


def test_facts_carry_no_score() -> None:
    names = {field for _, fact in facts() for field in fact.__slots__}

    assert names == {"criterion", "article_says", "checked", "differs"}


def test_points_of_a_value_function_never_turn() -> None:
    for metric in catalogue.metrics():
        steps = [right[1] - left[1] for left, right in pairwise(metric.points)]

        assert all(step < 0 for step in steps) if metric.direction == "lower" else all(step > 0 for step in steps)
