"""What tests need not pay for: rounds for a password, searches for garbage and files, a long file that starts last."""

import gc
from collections.abc import Iterator

import pytest

# Each takes a minute or more; started late, the last of them would run on while other processes had nothing left.
FIRST = (
    "tests/journeys/test_journey_examples.py",
    "tests/policy/test_policy_blind.py",
    "tests/policy/test_policy_table.py",
    "tests/journeys/test_journey_workshop.py",
    "tests/spikes/test_spikes_browser.py",
    "tests/journeys/test_journey_decision.py",
)


@pytest.hookimpl(trylast=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config.option, "loadscopereorder"):  # by the number of their tests: the journeys would come last
        config.option.loadscopereorder = False


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    places = {path: place for place, path in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.nodeid.partition("::")[0], len(FIRST)))


def pytest_collection_finish() -> None:
    """What was imported stays until the end: nothing of it is garbage, and it need not be searched again and again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_once() -> Iterator[None]:
    """A hash names its number of rounds: real processes verify these as they do their own."""
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PBKDF2PasswordHasher, "iterations", 1)
        yield


@pytest.fixture(scope="session", autouse=True)
def static_files_are_searched_once() -> Iterator[None]:
    """Every new `Client` loads all middleware, and WhiteNoise's looks for every static file there is."""
    from django.conf import settings
    from whitenoise.middleware import WhiteNoiseMiddleware

    search, found = WhiteNoiseMiddleware.add_files_from_finders, {}

    def search_once(self: WhiteNoiseMiddleware) -> None:
        sought = repr((self.static_prefix, settings.STATICFILES_DIRS, settings.STATICFILES_FINDERS, self.max_age))
        if sought not in found:
            own, self.files = self.files, {}
            search(self)
            found[sought], self.files = self.files, own
        self.files.update(found[sought])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(WhiteNoiseMiddleware, "add_files_from_finders", search_once)
        yield
