"""The table of settings as the documentation shows it."""

from fwselect.ops.environment import SETTINGS

HEADING = "| Setting | Type | Default | Meaning |\n|---|---|---|---|"


def settings_table() -> str:
    """Markdown, one row a setting. The README and docs/operating.md carry exactly these rows."""
    rows = [
        f"| `{setting.name}` | {' or '.join(setting.choices) or setting.kind} "
        f"| {f'`{setting.default_text}`' if setting.default_text else ''} | {setting.meaning} |"
        for setting in SETTINGS
    ]
    return "\n".join([HEADING, *rows]) + "\n"
