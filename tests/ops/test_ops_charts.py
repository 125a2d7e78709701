import re

import pytest
from django.conf import settings
from playwright.sync_api import Page, Route, expect

from fwselect.ops.plotly_finder import NAME, PlotlyFinder, wheel_folder

CHARTS_JS = settings.BASE_DIR / "static" / "js" / "charts.js"


@pytest.fixture
def complaints(page: Page) -> list[str]:
    heard: list[str] = []
    page.on("console", lambda message: heard.append(message.text) if message.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


@pytest.fixture
def charts(live_server: object, settings: object) -> str:
    settings.ROOT_URLCONF = "tests.ops.chart_urls"  # type: ignore[attr-defined]
    return f"{live_server.url}/charts/"  # type: ignore[attr-defined]


def test_of_the_plotly_wheel_one_file_is_served_and_no_other() -> None:
    finder = PlotlyFinder()

    found = finder.find(NAME)

    assert found == str(wheel_folder() / "plotly.min.js")
    assert finder.find("plotly/../__init__.py") == finder.find("plotly/package.json") == []
    assert [name for name, _ in finder.list(None)] == ["plotly.min.js"]


def test_the_style_that_plotly_would_write_for_maps_is_prepared_under_its_own_id() -> None:
    plotly = (wheel_folder() / "plotly.min.js").read_text()

    prepared = re.findall(r'"([0-9a-f]{64})"', CHARTS_JS.read_text())

    assert prepared == sorted(set(re.findall(r'"([0-9a-f]{64})"', plotly)))


def test_a_chart_is_drawn_under_the_strict_policy_without_a_complaint(
    page: Page, charts: str, complaints: list[str]
) -> None:
    page.goto(charts)

    expect(page.locator('[data-chart="totals"]')).to_have_attribute("data-drawn", "yes")
    page.locator('[data-chart="totals"] .plot-container').hover()
    assert page.locator('[data-chart="totals"] .bars .point').count() == 2
    assert complaints == []


def test_a_chart_below_the_fold_is_drawn_when_it_is_scrolled_to(page: Page, charts: str, complaints: list[str]) -> None:
    page.set_viewport_size({"width": 800, "height": 500})
    page.goto(charts)
    expect(page.locator('[data-chart="totals"]')).to_have_attribute("data-drawn", "yes")
    before = page.locator('[data-chart="heat"]').get_attribute("data-drawn")

    page.locator('[data-chart="heat"]').scroll_into_view_if_needed()

    assert before is None
    expect(page.locator('[data-chart="heat"]')).to_have_attribute("data-drawn", "yes")
    assert page.locator('[data-chart="heat"] .hm image').evaluate("image => image.style.imageRendering") == "pixelated"
    assert complaints == []


def test_a_figure_exchanged_while_plotly_is_on_its_way_is_the_one_that_is_drawn(page: Page, charts: str) -> None:
    held: list[Route] = []
    page.route("**/plotly.min.js", lambda route: held.append(route))
    with page.expect_request("**/plotly.min.js"):
        page.goto(charts, wait_until="domcontentloaded")

    page.evaluate(
        """() => { const holder = document.getElementById("totals"), figure = JSON.parse(holder.textContent);
          figure.data[0].x = [1.5, 2.5];
          holder.textContent = JSON.stringify(figure);
          document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: holder } })); }"""
    )
    held[0].continue_()

    expect(page.locator('[data-chart="totals"]')).to_have_attribute("data-drawn", "yes")
    assert page.locator('[data-chart="totals"]').evaluate("place => [...place.data[0].x]") == [1.5, 2.5]


def test_a_page_without_a_chart_in_sight_does_not_fetch_plotly(page: Page, charts: str) -> None:
    fetched: list[str] = []
    page.on("request", lambda request: fetched.append(request.url))
    page.add_init_script("window.IntersectionObserver = class { observe() {} unobserve() {} }")

    page.goto(charts, wait_until="networkidle")

    assert not [url for url in fetched if "plotly" in url]


def test_charts_follow_the_theme(page: Page, charts: str) -> None:
    colour = "() => getComputedStyle(document.querySelector('[data-chart=totals] .xtick text')).fill"
    page.emulate_media(color_scheme="light")
    page.goto(charts)
    expect(page.locator('[data-chart="totals"]')).to_have_attribute("data-drawn", "yes")
    light = page.evaluate(colour)

    page.emulate_media(color_scheme="dark")
    page.evaluate("document.dispatchEvent(new CustomEvent('themechange'))")

    page.wait_for_function(f"() => ({colour})() !== {light!r}")


def test_the_whiskers_of_bars_are_seen_in_dark_too(page: Page, charts: str) -> None:
    page.emulate_media(color_scheme="dark")
    page.goto(charts)
    page.locator('[data-chart="spread"]').scroll_into_view_if_needed()
    expect(page.locator('[data-chart="spread"]')).to_have_attribute("data-drawn", "yes")

    stroke = page.locator('[data-chart="spread"] .errorbar path').first.evaluate("path => path.style.stroke")

    assert stroke == page.evaluate("getComputedStyle(document.documentElement).getPropertyValue('--ink')")
