from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "fwselect.ops"
    label = "ops"

    def ready(self) -> None:
        from django.conf import settings

        from fwselect.ops import checks  # noqa: F401

        settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
