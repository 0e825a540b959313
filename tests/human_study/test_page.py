"""The page of a study: what it holds, and how a rater goes through it, by keyboard, with pauses, on a phone."""

import base64
import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from formats.human_study import page as pages
from formats.human_study.design import CHECK
from tests.browser import faults, needs_browser, opened
from tests.human_study.conftest import SYSTEMS, Written, noise


def test_no_system_is_named_and_nothing_is_fetched(study: Written) -> None:
    text = (study.folder / "study.html").read_text(encoding="utf-8")
    assert not any(system in text for system in SYSTEMS)
    assert "http://" not in text
    assert "https://" not in text
    assert "default-src 'none'" in text
    # A caption cannot end the script that holds it.
    assert text.count("</script>") == 2


def test_two_hundred_pictures_stay_below_20_mb() -> None:
    encoded = pages.small(noise(("style", "large"), side=1500))
    assert len(base64.b64decode(encoded)) <= pages.BYTES
    assert 200 * len(encoded) < 19e6


def begin(page: Page, study: Written, rater: int = 2) -> None:
    # An address that differs by its end alone would not load the page again.
    page.goto("about:blank")
    page.goto(f"{(study.folder / 'study.html').as_uri()}#rater={rater}")
    page.check("#agree")
    page.click("text=Begin")


def answer(page: Page, preferred: str = "Both equally", reasonable: tuple[str, str] = ("Yes", "No")) -> None:
    page.get_by_role("radio", name=preferred, exact=True).check()
    for number, label in enumerate(reasonable):
        page.locator(f"[name=reasonable-{number}]").locator("xpath=..").filter(has_text=label).click()
    page.click("#next")


def saved(page: Page, folder: Path) -> dict[str, Any]:
    with page.expect_download() as download:
        page.click("#save")
    file = folder / download.value.suggested_filename
    download.value.save_as(file)
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found


@needs_browser
def test_a_rater_goes_through_it(study: Written, tmp_path: Path) -> None:
    plan = study.design.plans[1]
    preferred: dict[int, str] = {}
    with opened() as page:
        begin(page, study)
        for item, _ in plan:
            texts = [page.inner_text(f"#text-{side}") for side in (0, 1)]
            assert sorted(texts) == sorted(study.design.items[item].texts)
            # The check of attention where there is one, else the gloomy sea.
            side = next(
                place for place in (0, 1) if texts[place] == CHECK or ("gloomy" in texts[place] and CHECK not in texts)
            )
            preferred[item] = texts[side]
            answer(page, f"Caption {'AB'[side]}", ("Yes", "No"))
        assert page.inner_text("#thanks") == "Thank you. That was the last picture."
        found = saved(page, tmp_path)
    assert found["study"] == study.key.study
    assert [answer["item"] for answer in found["answers"]] == [item for item, _ in plan]
    for given, (item, swapped) in zip(found["answers"], plan, strict=True):
        texts = study.design.items[item].texts
        assert texts[given["preferred"]] == preferred[item]
        assert given["first"] == int(swapped)
        # Yes was said of the caption that was shown first.
        assert given["reasonable"] == ([False, True] if swapped else [True, False])
        assert given["seconds"] >= 0


@needs_browser
def test_by_keyboard_alone(study: Written) -> None:
    with opened() as page:
        page.goto((study.folder / "study.html").as_uri())
        for keys in (["Tab", "2"], ["Tab", "Space"], ["Tab", "Enter"]):
            for key in keys:
                page.keyboard.press(key)
        assert page.inner_text("#position") == "Picture 1 of 10"
        for keys in (["Tab", "ArrowDown"], ["Tab", "Space"], ["Tab", "ArrowDown"], ["Enter"]):
            for key in keys:
                page.keyboard.press(key)
        assert page.inner_text("#position") == "Picture 2 of 10"
        # A screen reader is told the new picture, not left at the foot of the page.
        assert page.evaluate("document.activeElement.id") == "position"
        page.click("#previous")
        chosen = page.evaluate(
            "[...document.querySelectorAll('[type=radio]:checked')].map((input) => input.name + input.value)"
        )
        assert chosen == ["preferred1", "reasonable-0yes", "reasonable-1no"]


