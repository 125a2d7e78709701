"""A new database takes a short way to its schema; one that exists went the long way, step by step."""

from django.db.migrations.loader import MigrationLoader


def test_the_short_way_to_the_schema_ends_where_the_long_one_does() -> None:
    short = MigrationLoader(None, ignore_no_migrations=True).project_state()
    long = MigrationLoader(None, ignore_no_migrations=True, replace_migrations=False).project_state()

    ours = {name: state for (app, name), state in short.models.items() if app == "evaluations"}

    assert len(ours) > 50
    assert ours == {name: state for (app, name), state in long.models.items() if app == "evaluations"}
