"""The controls of a lab in a reader's hands: what is typed, dragged, swiped, said, enlarged and printed."""

from itertools import pairwise

import numpy as np
import pytest
from convolution_page import Lab

from cnnbook.widgets import ConvolutionLab, PoolingLab, quiz

VALUES = "widget => [...widget.querySelectorAll('.kernel input')].map((field) => field.value)"
FOCUS = "document.activeElement.ariaLabel"


def weight(lab, index):
    return lab.el.locator(".kernel input").nth(index)


def middle(target):
    box = target.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def swipe(page, start, by):
    """Draw a finger over the screen."""
    fingers = page.context.new_cdp_session(page)
    points = [(start[0] + by[0] * step / 10, start[1] + by[1] * step / 10) for step in range(11)]
    for kind, (x, y) in [("touchStart", points[0]), *(("touchMove", point) for point in points[1:])]:
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y}]})
        page.wait_for_timeout(20)
    fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(200)


def test_a_number_typed_into_each_weight_is_that_number(open_lab):
    lab = open_lab()
    for index in range(9):
        weight(lab, index).click()
        lab.page.keyboard.type("1")
    lab.settle()
    assert lab.el.evaluate(VALUES) == ["1"] * 9
    assert lab.sum.inner_text().count("× 1 ") == 9


@pytest.mark.parametrize("key", ["Tab", "Enter"])
def test_the_next_weight_is_one_key_away(open_lab, key):
    lab = open_lab()
    weight(lab, 0).focus()
    for _ in range(8):
        lab.page.keyboard.type("1")
        lab.page.keyboard.press(key)
    lab.page.keyboard.type("1")
    assert lab.el.evaluate(VALUES) == ["1"] * 9
    lab.page.keyboard.press(f"Shift+{key}")
    assert lab.page.evaluate(FOCUS) == "Weight row 2, column 1"
    lab.page.keyboard.press("Tab")
    lab.page.keyboard.press("Tab")
    assert lab.page.evaluate(FOCUS) == "Bias"


def test_every_keystroke_that_makes_a_number_is_computed(open_lab):
    lab = open_lab()
    field = weight(lab, 0)
    field.click()
    for shown, computed in [("1", "1"), ("1/", "1"), ("1/9", "1/9"), ("1/9x", "1/9")]:
        lab.page.keyboard.type(shown[-1])
        lab.settle()
        assert field.input_value() == shown
        assert lab.sum.inner_text().startswith(f"188 × {computed} +")
        assert field.get_attribute("aria-invalid") == ("false" if shown == computed else "true")
        assert not lab.el.get_by_role("alert").is_visible()
    lab.page.keyboard.press("Escape")
    lab.settle()
    assert field.input_value() == "−1"
    assert lab.sum.inner_text().startswith("188 × −1 +")


def test_an_arrow_key_goes_on_from_what_is_typed(open_lab):
    lab = open_lab()
    weight(lab, 0).click()
    lab.page.keyboard.type("5")
    lab.page.keyboard.press("ArrowUp")
    assert weight(lab, 0).input_value() == "6"


def test_no_digit_is_lost(open_lab):
    lab = open_lab()
    weight(lab, 0).click()
    lab.page.keyboard.type("1.23456789")
    lab.page.keyboard.press("Enter")
    weight(lab, 0).focus()
    assert weight(lab, 0).input_value() == "1.23456789"
    weight(lab, 1).focus()
    assert "1.23456789" in lab.copied("Copy as Keras")


def test_a_weight_tells_its_limits(open_lab):
    field = weight(open_lab(), 0)
    names = ("aria-valuemin", "aria-valuenow", "aria-valuemax")
    assert [field.get_attribute(name) for name in names] == ["-1000000", "-1", "1000000"]


def test_a_whole_number_is_computed_as_it_is_typed(open_lab):
    lab = open_lab()
    lab.settings()
    field = lab.el.get_by_label("Stride", exact=True)
    alert = lab.el.get_by_role("alert")
    field.click()
    for key, size, invalid in [("1", "10×10", "false"), ("2", "10×10", "true")]:
        lab.page.keyboard.type(key)
        lab.settle()
        assert (lab.sizes()[2], field.get_attribute("aria-invalid")) == (size, invalid)
        assert not alert.is_visible()
    field.blur()
    lab.settle()
    assert "Stride can be a whole number from 1 to 8. You typed “12”, so 8 is used." in alert.inner_text()
    assert (lab.sizes()[2], field.input_value()) == ("2×2", "8")


