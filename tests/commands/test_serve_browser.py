"""`artemis serve` in a browser: with JavaScript and without, in light and dark, on a desk and on a phone."""

import base64
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page

pytest.importorskip("starlette", reason="needs the extra serve")
pytest.importorskip("uvicorn", reason="needs the extra serve")
pytest.importorskip("python_multipart", reason="needs the extra serve")

from commands.web.limits import Limits
from tests.browser import faults, needs_browser, opened
from tests.captions.captioning import save_biased_classifier
from tests.commands.served import Served, served, write_params, write_study
from tests.speaker.two_colours import saved

pytestmark = needs_browser
# Gives the form's page a picture as a person pastes or drops it: bytes in base64.
GIVE = """([event, content, type]) => {
  const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], "given", {type}));
  const happened = event === "paste"
    ? new ClipboardEvent("paste", {clipboardData: transfer, bubbles: true})
    : new DragEvent("drop", {dataTransfer: transfer, bubbles: true, cancelable: true});
  document.body.dispatchEvent(happened);
}"""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "wide.png"
    Image.linear_gradient("L").resize((80, 40)).convert("RGB").save(path)
    return path


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Served]:
    monkeypatch.chdir(tmp_path)
    write_params()
    write_study()
    saved(Path("grounded"), grounded=True, emo_dropout=0.2)
    save_biased_classifier("awe", 2.0)
    with served(Path("grounded"), limits=Limits(upload=100_000)) as running:
        yield running


def _watched(page: Page) -> list[str]:
    """What the page asks of other servers, and what the browser complains of, as it happens."""
    seen: list[str] = []
    page.on("console", lambda message: seen.append(message.text) if message.type in ("error", "warning") else None)
    page.on("request", lambda request: None if _is_own(request.url) else seen.append(request.url))
    return seen


def _is_own(url: str) -> bool:
    return url.startswith(("http://127.0.0.1:", "data:", "blob:"))


@pytest.mark.parametrize("script", [True, False])
def test_from_the_form_to_captions(server: Served, picture: Path, script: bool) -> None:
    with opened(java_script_enabled=script) as page:
        seen = _watched(page)
        page.goto(server.url)
        page.get_by_label("Picture", exact=True).set_input_files(picture)
        page.get_by_label("Emotion to express").select_option("fear")
        page.get_by_label("Captions of each emotion").fill("2")
        page.get_by_role("button", name="Caption").click()
        page.wait_for_url(f"{server.url}/caption")
        expected = server.caption(picture.read_bytes(), emotion="fear", candidates="2").captions
        shown = page.locator("blockquote").all_inner_texts()
        assert [text.strip() for text in shown] == [text or "(no words)" for text in expected]
        assert page.locator("strong").all_inner_texts() == ["fear"] * 2
        assert page.locator("tr").count() == 9
        page.get_by_text("Attention weights in words").click()
        assert "greatest weight" in page.locator(".weights").inner_text()
        assert seen == []


@pytest.mark.parametrize("script", [True, False])
def test_from_the_search_to_captions(server: Served, script: bool) -> None:
    with opened(java_script_enabled=script) as page:
        seen = _watched(page)
        page.goto(f"{server.url}/search")
        page.get_by_label("Words of an utterance").fill("boat")
        page.get_by_role("button", name="Search").click()
        assert page.locator("h2").all_inner_texts() == ["Sea & Sky/storm"]
        page.get_by_role("link", name="Caption Sea & Sky/storm").click()
        page.get_by_role("button", name="Caption").click()
        page.wait_for_url(f"{server.url}/caption")
        assert page.locator("h2").first.inner_text() == "Sea & Sky/storm"
        assert seen == []


def test_attention_lies_on_the_picture(server: Served, picture: Path) -> None:
    with opened() as page:
        page.goto(server.url)
        page.get_by_label("Picture", exact=True).set_input_files(picture)
        page.get_by_role("button", name="Caption").click()
        page.locator("button[data-weights]").first.click()
        canvas, image = page.locator("canvas"), page.locator("figure img")
        assert "greatest weight" in page.locator("output").inner_text()
        assert canvas.evaluate("(each) => each.classList.contains('on')")
        # The speaker pads pictures to squares: on a wide one, its square is as wide and twice as high.
        over, under = canvas.bounding_box(), image.bounding_box()
        assert over
        assert under
        assert over["width"] == pytest.approx(under["width"], abs=1)
        assert over["height"] == pytest.approx(2 * under["height"], abs=1)


@pytest.mark.parametrize("event", ["paste", "drop"])
def test_a_picture_is_pasted_or_dropped(server: Served, picture: Path, event: str) -> None:
    content = base64.b64encode(picture.read_bytes()).decode()
    with opened() as page:
        seen = _watched(page)
        page.goto(server.url)
        page.evaluate(GIVE, [event, content, "text/plain"])
        assert "no picture" in page.locator(".status").inner_text()
        page.evaluate(GIVE, [event, content, "image/png"])
        page.locator(".preview").wait_for(state="visible")
        page.get_by_role("button", name="Caption").click()
        page.wait_for_url(f"{server.url}/caption")
        assert page.locator("blockquote").count() == 1
        assert seen == []


def test_a_slider_chooses_shares(server: Served, picture: Path) -> None:
    with opened() as page:
        page.goto(server.url)
        page.get_by_text("Shares of emotions").click()
        page.get_by_label("awe, slider").fill("60")
        assert page.get_by_label("awe", exact=True).input_value() == "60"
        assert page.get_by_label("Emotion to express").input_value() == "shares:"
        page.get_by_label("fear", exact=True).fill("20")
        page.get_by_label("Picture", exact=True).set_input_files(picture)
        page.get_by_role("button", name="Caption").click()
        assert page.locator("strong").inner_text() == "75% awe, 25% fear"


def test_a_file_that_is_too_large_is_told_of_before_it_is_sent(server: Served, tmp_path: Path) -> None:
    file = BytesIO()
    Image.effect_noise((400, 400), 90).save(file, "PNG")
    large = tmp_path / "large.png"
    large.write_bytes(file.getvalue())
    assert large.stat().st_size > 100_000
    with opened() as page:
        page.goto(server.url)
        page.get_by_label("Picture", exact=True).set_input_files(large)
        assert "choose a smaller one" in page.locator(".status").inner_text()
        assert page.get_by_role("button", name="Caption").is_disabled()
    # Without the script, the server's page says so.
    with opened(java_script_enabled=False) as page:
        page.goto(server.url)
        page.get_by_label("Picture", exact=True).set_input_files(large)
        page.get_by_role("button", name="Caption").click()
        assert "smaller" in page.get_by_role("alert").inner_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_are_accessible(server: Served, picture: Path, scheme: str, width: int) -> None:
    # The test's own script would need what the policy forbids.
    with opened(color_scheme=scheme, viewport={"width": width, "height": 800}, bypass_csp=True) as page:
        for path in ("/", "/?artwork=0", "/search", "/search?words=sea", "/nowhere"):
            page.goto(server.url + path)
            if path == "/":
                page.get_by_text("Shares of emotions").click()
            _assert_fine(page)
        page.goto(server.url)
        page.get_by_label("Picture", exact=True).set_input_files(picture)
        page.get_by_label("Emotion to express").select_option("all")
        page.get_by_role("button", name="Caption").click()
        page.get_by_text("Attention weights in words").click()
        page.locator("button[data-weights]").first.click()
        _assert_fine(page)


def _assert_fine(page: Page) -> None:
    assert faults(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url
