"""A film colored in the page, in a real browser, with a server that is killed meanwhile."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tests.films import FilmSpec, make_film
from tests.studio.serving import PATIENCE, Served, wait_until
from tests.test_guided_film import film_ab
from vidcolor.told.placing import ab_of_rgb

RED = "#b02828"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    pytest.importorskip("starlette", reason="the extra `studio` is not installed")
    folder = tmp_path_factory.mktemp("studio")
    spec = FilmSpec(frames=24, cuts=(12,), width=192, height=128, pix_fmt="yuv444p")
    server = Served(make_film(folder / "film.mkv", spec).path)
    yield server
    server.kill()


@pytest.fixture
def page(served: Served, browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(PATIENCE * 1000)
    page = context.new_page()
    said: list[str] = []
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("request", lambda r: said.append(r.url) if foreign(r.url, served) else None)
    page.goto(served.address)
    page.wait_for_selector("body[data-ready=true]")
    page.wait_for_selector("#stage[data-shows]")
    yield page
    context.close()
    assert said == []


def foreign(url: str, served: Served) -> bool:
    return not url.startswith((f"http://127.0.0.1:{served.port}/", "blob:", "data:"))


def said(served: Served) -> dict[str, Any]:
    path = served.film.with_name("film.colors.json")
    values: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return values


def click_still(page: Any, x: float, y: float) -> None:
    page.mouse.click(*place_of(page, x, y))


def place_of(page: Any, x: float, y: float) -> tuple[float, float]:
    """Where a place of the still is on the page."""
    box = page.locator("#sheet").bounding_box()
    return box["x"] + x * box["width"], box["y"] + y * box["height"]


def size_of(page: Any) -> tuple[float, float]:
    box = page.locator("#sheet").bounding_box()
    return box["width"], box["height"]


def repainted(page: Any, act: Any) -> None:
    """Does something and waits until the still shows what came of it."""
    before = page.get_attribute("#stage", "data-shows")
    act()
    page.wait_for_function("s => document.getElementById('stage').dataset.shows !== s", arg=before)


def saved(page: Any, act: Any, undo: str) -> None:
    """Does something and waits until the page says what undo would take back."""
    act()
    page.wait_for_selector(f"#undo[title='Undo: {undo}']")


def still_color(page: Any, x: float, y: float) -> list[int]:
    """Red, green and blue of the still at a place."""
    script = """([x, y]) => {
      const picture = document.getElementById("after"), canvas = document.createElement("canvas");
      [canvas.width, canvas.height] = [picture.naturalWidth, picture.naturalHeight];
      const context = canvas.getContext("2d");
      context.drawImage(picture, 0, 0);
      return [...context.getImageData(x * canvas.width, y * canvas.height, 1, 1).data].slice(0, 3);
    }"""
    found: list[int] = page.evaluate(script, [x, y])
    return found


def test_a_session_from_opening_to_the_rendered_film(page: Any, served: Served) -> None:
    assert page.locator("#shots li").count() == 2
    frame = int(page.get_attribute("#stage", "data-shows").split()[0])
    click_still(page, 0.5, 0.5)
    page.wait_for_selector("#likely button")
    assert page.locator("#likely button").count() >= 2
    page.fill("#hex", RED)
    repainted(page, lambda: page.click("#use"))
    point = {"frame": frame, "x": 0.5, "y": 0.5, "radius": 0.02, "color": RED}
    assert said(served)["points"] == [point]
    red, green, blue = still_color(page, 0.5, 0.5)
    assert red - max(green, blue) > 60
    saved(page, lambda: page.click("#lock"), "point changed")
    assert said(served)["points"] == [point | {"lock": True}]

    saved(page, lambda: page.keyboard.press("Control+z"), "point added")
    repainted(page, lambda: page.keyboard.press("Control+z"))
    assert said(served).get("points", []) == []
    page.reload()
    page.wait_for_selector("#redo:not([disabled])")
    repainted(page, lambda: page.keyboard.press("Control+Shift+z"))
    saved(page, lambda: page.keyboard.press("Control+Shift+z"), "point changed")
    assert said(served)["points"] == [point | {"lock": True}]

    (x, y), (width, height) = place_of(page, 0.5, 0.5), size_of(page)
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 0.1 * width, y + 0.2 * height, steps=3)
    saved(page, page.mouse.up, "point changed")
    wait_until(lambda: said(served)["points"][0]["x"] == pytest.approx(0.6, abs=0.01))
    assert said(served)["points"][0] | {"x": 0.5, "y": 0.5} == point | {"lock": True}
    page.keyboard.press("Control+z")
    wait_until(lambda: said(served)["points"] == [point | {"lock": True}])

    page.keyboard.press("s")
    for n, (x, y) in enumerate([(0.1, 0.2), (0.2, 0.2), (0.3, 0.3)]):
        page.mouse.move(*place_of(page, x, y))
        if n == 0:
            page.mouse.down()
    page.mouse.up()
    page.wait_for_selector("#likely button")
    saved(page, lambda: page.keyboard.press("a"), "stroke added")
    assert len(said(served)["strokes"][0]["line"]) == 3
    assert said(served)["strokes"][0]["color"] == RED
    page.keyboard.press("e")
    saved(page, lambda: click_still(page, 0.2, 0.2), "stroke removed")

    page.keyboard.press("r")
    page.click("#render-changed")
    jobs = served.film.with_name("film.mkv.studio") / "jobs"
    worker = wait_until(lambda: json_of(jobs / "0001.state.json")).get("pid")
    with contextlib.suppress(ProcessLookupError, TypeError):
        # on a machine that slept meanwhile it may be done already
        os.kill(worker, signal.SIGKILL)
    served.kill()
    page.wait_for_selector("#banner.bad:not([hidden])")
    served.start()
    page.wait_for_selector("#jobs li[data-is=done]")
    page.wait_for_selector("#banner", state="hidden")
    assert page.get_attribute("#undo", "title") == "Undo: stroke removed"
    assert "lock film.colors.json: points 1" in page.inner_text("#jobs")
    ab = film_ab(served.film.with_name("film.color.mkv"))[frame][:, 62:66, 94:98].mean((1, 2))
    assert np.hypot(*(ab - ab_of_rgb(*bytes.fromhex(RED[1:])))) < 12


def json_of(path: Path) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(path.read_bytes()) if path.exists() else {}
    return values


def test_two_tabs_never_overwrite_each_other(page: Any, served: Served) -> None:
    other = page.context.new_page()
    other.goto(f"http://127.0.0.1:{served.port}/")
    other.wait_for_selector("#stage[data-shows]")
    other.route("**/api/pulse", lambda route: route.abort())
    # none that was asked before is still under way
    other.wait_for_event("requestfailed", predicate=lambda r: "pulse" in r.url)
    page.keyboard.press("d")
    wait_until(lambda: said(served).get("done") == [0])
    other.keyboard.press("d")
    other.wait_for_selector("#toast:has-text('changed elsewhere')")
    assert said(served)["done"] == [0]
    # now it has seen the change: the same key takes the tick away
    wait_until(lambda: other.locator("#done").is_checked())
    other.keyboard.press("d")
    wait_until(lambda: said(served)["done"] == [])
    page.wait_for_function("() => !document.getElementById('done').checked")


def test_questions_cuts_playing_and_references(page: Any, served: Served, tmp_path: Path) -> None:
    before = len(said(served).get("points", []))
    wait_until(lambda: served.get("/api/pulse")["seen"] == 2)
    page.keyboard.press("q")
    page.wait_for_selector("#answers button")
    page.keyboard.press("1")
    wait_until(lambda: len(said(served).get("points", [])) == before + 1)
    # answered once more: the new color takes the place of the old one
    page.keyboard.press("b")
    page.wait_for_selector("#answers button")
    page.fill("#hex", "#123456")
    page.press("#hex", "Enter")
    wait_until(lambda: said(served)["points"][-1]["color"] == "#123456")
    assert len(said(served)["points"]) == before + 1
    page.click("#tab-shot")
    page.click("#shots li:nth-child(1) button")
    page.locator("#frame").fill("5")
    page.keyboard.press(".")
    saved(page, lambda: page.click("#cut-add"), "cut at 6 added")
    assert page.locator("#shots li").count() == 3
    shots = json.loads(served.film.with_name("film.shots.json").read_bytes())["shots"]
    assert [shot["start"] for shot in shots] == [0, 6, 12]
    page.keyboard.press("Control+z")
    page.wait_for_function("() => document.querySelectorAll('#shots li').length === 2")
    # what shots agree on changes their colors: a shot is played when that is known
    wait_until(lambda: served.get("/api/pulse")["compared"])
    page.reload()
    page.wait_for_selector("#stage[data-shows]")
    # the button of a shot was clicked; keys are for the film nevertheless
    page.click("#shots li:nth-child(1) button")
    # in the end, the still shows the frame as it is in its shot
    with page.expect_request(lambda request: "played=1" in request.url):
        page.keyboard.press(" ")
        page.wait_for_selector("#film-canvas[data-frame]:not([hidden])")
        # a click on the running film stops it, and asks for no color
        click_still(page, 0.3, 0.3)
        page.wait_for_selector("#film-canvas", state="hidden")
    assert page.locator(".mark.pending").count() == 0
    photo = np.random.default_rng(0).integers(0, 255, (60, 90, 3), np.uint8)
    cv2.imwrite(str(tmp_path / "town.png"), photo)
    page.click("#tab-color")
    page.set_input_files("#picture", tmp_path / "town.png")
    page.click("#photo-canvas", position={"x": 5, "y": 5})
    saved(page, lambda: page.click("#as-reference"), "photograph added")
    image = said(served)["references"][0]["image"]
    assert image.startswith("film.references/town-")
    assert (served.film.parent / image).read_bytes() == (tmp_path / "town.png").read_bytes()
    page.click("#tab-shot")
    page.wait_for_selector("#entries:has-text('Nothing in this shot is surely like it')")


def test_stills_are_listed_and_get_another_scope(page: Any, served: Served) -> None:
    cv2.imwrite(str(served.film.with_name("3.png")), np.full((128, 192, 3), 90, np.uint8))
    colors = served.film.with_name("film.colors.json")
    kept = colors.read_bytes() if colors.exists() else b'{"version": 1}'
    colors.write_text(json.dumps(json.loads(kept) | {"stills": [{"image": "3.png"}]}))
    page.click("#tab-shot")
    page.click("#shots li:nth-child(1) button")
    still = page.locator("#entries .still:has-text('3.png')")
    film = "scope of still changed"
    saved(page, lambda: still.locator("select").select_option("film"), film)
    assert said(served)["stills"] == [{"image": "3.png", "scope": "film"}]
    saved(page, lambda: still.locator(".danger").click(), "still removed")
    assert said(served)["stills"] == []
    saved(page, lambda: page.click("#undo"), film)
    assert still.locator("select").input_value() == "film"
    colors.write_bytes(kept)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"x-vidcolor-token": "wrong"}, 401),
        ({"cookie": "vidcolor=x; vidcolor-1=y"}, 401),
        ({"host": "evil.example:{port}", "x-vidcolor-token": "{token}"}, 403),
        ({"host": "127.0.0.1", "x-vidcolor-token": "{token}"}, 403),
        ({"host": "10.0.0.1:{port}", "x-vidcolor-token": "{token}"}, 403),
        ({"sec-fetch-site": "cross-site", "x-vidcolor-token": "{token}"}, 403),
        ({"sec-fetch-site": "same-site", "cookie": "vidcolor-{port}={token}"}, 403),
        ({"cookie": "vidcolor-{port}={token}"}, 200),
    ],
)
def test_who_may_read(served: Served, headers: dict[str, str], status: int) -> None:
    sent = {k: v.format(port=served.port, token=served.token) for k, v in headers.items()}
    assert served.ask("GET", "/api/state", headers=sent, bare=True)[0] == status


def test_other_sites_cannot_write(served: Served) -> None:
    token = {"x-vidcolor-token": served.token}
    before = said(served)
    for origin in ({}, {"origin": "http://evil.example"}, {"origin": "null"}):
        body = b'{"do": "pause"}'
        assert served.ask("POST", "/api/queue", body, token | origin, bare=True)[0] == 403
        assert served.ask("POST", "/api/undo", b"{}", token | origin, bare=True)[0] == 403
    assert said(served) == before


def test_no_path_leaves_the_project(served: Served) -> None:
    for path in (
        "/page/../studio.py",
        "/page/..%2fstudio.py",
        "/page/%2e%2e/%2e%2e/errors.py",
        "/page//etc/passwd",
        "/page/index.html%00.js",
        "/api/rendered/..%2f..%2fetc",
        "/api/image/thumb/-1",
        "/api/image/..%2fafter/1",
        "/api/play/0/999999",
        "/api/reference/99",
        "//evil.example/",
    ):
        status, body, _ = served.ask("GET", path)
        assert status in (400, 404), path
        assert b"import" not in body
    base = served.get("/api/state")["version"]
    for image in ("/etc/passwd", "../secret.png", "film.mkv"):
        entry = {"image": image, "frame": 0}
        for kind in ("references", "stills"):
            change = {"do": "add", "kind": kind, "entry": entry}
            assert served.post("/api/change", {"base": base, "change": change})[0] == 400
    secret = served.film.parent.parent / "secret.png"
    cv2.imwrite(str(secret), np.zeros((4, 4, 3), np.uint8))
    colors = served.film.with_name("film.colors.json")
    kept = colors.read_bytes() if colors.exists() else b'{"version": 1}'
    values = {"version": 1, "references": [{"image": "../secret.png", "frame": 0}]}
    colors.write_text(json.dumps(values))
    assert served.ask("GET", "/api/reference/0")[0] == 404
    colors.write_bytes(kept)


def test_what_is_sent_is_limited_and_checked(served: Served) -> None:
    base = served.get("/api/state")["version"]
    assert served.ask("POST", "/api/change", b" " * (2 << 20))[0] == 413
    for body in (b"", b"[]", b"\xff", b'{"change": 1}', b"[" * 100_000, b"NaN"):
        assert served.ask("POST", "/api/change", body)[0] == 400
    about = f"/api/reference?base={base}&shot=0&name=a.png"
    assert served.ask("POST", about, b"<svg/>")[0] == 400
    assert served.ask("POST", about, bytes((32 << 20) + 1))[0] == 413
    assert served.get("/api/state")["version"] == base


def test_pages_are_locked_down(served: Served) -> None:
    for path in ("/", "/page/main.js", "/api/state", "/nothing"):
        _, _, headers = served.ask("GET", path)
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert "access-control-allow-origin" not in headers
    status, _, headers = served.ask("GET", f"/?token={served.token}", bare=True)
    assert (status, headers["location"]) == (303, "/")
    assert {"httponly", "samesite=strict"} <= set(headers["set-cookie"].lower().split("; "))
    token = served.film.with_name("film.mkv.studio") / "token"
    assert token.stat().st_mode & 0o077 == 0


def test_the_film_is_moved_away_and_comes_back(served: Served) -> None:
    before = said(served)
    away = served.film.with_name("away.mkv")
    served.film.rename(away)
    assert "not there any more" in served.get("/api/state")["problem"]
    assert served.ask("GET", "/api/image/after/3")[0] in (200, 410)
    away.rename(served.film)
    assert served.get("/api/state")["problem"] is None
    assert said(served) == before


def test_a_second_studio_of_the_film_says_so(served: Served) -> None:
    with pytest.raises(AssertionError, match="open in another studio"):
        Served(served.film)
    assert served.ready()["film"] == "film.mkv"