@needs_browser
def test_what_is_missing_is_said_and_focused(study: Written) -> None:
    with opened() as page:
        page.goto((study.folder / "study.html").as_uri())
        page.click("text=Begin")
        assert page.inner_text("#wrong-begin") == "Choose your rater number."
        page.select_option("#rater", "1")
        page.click("text=Begin")
        assert page.evaluate("document.activeElement.id") == "agree"
        begin(page, study)
        page.click("#next")
        assert page.inner_text("#wrong-answer") == "3 questions are not answered."
        assert page.evaluate("document.activeElement.name") == "preferred"


@needs_browser
def test_a_pause(study: Written, tmp_path: Path) -> None:
    with opened() as page:
        begin(page, study)
        for _ in range(3):
            answer(page)
        page.click("#pause")
        assert "3 of 10" in page.inner_text("#left")
        first = saved(page, tmp_path)
        page.reload()
        assert "answers of rater 2 to 3 of 10 pictures" in page.inner_text("#known")
        # Firefox would tick the box again.
        assert page.get_attribute("#begin", "autocomplete") == "off"
        begin(page, study)
        assert page.inner_text("#position") == "Picture 4 of 10"
        answer(page)
        page.click("#pause")
        later = saved(page, tmp_path)
    assert later["session"] == first["session"]
    assert later["answers"][:3] == first["answers"]


@needs_browser
def test_another_device_goes_on_from_the_file(study: Written, tmp_path: Path) -> None:
    with opened() as page:
        begin(page, study)
        answer(page, "Caption A")
        page.click("#pause")
        saved(page, tmp_path)
    file = next(tmp_path.glob("answers-*.json"))
    with opened() as page:
        page.goto((study.folder / "study.html").as_uri())
        page.check("#agree")
        page.click("summary")
        page.set_input_files("#file", file)
        page.wait_for_selector("#judging:not([hidden])")
        assert page.inner_text("#position") == "Picture 2 of 10"
        page.goto("about:blank")
        page.goto((study.folder / "study.html").as_uri())
        page.check("#agree")
        page.click("summary")
        other = tmp_path / "other.json"
        of_another_study = file.read_text().replace(study.key.study, "0" * 64)
        for wrong, named in (
            ("no JSON", "no file"),
            ('{"format": "x"}', "no file"),
            (of_another_study, "another study"),
        ):
            other.write_text(wrong, encoding="utf-8")
            page.set_input_files("#file", other)
            page.locator("#wrong-file").filter(has_text=named).wait_for()


@needs_browser
@pytest.mark.parametrize("is_later", [True, False])
def test_of_a_file_and_this_browser_the_later_answers_count(study: Written, tmp_path: Path, is_later: bool) -> None:
    with opened() as page:
        begin(page, study)
        answer(page, "Caption A")
        answer(page)
        page.click("#pause")
        here = saved(page, tmp_path)
        other = {**here["answers"][0], "preferred": None}
        there = {**here, "answers": [other], "saved": ("9999" if is_later else "2000") + here["saved"][4:]}
        file = tmp_path / "there.json"
        file.write_text(json.dumps(there), encoding="utf-8")
        page.goto("about:blank")
        page.goto((study.folder / "study.html").as_uri())
        page.check("#agree")
        page.click("summary")
        page.set_input_files("#file", file)
        page.wait_for_selector("#judging:not([hidden])")
        page.click("#pause")
        found = {given["item"]: given for given in saved(page, tmp_path)["answers"]}
    first, second = here["answers"]
    assert found == {first["item"]: other if is_later else first, second["item"]: second}


