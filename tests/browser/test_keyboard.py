"""What hands do all day: a grid by keys, mistakes mended by F8, people made in passing, nothing typed ever lost."""

import re
from typing import Any

import pytest

from tests import make
from tests.browser.test_road import create, party_of, pick, press, state

FOCUS = "() => document.activeElement.name || document.activeElement.getAttribute('aria-label') || document.activeElement.id"


def value(page: Any, name: str) -> str:
    """What stands in an input."""
    return str(page.locator(f"[name='{name}']").first.input_value())


def rows(page: Any, grid: str) -> int:
    """How many lines a grid shows."""
    return int(page.locator(f"[data-grid={grid}] tbody tr").count())


def filled_purchase(page: Any, base: str, vin: str, model: str) -> None:
    """A purchase with everything that it needs, not sent yet."""
    page.goto(base + "/purchase/new")
    create(page, "seller_id", "徐键盘", mobile="13605754471")
    pick(page, "warehouse_id", "城东")
    page.fill("[name='vehicle-vin']", vin)
    page.fill("[name='vehicle-engine_no']", "2AR-1234567")
    page.fill("[name='mileage_km']", "6.84万")
    page.fill("[name='price']", "8.6万")
    pick(page, "vehicle-car_model_id", model)


@pytest.fixture
def model(served: tuple[Any, str]) -> str:
    """A car model's name, made behind the scenes."""
    with served[0].app_context():
        return str(make.car_model().name)


def test_a_grid_is_worked_by_keys_alone(served: tuple[Any, str], sit_down: Any) -> None:
    page = sit_down("accountant")
    page.goto(served[1] + "/manual_entry/new")
    page.wait_for_selector("[data-grid=lines]")
    assert rows(page, "lines") == 2, "a new voucher offers two empty lines"
    page.locator("[name='lines-0-debit']").fill("100")
    page.keyboard.press("Control+d")
    page.wait_for_function("() => document.querySelectorAll('[data-grid=lines] tbody tr').length === 3")
    page.wait_for_function("() => document.querySelector('[name=lines-1-debit]').value === '100.00'")
    assert page.evaluate(FOCUS) == "科目", "the cursor stands in the copy"
    page.keyboard.press("Control+Delete")
    page.wait_for_function("() => document.querySelectorAll('[data-grid=lines] tbody tr').length === 2")
    assert value(page, "lines-0-debit") == "100.00"
    page.keyboard.press("Alt+KeyN")
    page.wait_for_function("() => document.querySelectorAll('[data-grid=lines] tbody tr').length === 3")
    page.locator("[name='lines-0-debit']").press("ArrowDown")
    assert page.evaluate(FOCUS) == "lines-1-debit"
    page.keyboard.press("Enter")
    assert page.evaluate(FOCUS) == "lines-1-credit"


def test_lines_left_empty_are_not_saved(served: tuple[Any, str], sit_down: Any) -> None:
    page = sit_down("accountant")
    page.goto(served[1] + "/manual_entry/new")
    page.fill("[name=text]", "只有摘要")
    press(page, "save")
    page.wait_for_url(re.compile(r"/manual_entry/\d+"))
    assert rows(page, "lines") == 0


def test_mistakes_stand_in_the_order_of_the_page_and_f8_goes_through_them(
    served: tuple[Any, str], sit_down: Any
) -> None:
    page = sit_down("buyer")
    page.goto(served[1] + "/purchase/new")
    page.wait_for_function("() => document.activeElement.id === 'seller_id'")  # the cursor stands ready
    press(page, "save")
    page.wait_for_selector(".note.red a")
    links = page.locator(".note.red a").all_inner_texts()
    assert links.index("卖方") < links.index("车架号") < links.index("里程") < links.index("收购价")
    page.keyboard.press("F8")
    assert page.evaluate("() => document.activeElement.id") == "seller_id"
    page.fill("[name='mileage_km']", "5.2万")
    page.keyboard.press("Tab")
    assert not page.locator(".field:has([name=mileage_km]) .err").count(), "a changed field is no longer red"
    found = set()
    for _ in range(6):
        page.keyboard.press("F8")
        found.add(page.evaluate("() => document.activeElement.id"))
    assert "mileage_km" not in found
    assert {"vehicle-vin", "price"} <= found


def test_a_vin_speaks_while_it_is_typed_and_asks_why_only_when_it_is_wrong(
    served: tuple[Any, str], sit_down: Any, model: str
) -> None:
    page = sit_down("buyer")
    filled_purchase(page, served[1], make.vin(31), model)
    right = page.locator("[data-total=vin_right]")
    reason = page.locator("[name='vehicle-vin_override_reason']")
    page.wait_for_function("() => document.querySelector('[data-total=vin_right]').textContent")
    assert right.inner_text() == "校验位正确"
    assert reason.is_hidden()
    good = make.vin(31)
    wrong = good[:8] + ("1" if good[8] != "1" else "2") + good[9:]
    page.fill("[name='vehicle-vin']", wrong)
    page.wait_for_function("() => document.querySelector('[data-total=vin_wrong]').textContent")
    assert f"算出来应为 {good[8]}" in page.locator("[data-total=vin_wrong]").inner_text()
    assert reason.is_visible()
    press(page, "approve")
    page.wait_for_selector(".note.red")
    assert (value(page, "vehicle-vin"), state(page)) == (wrong, "未审核"), "kept as a draft, not in stock"
    reason.fill("行驶证上就是这样")
    press(page, "approve")
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")
    assert page.get_by_role("link", name="看这台车").first.is_visible(), "the next step stands there"


