"""One world for a whole module: built once in a transaction that is never committed; each test takes back its own."""

from collections.abc import Callable, Iterator

import pytest

COUNTED: dict[str, int] = {}
"""What the walks counted, for the last lines of the run."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    for what, count in COUNTED.items():
        terminalreporter.write_line(f"policy: {count} {what}")


@pytest.fixture
def counted() -> dict[str, int]:
    return COUNTED


@pytest.fixture(scope="module")
def still_clock() -> Iterator[None]:
    from tests.policy.world import AT

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: AT)
        yield


@pytest.fixture(scope="module")
def unlocked(
    django_db_setup: None,
    django_db_blocker: object,
    still_clock: None,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[None]:
    """The database for a module, with uploads of its own, and nothing of it left in the cache afterwards."""
    from django.conf import settings
    from django.core.cache import cache
    from django.db import transaction
    from django.test import override_settings

    place = {"location": str(tmp_path_factory.mktemp("uploads"))}
    storage = {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": place}
    with (
        django_db_blocker.unblock(),  # type: ignore[attr-defined]
        override_settings(STORAGES={**settings.STORAGES, "default": storage}, ACCOUNT_RATE_LIMITS=False),
    ):
        cache.clear()
        with transaction.atomic():
            yield
            transaction.set_rollback(True)
        cache.clear()


@pytest.fixture
def as_(unlocked: None) -> Callable[..., object]:
    from django.test import Client

    def client(person: object, **how: object) -> Client:
        made = Client(**how)  # type: ignore[arg-type]
        if person is not None:
            made.force_login(person)  # type: ignore[arg-type]
        return made

    return client
