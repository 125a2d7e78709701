"""System checks: what an operator should hear before the first visitor does."""

from typing import Any

from django.conf import settings
from django.core.checks import Error, Tags, Warning, register


@register(Tags.security, deploy=True)
def production_mode(app_configs: Any, **kwargs: Any) -> list[Warning]:
    if settings.IS_PRODUCTION:
        return []
    return [
        Warning(
            "FWSELECT_MODE is local: plain http, a generated secret.",
            hint="Set FWSELECT_MODE=production.",
            id="ops.W001",
        )
    ]


@register(Tags.files)
def uploads_writable(app_configs: Any, **kwargs: Any) -> list[Error]:
    folder = settings.FWSELECT_UPLOADS
    try:
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.touch()
        probe.unlink(missing_ok=True)
    except OSError as problem:
        return [Error(f"FWSELECT_UPLOADS={folder}: cannot be written ({problem.strerror})", id="ops.E001")]
    return []