def test_a_seller_made_in_passing_has_the_role_and_a_wrong_number_is_said_in_the_dialog(
    served: tuple[Any, str], sit_down: Any
) -> None:
    page = sit_down("buyer")
    page.goto(served[1] + "/purchase/new")
    page.fill("[name=price]", "8.6万")
    box = page.locator("[data-picker]:has(input[type=hidden][name=seller_id]) input[role=combobox]")
    box.fill("没见过的人")
    page.get_by_role("button", name=re.compile("新建「没见过的人」")).wait_for()
    page.keyboard.press("Alt+KeyN")
    dialog = page.locator("dialog[open]")
    dialog.locator("[name=mobile]").wait_for()
    assert page.evaluate(FOCUS) == "mobile", "the name is there already"
    assert dialog.locator("[name=roles]:checked").evaluate_all("all => all.map(one => one.value)") == ["seller"]
    dialog.locator("[name=mobile]").fill("123")
    dialog.locator("button[type=submit]").click()
    dialog.locator(".err").wait_for()
    assert dialog.locator("[name=name]").input_value() == "没见过的人"
    dialog.locator("[name=mobile]").fill("13605754499")
    dialog.locator("button[type=submit]").click()
    page.wait_for_function("() => document.querySelector('input[type=hidden][name=seller_id]').value !== ''")
    assert value(page, "price") == "86,000.00", "what stood on the page is still there"


def test_before_unapproving_the_preview_says_what_is_taken_back(
    served: tuple[Any, str], sit_down: Any, model: str
) -> None:
    page = sit_down("buyer")
    filled_purchase(page, served[1], make.vin(32), model)
    press(page, "approve")
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")
    page.get_by_role("button", name="反审核").click()
    dialog = page.locator("dialog[open]")
    dialog.wait_for()
    assert "会撤回" in dialog.inner_text()
    assert "车辆离开" in dialog.inner_text()
    page.keyboard.press("Escape")
    dialog.wait_for(state="detached")
    assert state(page) == "已审核", "looking changes nothing"
    page.get_by_role("button", name="反审核").click()
    page.locator("dialog[open] [name=reason]").fill("价格谈低了")
    page.locator("dialog[open] button[type=submit]").click()
    page.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('未审核')")
    assert "第 2 版" in page.locator("header.dochead").inner_text()
    assert value(page, "price") == "86,000.00"


def test_leaving_a_changed_form_asks_and_what_was_typed_is_offered_back(served: tuple[Any, str], sit_down: Any) -> None:
    page = sit_down("buyer")
    page.goto(served[1] + "/purchase/new")
    page.wait_for_timeout(300)
    page.fill("[name='plate']", "浙D9ABCD")
    page.locator(".dirty").first.wait_for()
    asked: list[str] = []

    def answer(question: Any) -> None:
        asked.append(question.type)
        question.accept()

    page.on("dialog", answer)
    page.locator(".sidebar .brand").click()
    page.wait_for_url(served[1] + "/")
    assert asked == ["beforeunload"]
    page.goto(served[1] + "/purchase/new")
    page.get_by_role("button", name="放回来").click()
    assert value(page, "plate") == "浙D9ABCD"


def test_the_second_of_two_windows_is_told_and_keeps_what_it_typed(
    served: tuple[Any, str], sit_down: Any, model: str
) -> None:
    first = sit_down("buyer")
    filled_purchase(first, served[1], make.vin(33), model)
    press(first, "save")
    first.wait_for_url(re.compile(r"/purchase/\d+"))
    second = first.context.new_page()
    second.goto(first.url)
    first.fill("[name=note]", "第一个窗口")
    press(first, "save")
    first.wait_for_function("() => document.querySelector('.toast')")
    second.fill("[name=note]", "第二个窗口")
    press(second, "save")
    second.wait_for_selector(".note.red")
    assert "刚改过" in second.locator(".note.red").inner_text()
    assert value(second, "note") == "第二个窗口"
    press(second, "save")
    second.wait_for_function("() => document.querySelector('.toast')")
    assert value(second, "note") == "第二个窗口", "saving again was a decision"


def test_one_money_line_follows_what_is_settled_until_it_is_written_by_hand(
    served: tuple[Any, str], sit_down: Any, model: str
) -> None:
    buyer = sit_down("buyer")
    filled_purchase(buyer, served[1], make.vin(34), model)
    create_again = buyer.locator("[data-picker]:has(input[type=hidden][name=seller_id])")
    create_again.locator(".chosen button").click()
    create(buyer, "seller_id", "分次付", mobile="13605754490")
    press(buyer, "approve")
    buyer.wait_for_function("() => document.querySelector('header.dochead .badge').innerText.includes('已审核')")
    page = sit_down("accountant")
    page.goto(served[1] + "/settlement/new?direction=payment&party_id=" + party_of(served[0], "分次付"))
    page.wait_for_timeout(300)
    page.locator("[name='items-0-amount']").fill("3万")
    page.keyboard.press("Tab")
    assert value(page, "money-0-amount") == "30,000.00"
    page.locator("[name='money-0-amount']").fill("20000")
    page.locator("[name='items-0-amount']").fill("2.5万")
    page.keyboard.press("Tab")
    assert value(page, "money-0-amount") == "20,000.00"


def test_on_a_phone_every_cell_of_a_line_says_what_goes_there(served: tuple[Any, str], sit_down: Any) -> None:
    page = sit_down("buyer", "phone")
    page.goto(served[1] + "/purchase/new")
    page.wait_for_selector("[data-grid=fees]")
    page.locator("[data-line=add]").first.tap()
    cells = page.locator("[data-grid=fees] tbody td.cell")
    cells.first.wait_for()
    for cell in cells.all():
        told = cell.get_attribute("data-label") or cell.locator("input:not([type=hidden])").first.get_attribute(
            "placeholder"
        )
        assert told
