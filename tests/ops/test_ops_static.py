from pathlib import Path

from django.contrib.staticfiles.storage import staticfiles_storage
from django.core.management import call_command

from fwselect.ops.static_storage import CollectedStaticFiles


def test_before_files_are_collected_they_keep_their_plain_names(tmp_path: Path) -> None:
    storage = CollectedStaticFiles(location=tmp_path, base_url="/static/")

    assert storage.url("css/tokens.css") == "/static/css/tokens.css"


def test_collected_files_have_names_that_change_with_their_content(tmp_path: Path, settings: object) -> None:
    (tmp_path / "sources" / "css").mkdir(parents=True)
    (tmp_path / "sources" / "css" / "tokens.css").write_text(":root { --ink: black }")
    settings.STATICFILES_DIRS = [tmp_path / "sources"]  # type: ignore[attr-defined]
    settings.STATICFILES_FINDERS = ["django.contrib.staticfiles.finders.FileSystemFinder"]  # type: ignore[attr-defined]
    settings.STATIC_ROOT = tmp_path / "collected"  # type: ignore[attr-defined]
    backend = {"BACKEND": "fwselect.ops.static_storage.CollectedStaticFiles"}
    settings.STORAGES = {**settings.STORAGES, "staticfiles": backend}  # type: ignore[attr-defined]

    call_command("collectstatic", interactive=False, verbosity=0)

    address = staticfiles_storage.url("css/tokens.css")
    assert address != "/static/css/tokens.css"
    assert (tmp_path / "collected" / address.removeprefix("/static/")).exists()
