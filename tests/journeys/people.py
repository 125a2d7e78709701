"""One person at one browser of their own: their clicks and keys are counted, what the browser complains of is kept."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.journeys.house import House

PATIENCE = 20_000


def _spoken(name: str) -> re.Pattern[str]:
    """The whole name; the part only screen readers hear begins with a colon, before which browsers put a space."""
    return re.compile("^" + re.escape(name).replace(":", r"\s?:") + "$")


class Someone:
    def __init__(self, browser: Browser, house: House, name: str) -> None:
        self.name = name
        self.house = house
        self.clicks = 0
        self.keys = 0
        self.complaints: list[str] = []
        self.context = browser.new_context(base_url=house.url, viewport={"width": 1360, "height": 900})
        self.context.set_default_timeout(PATIENCE)
        self.page: Page = self.context.new_page()
        self.page.on("pageerror", lambda error: self.complaints.append(f"{name}: {error}"))
        self.page.on("console", lambda said: self._heard(said.text) if said.type == "error" else None)

    def _heard(self, text: str) -> None:
        if "Content Security" in text or "status of 500" in text or "TypeError" in text:
            self.complaints.append(f"{self.name}: {text}")

    def goes(self, path: str) -> Page:
        """Leaves once nothing that was sent is under way any more, as somebody does who looks at the page."""
        self.page.wait_for_function("() => !document.querySelector('form.htmx-request, .button.htmx-request')")
        self.page.goto(path)
        return self.page

    def clicks_on(self, target: Locator) -> None:
        """A click that leads to another page ends once that page is there, its scripts included."""
        target.click()
        self.page.wait_for_load_state("load")
        self.clicks += 1

    def presses_button(self, name: str, *, within: str = "body", exact: bool = True) -> None:
        wanted = _spoken(name) if exact else name
        self.clicks_on(self.page.locator(within).get_by_role("button", name=wanted).first)

    def follows(self, name: str, *, within: str = "body") -> None:
        self.clicks_on(self.page.locator(within).get_by_role("link", name=_spoken(name)).first)

    def opens_in_rail(self, name: str) -> None:
        self.clicks_on(self.page.locator("#rail").get_by_role("link", name=re.compile(f"^{name}")))

    def says_yes(self, action: str) -> None:
        self.clicks_on(self.page.get_by_role("dialog", name="Please confirm").get_by_role("button", name=action))

    def writes(self, label: str, text: str, *, within: str = "body") -> None:
        field = self.page.locator(within).get_by_label(re.compile(f"^{re.escape(label)}( optional)?$")).first
        field.fill(text)
        self.keys += len(text)

    def strikes(self, keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1

    def sees(self, text: str, *, patience: int = PATIENCE) -> None:
        expect(self.page.get_by_text(text).filter(visible=True).first).to_be_visible(timeout=patience)

    def is_live(self) -> None:
        expect(self.page.locator("body")).to_have_attribute("data-live", "on")
