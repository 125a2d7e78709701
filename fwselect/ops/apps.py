from django.apps import AppConfig


class OpsConfig(AppConfig):
    name = "fwselect.ops"
    label = "ops"

    def ready(self) -> None:
        from fwselect.ops import checks  # noqa: F401
