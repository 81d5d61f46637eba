"""The page: whole, safe, offline; looked at in a browser where there is one."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.report.conftest import HOSTILE, Made


class _Reader(HTMLParser):
    """Collects tags, attributes and text as a browser would take them."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text.append(data)


@pytest.fixture(scope="module")
def reader(made: Made) -> _Reader:
    reader = _Reader()
    reader.feed(made.page.read_text())
    return reader


def test_a_hostile_name_is_shown_and_does_nothing(made: Made, reader: _Reader) -> None:
    assert HOSTILE in "".join(reader.text)
    assert sum(tag == "script" for tag, _ in reader.tags) == 1
    assert '<script>document.title="owned"' not in made.page.read_text()


def test_nothing_is_fetched_and_nothing_else_may_run(made: Made, reader: _Reader) -> None:
    for tag, attributes in reader.tags:
        for name in ("src", "href", "srcset", "data", "action"):
            value = attributes.get(name)
            assert value is None or value.startswith(("data:image/webp;base64,", "#")), (tag, value)
        assert "style" not in attributes, "the policy forbids style attributes"
        assert not any(name.startswith("on") for name in attributes)
    page = made.page.read_text()
    assert not re.search(r"https?://|url\(|@import", page)
    policy = next(a["content"] or "" for t, a in reader.tags if t == "meta" and "content" in a
                  and a.get("http-equiv") == "Content-Security-Policy")  # fmt: skip
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy


def test_images_come_before_the_numbers(reader: _Reader, made: Made) -> None:
    labels = [a.get("aria-labelledby") for tag, a in reader.tags if tag == "section"]
    assert labels[:4] == ["h-verdict", "h-look", "h-slices", "h-numbers"]
    headings = {a.get("id") for tag, a in reader.tags if tag == "h2"}
    assert set(labels) == headings


def test_the_page_is_light(made: Made) -> None:
    assert made.page.stat().st_size < 3_000_000


def test_every_picture_has_a_text(reader: _Reader) -> None:
    pictures = [attributes for tag, attributes in reader.tags if tag == "img"]
    assert len(pictures) > 20
    assert all(attributes.get("alt") for attributes in pictures)


def _open(browser: Any, made: Made, width: int, scheme: str = "light") -> tuple[Any, list[str]]:
    page = browser.new_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on(
        "request", lambda r: None if r.url.startswith(("file:", "data:")) else said.append(r.url)
    )
    page.goto(made.page.as_uri())
    return page, said


def test_a_browser_shows_it_without_a_complaint(browser: Any, made: Made) -> None:
    page, said = _open(browser, made, 1280)
    assert page.title() != "owned"
    assert HOSTILE in page.inner_text("h1 + .names")
    broken = page.evaluate("[...document.images].filter(i => !i.naturalWidth).length")
    assert broken == 0
    assert said == []
    page.close()


def test_a_phone_needs_no_sideways_scrolling(browser: Any, made: Made) -> None:
    page, _ = _open(browser, made, 390)
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_the_slider_obeys_the_keyboard(browser: Any, made: Made) -> None:
    page, _ = _open(browser, made, 1280)
    page.focus("#at")
    for _ in range(10):
        page.keyboard.press("ArrowRight")
    edge = "getComputedStyle(document.querySelector('.edge')).left"
    box = "document.getElementById('compare').clientWidth"
    assert float(page.evaluate(edge)[:-2]) == pytest.approx(0.6 * page.evaluate(box), abs=1)
    page.select_option("#left", "0")
    over = page.locator(".view:not([hidden]) .layer.over")
    assert "black and white" in (over.get_attribute("alt") or "")
    page.close()


def test_light_and_dark_follow_the_system_and_the_button(browser: Any, made: Made) -> None:
    ground = "getComputedStyle(document.body).backgroundColor"
    page, _ = _open(browser, made, 1280, "dark")
    dark = page.evaluate(ground)
    page.click("#theme")
    light = page.evaluate(ground)
    page.click("#theme")
    assert page.evaluate(ground) == dark != light
    page.close()
    page, _ = _open(browser, made, 1280, "light")
    assert page.evaluate(ground) == light
    page.close()