def test_a_field_taken_away_half_typed_says_nothing(open_lab):
    lab = open_lab(padding=2)
    lab.settings()
    lab.el.get_by_label("Zeros on each side", exact=True).fill("99")
    lab.el.get_by_label("Padding", exact=True).evaluate(
        "list => { list.value = 'valid'; list.dispatchEvent(new Event('change')); }"
    )
    lab.settle()
    weight(lab, 0).fill("1/")
    lab.el.get_by_label("Kernel rows", exact=True).evaluate(
        "field => { field.value = 2; field.dispatchEvent(new Event('input')); }"
    )
    lab.settle()
    assert lab.sizes() == ["12×12", "2×3", "11×10"]
    assert not lab.el.get_by_role("alert").is_visible()


def test_a_weight_is_dragged_sideways_and_that_is_said(open_lab):
    lab = open_lab()
    x, y = middle(weight(lab, 4))
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 34, y + 60, steps=5)
    lab.page.mouse.up()
    assert weight(lab, 4).input_value() == "3"
    hint = lab.el.get_by_text("Type a number, drag it sideways, or press ↑ ↓.")
    assert hint.is_visible()
    weights = lab.el.get_by_role("group", name="Weights")
    assert weights.get_attribute("aria-describedby") == hint.get_attribute("id")


def test_a_finger_scrolls_the_page_or_drags_a_weight(open_lab):
    lab = open_lab({"touch": True, "width": 360, "height": 640})
    weight(lab, 4).scroll_into_view_if_needed()
    for field in (weight(lab, 4), lab.el.get_by_label("Bias", exact=True)):
        before, scrolled = field.input_value(), lab.page.evaluate("scrollY")
        swipe(lab.page, middle(field), (12, -150))
        assert lab.page.evaluate("scrollY") > scrolled + 50
        assert field.input_value() == before
        swipe(lab.page, middle(field), (65, 0))
        assert 3 <= int(field.input_value()) <= 6  # less the way until the browser knows what it is about
    assert lab.el.get_by_text("Tap a number and type. Or drag a number sideways.").is_visible()


def test_a_finger_reaches_the_last_column_of_a_wide_kernel(open_lab):
    lab = open_lab({"touch": True, "width": 360, "height": 640}, kernel=np.ones((7, 7)), padding="same")
    kernel, last = lab.el.locator(".kernel"), weight(lab, 6)
    last.evaluate("field => field.scrollIntoView({ block: 'center', inline: 'nearest' })")
    kernel.evaluate("kernel => (kernel.scrollLeft = 0)")
    edge = kernel.bounding_box()["x"] + kernel.bounding_box()["width"]
    assert last.bounding_box()["x"] + 44 > edge
    swipe(lab.page, middle(weight(lab, 3)), (-80, 0))
    assert last.bounding_box()["x"] + 44 <= edge
    assert set(lab.el.evaluate(VALUES)) == {"1"}
    assert lab.el.get_by_text("Tap a number and type. Swipe to see every column.").is_visible()


def test_a_message_quotes_little_and_can_be_closed(open_lab):
    lab = open_lab()
    alert = lab.el.get_by_role("alert")
    for close in ("Escape", "Enter"):
        weight(lab, 3).fill("x" * 10_000)
        lab.page.keyboard.press("Tab")
        assert f"“{'x' * 39}…”" in alert.inner_text()
        if close == "Enter":
            alert.get_by_role("button", name="Close this message").focus()
        lab.page.keyboard.press(close)
        assert not alert.is_visible()
        assert lab.page.evaluate(FOCUS) == "Weight row 1, column 1"


def test_a_message_is_in_sight_and_leaves_the_focused_field_so(open_lab):
    lab = open_lab({"width": 320, "height": 256})  # 1280 x 1024 at 400 %
    lab.el.evaluate(
        "widget => (widget.parentElement.style.overflow = 'auto')"
    )  # as in the book, and in JupyterLab
    for index in range(8):
        weight(lab, index).fill("no number " * 20)
        lab.page.keyboard.press("Tab")
        for scrolled in (0, 60, -60, 60):
            lab.page.mouse.wheel(0, scrolled)
            lab.settle()
            notice, box = lab.page.evaluate(  # in one frame: the page may scroll still
                "elements => elements.map(element => element.getBoundingClientRect().toJSON())",
                [place.element_handle() for place in (lab.el.get_by_role("alert"), weight(lab, index + 1))],
            )
            assert 0 <= notice["y"] <= 256 - notice["height"]
            above, below = box["y"] + box["height"] <= notice["y"], notice["y"] + notice["height"] <= box["y"]
            assert above or below


