"""What axe finds on an open page. Its source goes into a document once, and only what is wrong comes back from it."""

from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page

from fwselect.local.processes import wait_until

# The colours of a page are what differs between light and dark.
OF_COLOUR = ("color-contrast", "link-in-text-block")
PATIENCE_S = 20
# Nothing is asked for, being put in, or on its way to another colour, and charts have followed their page's width:
# what passes by is not the page.
AT_REST = """() => !document.querySelector('.htmx-request, .htmx-swapping, .htmx-settling, .htmx-added')
  && document.readyState === 'complete' && document.fonts.status === 'loaded'
  && document.getAnimations().every(one => one.playState !== 'running')
  && [...document.querySelectorAll('[data-drawn=yes]')].every(one => one.scrollWidth <= one.clientWidth)"""
RUN = """async ([places, options]) => {
  const found = await axe.run(places === null ? document : {include: window[places]}, options);
  return found.violations.map(one => `${one.id}: ${one.nodes[0].html.slice(0, 200)}`);
}"""


def findings(page: Page, *, only: tuple[str, ...] = (), off: tuple[str, ...] = (), within: str = "") -> list[str]:
    """Each broken rule with the first place that breaks it.

    only, off: names of rules. within: the name of a list of elements that a script left in the page's window.
    """
    wait_until(lambda: bool(page.evaluate(AT_REST)), PATIENCE_S, 0.05)
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(AXE_SCRIPT)
    options: dict[str, object] = {"reporter": "no-passes", "rules": {rule: {"enabled": False} for rule in off}}
    if only:
        options["runOnly"] = list(only)
    return list(page.evaluate(RUN, [within or None, options]))


def scrolls_sideways(page: Page) -> bool:
    """Still after a moment: a chart is drawn anew some time after its page became narrower."""
    fits = "document.documentElement.scrollWidth <= document.documentElement.clientWidth"
    return not wait_until(lambda: bool(page.evaluate(fits)), PATIENCE_S, 0.05)
