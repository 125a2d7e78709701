from django import template

from evaluations.audit.models import AuditLog
from evaluations.audit.queries import is_behind

register = template.Library()


@register.simple_tag(takes_context=True)
def who_moved(context: template.Context, version: int | None) -> str:
    """`{% who_moved moved.version %} changed this in the meantime`: nobody's own change is told as somebody else's.

    version: of what stands now, None where nothing stands. Of the log of the context's evaluation, else of its team.
    """
    log = AuditLog(pk=(context.get("evaluation") or context["team"]).log_id)
    return "You" if version and is_behind(log, version, context["request"].user) else "Somebody"
