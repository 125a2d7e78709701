"""The tags of the look: spellings at their edges, and nothing that people type becomes markup."""

from decimal import Decimal
from xml.etree import ElementTree

import pytest
from django.template import engines
from django.test import RequestFactory

from evaluations.templatetags import icons, look


@pytest.mark.parametrize(
    ("value", "text"),
    [(4.1, "4.1"), (4, "4.0"), (Decimal("3.95"), "4.0"), (3.25, "3.3"), (0, "0.0"), (None, "?")],
)
def test_a_score_has_one_decimal_and_unknown_is_a_question_mark(value: float | None, text: str) -> None:
    assert look.score(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.22, "22\u202f%"), (1, "100\u202f%"), (0.004, "0.4\u202f%"), (0, "0\u202f%"), (0.295, "30\u202f%"), (None, "?")],
)
def test_a_share_reads_as_percent(value: float | None, text: str) -> None:
    assert look.percent(value) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [(Decimal("0.00400"), "0.004"), (6.0, "6"), (2.5, "2.5"), (1200, "1200"), (0.00001, "0.00001"), (None, "?")],
)
def test_a_figure_has_no_zeros_that_say_nothing(value: float | None, text: str) -> None:
    assert look.plainly(value) == text


@pytest.mark.parametrize(
    ("value", "text"), [(0.0043, "0.004"), (0, "0.000"), (0.0001, "under 0.001"), (1.5, "1.500"), (None, "?")]
)
def test_a_small_figure_is_never_shown_as_nothing(value: float | None, text: str) -> None:
    assert look.fine(value) == text


@pytest.mark.parametrize(
    ("value", "band"),
    [(1, "v1"), (1.49, "v1"), (1.5, "v2"), (4.4, "v4"), (4.5, "v5"), (5, "v5"), (0.2, "v1"), (None, "v0")],
)
def test_a_band_is_the_nearest_whole_score(value: float | None, band: str) -> None:
    assert look.band(value) == band


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Lead", "AL"), ("ada", "A"), ("Ada B. Lead", "AL"), ("ada.lead", "AL"), ("  ", "?"), ("山", "山")],
)
def test_initials_are_the_first_letters_of_first_and_last_word(name: str, letters: str) -> None:
    drawn = ElementTree.fromstring(look.initials(name))

    assert drawn.text == letters
    assert drawn.get("aria-label") == name.strip()


def test_a_name_with_markup_stays_text() -> None:
    drawn = look.initials('<script>alert(1)</script> "x"')

    assert "<script" not in drawn
    assert ElementTree.fromstring(drawn).get("title") == '<script>alert(1)</script> "x"'


@pytest.mark.parametrize(
    ("done", "total", "state", "dashes"),
    [
        (5, 7, "open", ["71 100"]),
        (0, 7, "open", []),
        (0, 0, "open", []),
        (1, 7, "ready", ["100 100"]),
        (7, 7, "approved", []),
    ],
)
def test_a_ring_shows_the_share_done(done: int, total: int, state: str, dashes: list[str]) -> None:
    drawn = ElementTree.fromstring(look.ring(done, total, state, 2))

    assert [arc.get("stroke-dasharray") for arc in drawn.findall("circle[@stroke-dasharray]")] == dashes


def test_a_range_runs_from_worst_to_best_and_says_so_in_words() -> None:
    drawn = ElementTree.fromstring(look.range_bar(3, 4, 5))

    span = drawn.find("rect[@class='span']")
    assert span is not None
    assert (span.get("x"), span.get("width")) == ("50.0%", "50.0%")
    assert drawn.get("aria-label") == "3.0 to 5.0, expected 4.0"


def test_a_range_of_unknowns_is_an_empty_scale() -> None:
    drawn = ElementTree.fromstring(look.range_bar(None, None, None))

    assert drawn.find("rect[@class='span']") is None
    assert drawn.get("aria-label") == "unknown"


def test_values_outside_the_ends_stay_inside_the_drawing() -> None:
    drawn = ElementTree.fromstring(look.strip_plot([-5, 60, 500], 0, 120, "times"))

    assert [dot.get("cx") for dot in drawn.findall("circle")] == ["0.0%", "50.0%", "100.0%"]


def test_stacked_answers_fill_the_bar_and_no_answers_draw_none() -> None:
    parts = ElementTree.fromstring(look.stacked_bar([1, 1, 2], "answers")).findall("rect")[1:]
    nothing = ElementTree.fromstring(look.stacked_bar([0, 0], "answers")).findall("rect")[1:]

    assert [part.get("x") for part in parts] == ["0.0%", "25.0%", "50.0%"]
    assert {part.get("width") for part in nothing} == {"0.0%"}


@pytest.mark.parametrize("meaning", sorted(icons.MEANINGS))
def test_every_meaning_has_a_drawing_hidden_from_readers(meaning: str) -> None:
    drawn = ElementTree.fromstring(icons.icon(meaning))

    assert drawn.get("aria-hidden") == "true"


def test_an_icon_that_stands_alone_says_what_it_means() -> None:
    assert '<span class="visually-hidden">Remove &lt;b&gt;</span>' in icons.icon("remove", label="Remove <b>")


@pytest.mark.parametrize(
    ("cookie", "attribute"),
    [("dark", ' data-theme="dark"'), ("light", ' data-theme="light"'), ('"><script>', ""), ("", "")],
)
def test_only_light_and_dark_are_taken_from_the_cookie(cookie: str, attribute: str) -> None:
    request = RequestFactory().get("/")
    request.COOKIES["theme"] = cookie

    drawn = engines["django"].from_string("{% load look %}<html{% theme_attribute %}>").render({}, request)

    assert drawn == f"<html{attribute}>"