def test_a_message_leaves_the_fields_of_the_next_widget_in_sight(open_page, static_page):
    page = open_page(static_page(ConvolutionLab("digit"), PoolingLab("digit")), height=600)
    first, second = Lab(page), Lab(page, 1)
    weight(first, 0).fill("no number")
    field = second.el.get_by_label("Stride", exact=True)
    field.evaluate("field => field.scrollIntoView({ block: 'end' })")
    field.focus()
    page.wait_for_function("document.querySelector('[role=alert].above:not([hidden])')")


def test_pressed_buttons_and_the_legend_survive_forced_colours(open_lab):
    lab = open_lab()
    lab.page.emulate_media(forced_colors="active")
    lab.button("Draw").click()
    background = "el => getComputedStyle(el).backgroundColor"
    assert lab.button("White").evaluate(background) != lab.button("Black").evaluate(background)
    assert "gradient" in lab.el.locator(".legend .scale").evaluate(
        "el => getComputedStyle(el).backgroundImage"
    )
    pixels = lab.el.locator(".legend .scale").screenshot()
    lab.page.emulate_media(forced_colors="none")
    assert lab.el.locator(".legend .scale").screenshot() == pixels


def test_a_legend_says_what_is(open_lab):
    lab = open_lab(kernel=np.full((1, 1), 12495 / 255), side=8)
    largest = max(float(cell["cell"].rsplit(" ", 1)[1]) for cell in lab.read_all())
    assert f"{largest:g}" in lab.el.locator(".legend .numbers").inner_text().split()


def test_numbers_of_a_legend_have_room(open_lab):
    lab = open_lab({"width": 320}, kernel=np.linspace(-1e5, 0.123456 - 1e5, 9).reshape(3, 3), bias=9e5)
    boxes = [label.bounding_box() for label in lab.el.locator(".legend .numbers span").all()]
    boxes.sort(key=lambda box: box["x"])
    assert all(a["x"] + a["width"] < b["x"] for a, b in pairwise(boxes))


def test_play_does_not_make_up_for_lost_time(open_lab):
    lab = open_lab(cell=(0, 0))
    lab.el.get_by_label("Speed").select_option("16")
    lab.button("Play").evaluate("""async (play) => {
      const frame = () => new Promise(requestAnimationFrame);
      play.click();
      await frame();
      for (const end = performance.now() + 1500; performance.now() < end; );
      await frame();
      await frame();
      play.click();
    }""")
    lab.settle()
    row, column = lab.title.inner_text().split(":")[0].removeprefix("Output at row ").split(", column ")
    assert int(row) * 10 + int(column) < 12  # 24 and more without the lost time


def test_a_lab_fills_a_projector_and_comes_back(open_lab):
    lab = open_lab({"width": 1920, "height": 1080}, image="cat", side=48)
    letters = "fields => Math.min(...fields.map((e) => parseFloat(getComputedStyle(e).fontSize)))"
    fields = lab.el.locator(".kernel input, .numbers span, .sum, .title")
    small = fields.evaluate_all(letters)
    lab.page.evaluate("document.querySelector('main').prepend(document.createElement('section'))")
    lab.page.add_style_tag(content="section:empty { height: 200rem } main { padding-bottom: 100rem }")
    lab.button("Large").scroll_into_view_if_needed()
    place = lab.el.bounding_box()["y"]
    lab.button("Large").click()
    lab.button("Leave large").wait_for()
    box = lab.el.locator(".cnnbook").bounding_box()
    assert (box["x"], box["y"], box["width"]) == (0, 0, 1920)
    assert fields.evaluate_all(letters) >= 22
    box = lab.sum.bounding_box()
    assert box["y"] + box["height"] <= 1080
    lab.button("Leave large").click()
    lab.page.wait_for_function(
        """([widget, place]) => !document.fullscreenElement
          && Math.abs(widget.getBoundingClientRect().top - place) < 2""",
        arg=[lab.el.element_handle(), place],  # where the reader left the page
    )
    assert fields.evaluate_all(letters) == small


