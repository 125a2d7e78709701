from functools import lru_cache

from django import template
from django.utils.html import format_html
from heroicons.templatetags.heroicons import heroicon_mini, heroicon_outline, heroicon_solid

register = template.Library()

# The marks of the interface, by meaning; a page asks for the meaning, so that a picture is changed in one place.
MEANINGS = {
    "overview": "home",
    "candidates": "square-3-stack-3d",
    "compare": "table-cells",
    "decide": "scale",
    "history": "clock",
    "team": "users",
    "requirements": "clipboard-document-list",
    "spikes": "bolt",
    "ecosystem": "puzzle-piece",
    "teamfit": "academic-cap",
    "readiness": "shield-check",
    "workshop": "presentation-chart-bar",
    "upload": "arrow-up-tray",
    "download": "arrow-down-tray",
    "add": "plus",
    "edit": "pencil-square",
    "remove": "trash",
    "close": "x-mark",
    "open": "chevron-down",
    "back": "arrow-left",
    "next": "arrow-right",
    "ok": "check-circle",
    "warn": "exclamation-triangle",
    "stop": "x-circle",
    "info": "information-circle",
    "copy": "clipboard-document",
    "link": "link",
    "file": "document-text",
    "record": "document-check",
    "search": "magnifying-glass",
    "light": "sun",
    "dark": "moon",
    "blind": "eye-slash",
    "reveal": "eye",
    "lock": "lock-closed",
    "person": "user-circle",
    "invite": "user-plus",
    "signout": "arrow-right-start-on-rectangle",
    "key": "key",
    "evidence": "paper-clip",
    "vote": "hand-raised",
    "flag": "flag",
    "chart": "chart-bar",
    "settings": "adjustments-horizontal",
    "question": "question-mark-circle",
    "time": "clock",
}


STYLES = {"outline": heroicon_outline, "solid": heroicon_solid, "mini": heroicon_mini}


@lru_cache(maxsize=512)
def drawn(name: str, style: str, extra_class: str) -> str:
    attributes = {"class": f"icon {extra_class}".strip(), "aria-hidden": "true"}
    return STYLES[style](MEANINGS.get(name, name), size=None, **attributes)


@register.simple_tag
def icon(name: str, extra_class: str = "", style: str = "outline", label: str = "") -> str:
    """`{% icon "warn" %}`: decoration; with `label=` the words follow for those who do not see it."""
    svg = drawn(name, style, extra_class)
    if not label:
        return svg
    return format_html('{}<span class="visually-hidden">{}</span>', svg, label)