@needs_browser
def test_a_browser_that_keeps_nothing_says_so(study: Written) -> None:
    with opened() as page:
        page.add_init_script("Object.defineProperty(window, 'localStorage', { get() { throw new Error('denied'); } })")
        begin(page, study)
        answer(page)
        assert page.inner_text("#position") == "Picture 2 of 10"
        assert "save the answers" in page.inner_text("#unkept")


@needs_browser
@pytest.mark.parametrize(
    "options",
    [
        {"viewport": {"width": 1280, "height": 860}},
        {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "color_scheme": "dark"},
    ],
    ids=["desk", "phone, dark"],
)
def test_axe_finds_no_fault_on_any_screen(study: Written, options: dict[str, Any]) -> None:
    with opened(**options) as page:
        page.goto((study.folder / "study.html").as_uri())
        page.click("text=Begin")
        assert faults(page) == []
        begin(page, study)
        page.click("#next")
        assert faults(page) == []
        answer(page)
        # Nothing is wider than the screen.
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")
        page.click("#pause")
        page.click("summary:has-text('does not work')")
        assert faults(page) == []


@needs_browser
def test_without_javascript_it_says_what_it_needs(study: Written) -> None:
    with opened(java_script_enabled=False) as page:
        page.goto((study.folder / "study.html").as_uri())
        assert "needs JavaScript" in page.inner_text("body")


def test_own_consent_text_is_escaped(study: Written, tmp_path: Path) -> None:
    shown = pages.content(study.design, noise, "en")
    path = pages.save(shown, tmp_path / "other", "Dear <b>rater</b>,\n\nthank you.")
    text = path.read_text(encoding="utf-8")
    assert "<p>Dear &lt;b&gt;rater&lt;/b&gt;,</p>" in text
    assert "<p>thank you.</p>" in text


@needs_browser
def test_two_tabs_lose_no_answer(study: Written, tmp_path: Path) -> None:
    with opened() as page:
        begin(page, study)
        answer(page)
        other = page.context.new_page()
        begin(other, study)
        answer(other)
        answer(other)
        answer(page)
        page.click("#pause")
        found = saved(page, tmp_path)
    assert sorted(given["item"] for given in found["answers"]) == sorted(item for item, _ in study.design.plans[1][:3])


@needs_browser
def test_the_newest_answer_to_an_item_counts_in_all_tabs(study: Written, tmp_path: Path) -> None:
    with opened() as page:
        begin(page, study)
        answer(page, "Caption A")
        other = page.context.new_page()
        begin(other, study)
        other.click("#previous")
        answer(other, "Caption B")
        answer(page, "Both equally")
        page.click("#pause")
        found = saved(page, tmp_path)
    item, swapped = study.design.plans[1][0]
    (first,) = [given for given in found["answers"] if given["item"] == item]
    assert first["preferred"] == (0 if swapped else 1)


@needs_browser
def test_a_file_of_another_person_or_a_damaged_one_replaces_nothing(study: Written, tmp_path: Path) -> None:
    with opened() as page:
        begin(page, study)
        answer(page)
        page.click("#pause")
        mine = saved(page, tmp_path)
        page.reload()
        page.click("summary")
        page.set_input_files("#file", next(tmp_path.glob("answers-*.json")))
        complaint = page.locator("#wrong-file")
        complaint.filter(has_text="Tick the box").wait_for()
        page.check("#agree")
        file = tmp_path / "other.json"
        for change, named in (
            ({"session": "another"}, "another person"),
            ({"answers": [None]}, "damaged"),
            ({"answers": [{"item": mine["answers"][0]["item"]}]}, "damaged"),
            ({"answers": 2 * mine["answers"]}, "damaged"),
            ({"session": 3}, "damaged"),
        ):
            file.write_text(json.dumps(mine | change), encoding="utf-8")
            page.set_input_files("#file", file)
            complaint.filter(has_text=named).wait_for()
            complaint.evaluate("(element) => { element.textContent = ''; }")
        begin(page, study)
        page.click("#pause")
        assert saved(page, tmp_path)["answers"] == mine["answers"]