def test_a_screen_that_comes_late_is_given_back_to_who_has_left_meanwhile(open_lab):
    lab = open_lab()
    lab.page.evaluate("""() => {
      const { requestFullscreen } = Element.prototype;
      Element.prototype.requestFullscreen = async function () {
        await new Promise((done) => setTimeout(done, 300));
        await requestFullscreen.call(this);
        window.given = true;
      };
    }""")
    lab.button("Large").click()
    lab.button("Leave large").click()
    lab.page.wait_for_function("window.given")
    lab.page.wait_for_function("document.fullscreenElement === null")


def test_without_full_screen_a_lab_lies_over_the_page(open_lab):
    lab = open_lab({"width": 1000})
    for name in ("requestFullscreen", "webkitRequestFullscreen"):
        lab.page.evaluate(f"delete Element.prototype.{name}")
    lab.page.evaluate("document.body.append(document.createElement('button'))")
    lab.button("Large").click()
    assert lab.el.locator(".cnnbook").bounding_box()["width"] == 1000
    lab.button("Leave large").focus()
    for _ in range(2):
        lab.page.keyboard.press("Tab")
        assert lab.page.evaluate(
            "document.activeElement.closest('.cnnbook') !== null || !document.hasFocus()"
        )
    lab.page.mouse.click(*lab.at(lab.output, 2, 2))
    lab.page.keyboard.press("Escape")  # unpins
    assert lab.button("Leave large").is_visible()
    lab.page.keyboard.press("Escape")
    assert lab.button("Large").is_visible()
    assert lab.el.locator(".cnnbook").bounding_box()["width"] == 968
    assert lab.page.locator("[inert]").count() == 0


LEAVES = """(input) => {
  input.blur();
  return new Promise(function look(resolve) {
    const message = document.querySelector("[role=alert]:not([hidden])");
    if (!message) return requestAnimationFrame(() => look(resolve));
    const { x, y, width, height } = message.getBoundingClientRect();
    const over = () => message.contains(document.elementFromPoint(x + width / 2, y + height / 2));
    const atOnce = over();
    setTimeout(() => resolve([atOnce, over()]), 500);
  });
}"""


def test_a_message_takes_no_press_that_began_before_it_and_no_place_of_another(open_page, static_page):
    page = open_page(static_page(ConvolutionLab("digit", side=12), ConvolutionLab("digit", side=12)))
    for turn in range(2):
        field = weight(Lab(page, turn), 0)
        field.fill("x")
        assert field.evaluate(LEAVES) == [False, True]
        assert page.get_by_role("alert").count() == 1


def test_ink_beside_the_picture_changes_nothing(open_lab):
    lab = open_lab(image="cat", side=16, padding=2)
    lab.button("Draw").click()
    before = lab.copied("Copy as Keras")
    lab.page.mouse.click(*lab.at(lab.input, 0, 0))
    lab.settle()
    assert lab.el.get_by_label("Picture", exact=True).input_value() == "cat"
    assert lab.copied("Copy as Keras") == before


def test_on_paper_a_lab_is_whole_light_and_without_buttons(open_lab):
    lab = open_lab(dark=True)
    lab.page.emulate_media(media="print")
    widget = lab.el.locator(".cnnbook")
    look = "el => [getComputedStyle(el).breakInside, getComputedStyle(el).backgroundColor]"
    assert widget.evaluate(look) == ["avoid", "rgb(255, 255, 255)"]
    assert lab.el.get_by_role("button").count() == 0


def test_an_answer_is_explained_in_sight_and_signed(open_page, static_page):
    page = open_page(static_page(quiz("convolution", 1)), width=360, height=240, touch=True)
    page.emulate_media(forced_colors="active")
    choices = page.locator(".choice")
    for index in range(2):
        choices.nth(index).tap()
        box = page.get_by_role("status").bounding_box()
        assert box["y"] + min(box["height"], 240) <= 240
        sign = choices.nth(index).evaluate("el => getComputedStyle(el, '::after').content")
        assert sign.strip('"') == page.get_by_role("status").inner_text()[0]


def test_escape_in_a_field_that_heard_of_no_focus_keeps_its_number(open_lab):
    """As in a window in the background."""
    lab = open_lab()
    weight = lab.el.locator(".kernel input").first
    weight.evaluate("el => el.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }))")
    lab.settle()
    assert weight.input_value() == "−1"
