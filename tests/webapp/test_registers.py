"""The registers in the browser and by the API: customers, budgets, and first forms that an address fills in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from lxml import html

from services.cases.drafts import find_draft, new_case_place, save_draft
from services.database import db
from services.people.models import DbDepartment
from services.registers.models import DbCustomer
from tests.conftest import MONDAY, find_actor
from tests.support.clients import ApiClient, PoliteClient
from tests.support.hospitality import approved, start

pytestmark = pytest.mark.usefixtures("added_customers")

Browse = Callable[[str], PoliteClient]
CUSTOMER = {"code": "T-001", "name": "测试机电有限公司", "grade": "B", "relation": "潜力", "no_visit": "周一上午"}
HOSTILE = ["\x00", "x" * 5_000, "<script>alert(1)</script>", "=HYPERLINK(1)", "'; DROP TABLE customers --", "\u202e"]


def texts(page: html.HtmlElement, path: str) -> list[str]:
    return [" ".join(node.text_content().split()) for node in page.xpath(path)]


def rows(page: html.HtmlElement) -> list[str]:
    return texts(page, "//table[contains(@class, 'hq-list')]//td[contains(@class, 'hq-list-title')]/a")


def add(client: PoliteClient, **changes: Any) -> str:
    return str(client.submit("/registers/add-customer", {**CUSTOMER, **changes}))


def service_id() -> int:
    return int(db.session.query(DbDepartment.id).filter_by(name="客户服务部").scalar())


# The hub


def test_everybody_sees_the_customers_and_few_the_budgets(browse: Browse) -> None:
    def tiles(username: str) -> set[str]:
        return set(texts(browse(username).get("/registers"), "//a[contains(@class, 'hq-tile')]//strong"))

    assert {"客户", "公司日历"} <= tiles("specialist")
    assert "预算" not in tiles("specialist")
    assert {"客户", "预算"} <= tiles("finance")


def test_the_navigation_leads_people_with_a_post_to_the_registers(browse: Browse) -> None:
    link = "//nav[contains(@class, 'hq-nav')]//a[@href='/registers']"
    assert browse("specialist").get("/inbox").xpath(link)
    assert not browse("outsider").get("/inbox").xpath(link)


# Customers


def test_a_customer_is_added_shown_and_found(browse: Browse) -> None:
    client = browse("specialist")
    address = add(client, **{"contacts-0-name": "丁一", "contacts-0-phone": "138 1111 2222", "contacts-0-main": "1"})
    assert address == "/registers/customers/T-001"
    page = client.get(address)
    assert texts(page, "//h1") == ["测试机电有限公司"]
    assert "138 1111 2222" in page.text_content()
    assert rows(client.get("/registers/customers?q=1381111&grade=B")) == ["测试机电有限公司"]
    assert "没有符合条件" in client.get("/registers/customers?q=1381111&grade=A").text_content()


def test_a_refused_form_comes_back_as_it_was_typed(browse: Browse) -> None:
    client = browse("specialist")
    typed = {**CUSTOMER, "no_visit": "周八", "contacts-0-name": "丁一", "contacts-0-birthday": "2099-01-01"}
    page = client.submit("/registers/add-customer", typed, status=422)
    assert page.xpath("//input[@name='name']/@value") == ["测试机电有限公司"]  # type: ignore[union-attr]
    assert page.xpath("//input[@name='contacts-0-name']/@value") == ["丁一"]  # type: ignore[union-attr]
    said = " ".join(texts(page, "//*[contains(@class, 'hq-error-summary')]"))  # type: ignore[arg-type]
    assert "看不懂“周八”" in said
    assert "生日" in said
    assert db.session.query(DbCustomer).filter_by(code="T-001").count() == 0


def test_a_code_that_is_taken_is_said_at_its_field(browse: Browse) -> None:
    page = browse("specialist").submit("/registers/add-customer", {**CUSTOMER, "code": "C001"}, status=409)
    assert "C001 已经存在" in page.xpath("//*[@id='code-error']")[0].text_content()  # type: ignore[union-attr]


def test_an_unknown_customer_is_not_found(browse: Browse) -> None:
    client = browse("specialist")
    for path in ("/registers/customers/C999", "/registers/customers/C999/edit", "/registers/customers/%00"):
        assert client.raw(path).status_code in (400, 404)


def test_the_second_to_save_sees_what_changed_and_keeps_what_was_typed(browse: Browse) -> None:
    first, second = browse("supervisor"), browse("manager")
    add(first, address="镇江")
    opened = first.get("/registers/customers/T-001/edit")
    version = opened.xpath("//input[@name='version']/@value")[0]
    form = {**CUSTOMER, "address": "镇江", "version": version}
    second.submit("/registers/customers/T-001/edit", {**form, "grade": "A"})
    page = first.submit("/registers/customers/T-001/edit", {**form, "address": "南通"}, status=409)
    assert isinstance(page, html.HtmlElement)
    assert "王雅琴" in page.xpath("//*[contains(@class, 'hq-changed-since')]")[0].text_content()
    assert page.xpath("//input[@name='address']/@value") == ["南通"]
    assert page.xpath("//select[@name='grade']/option[@selected]/@value") == ["A"]
    newest = page.xpath("//input[@name='version']/@value")[0]
    first.submit("/registers/customers/T-001/edit", {**form, "address": "南通", "grade": "A", "version": newest})
    shown = first.get("/registers/customers/T-001")
    assert "南通" in shown.text_content()
    assert [line.split()[0] for line in texts(shown, "//*[@id='history']//li")] == ["李慧", "王雅琴", "李慧"]


def test_the_outsider_reads_and_changes_nothing(browse: Browse) -> None:
    client = browse("outsider")
    page = client.get("/registers/customers/C001")
    assert not page.xpath("//a[contains(@href, '/edit')]")
    assert "招待实际" not in page.text_content()
    assert client.raw("/registers/add-customer").status_code == 403
    assert client.raw("/registers/customers/C001/edit").status_code == 403
    assert client.post("/registers/add-customer", CUSTOMER).status_code == 403
    assert client.post("/registers/customers/C001/edit", {**CUSTOMER, "version": "0"}).status_code == 403


def test_the_page_links_only_the_cases_that_the_reader_may_see(browse: Browse) -> None:
    case = start()
    link = f"//ol[contains(@class, 'hq-life')]//a[@href='/cases/{case.id}']"
    assert browse("specialist").get("/registers/customers/C001?kind=hospitality").xpath(link)
    page = browse("outsider").get("/registers/customers/C001?kind=hospitality")
    assert not page.xpath(link)
    assert case.number not in page.text_content()
    assert "您无权查看" in page.text_content()


@pytest.mark.parametrize("text", HOSTILE)
def test_what_anybody_types_is_text(browse: Browse, text: str) -> None:
    client = browse("specialist")
    answer = client.post("/registers/add-customer", {**CUSTOMER, "remark": text})
    assert answer.status_code in (303, 400, 422)
    if answer.status_code == 303:
        page = client.get("/registers/customers/T-001")
        assert text in page.text_content()
        assert not page.xpath("//main//script")
    for name in ("q", "grade", "sort", "cursor", "region"):
        answer = client.raw("/registers/customers", query_string={name: text})
        assert answer.status_code in (200, 400), name
        assert "<script>alert" not in answer.text
    assert client.raw("/registers/customers/C001", query_string={"kind": text}).status_code in (400, 422)


def test_names_read_english(browse: Browse) -> None:
    client = browse("specialist")
    page = client.get("/registers/customers/C001", headers={"Accept-Language": "en"})
    assert "Start for this customer" in page.text_content()
    assert "Strategic" in page.text_content()


# Starting a case for a customer


def field(page: html.HtmlElement, name: str) -> list[str]:
    return [str(value) for value in page.xpath(f"//form[@id='filling']//input[@name='{name}']/@value")]


def test_a_case_is_started_for_the_customer_of_the_page(browse: Browse) -> None:
    client = browse("specialist")
    page = client.get("/registers/customers/C002")
    addresses = page.xpath("//*[@aria-labelledby='starts']//a/@href")
    assert "/start/hospitality?customer=C002" in addresses
    assert "/start/gift?customer=C002" in addresses
    assert not [address for address in addresses if "address_change" in address]
    assert field(client.get("/start/hospitality?customer=C002"), "customer")[0] == "C002"
    assert field(client.get("/start/gift?customer=C002"), "lines-0-customer")[0] == "C002"


@pytest.mark.parametrize(
    "query",
    ["customer=C999", "customer=%3Cb%3E", "customer=", "budget_total=5", "department=财务部", "key=x", "_external=1"],
)
def test_what_the_form_does_not_take_is_passed_over(browse: Browse, query: str) -> None:
    page = browse("specialist").get(f"/start/hospitality?{query}")
    assert not any(field(page, "customer"))
    assert "财务部" not in " ".join(texts(page, "//form[@id='filling']//output"))


def test_an_address_brings_nothing_along_from_a_register_that_one_may_not_search(browse: Browse) -> None:
    def told(username: str) -> bool:
        page = browse(username).get("/start/complaint?order=DD26110001")
        return "DD26110001" in field(page, "order")

    assert told("specialist")
    assert not told("outsider")


def test_a_draft_about_another_customer_is_not_lost(browse: Browse) -> None:
    client, person = browse("specialist"), find_actor("specialist")
    save_draft(person, new_case_place("hospitality"), {"customer": "C005", "venue": "锦江"}, now=MONDAY)
    page = client.get("/start/hospitality?customer=C002")
    assert field(page, "customer")[0] == "C005"
    [anew] = page.xpath("//*[contains(@class, 'hq-note')]//a/@href")
    page = client.get(anew)
    assert (field(page, "customer")[0], field(page, "venue")) == ("C002", [""])
    assert find_draft(db.session(), person.id, new_case_place("hospitality")) is not None


def test_a_draft_about_the_same_customer_goes_on(browse: Browse) -> None:
    save_draft(
        find_actor("specialist"), new_case_place("hospitality"), {"customer": "C002", "venue": "锦江"}, now=MONDAY
    )
    page = browse("specialist").get("/start/hospitality?customer=C002")
    assert (field(page, "customer")[0], field(page, "venue")) == ("C002", ["锦江"])
    assert not page.xpath("//main//*[contains(@class, 'hq-note')]//a")


# Budgets


@pytest.fixture
def _budgets_as_they_were(app: Flask) -> Iterator[None]:
    yield
    for month in ("2026-11", "2026-12"):
        body = {"department": "客户服务部", "month": month, "amount": "30000.00"}
        ApiClient(app, "finance").post("/budgets", body, status=201)


@pytest.mark.usefixtures("_budgets_as_they_were")
def test_finance_changes_a_year_in_its_table(browse: Browse) -> None:
    client, service = browse("finance"), service_id()
    seen = {f"seen-2026-{number:02d}": "30000.00" for number in range(1, 13)}
    typed = {f"2026-{number:02d}": "30,000.00" for number in range(1, 13)}
    form = {"department": str(service), "year": "2026", **seen, **typed, "2026-12": "45,000.5"}
    assert client.submit("/registers/budgets", form) == f"/registers/budgets?department={service}&year=2026"
    page = client.get(f"/registers/budgets?department={service}&year=2026")
    assert page.xpath("//input[@name='2026-12']/@value") == ["45,000.50"]
    month = client.get(f"/registers/budgets/{service}/2026-12")
    assert "30000.00" in month.xpath("//*[@id='history']")[0].text_content()
    assert "赵敏" in month.xpath("//*[@id='history']")[0].text_content()
    # the second, whose page still shows the old amount
    page = browse("admin").submit("/registers/budgets", {**form, "2026-12": "1"}, status=409)
    assert "赵敏刚刚把 2026-12" in page.text_content()  # type: ignore[union-attr]
    assert page.xpath("//input[@name='2026-12']/@value") == ["1"]  # type: ignore[union-attr]


@pytest.mark.parametrize("typed", ["abc", "-5", "1.234", "1e9", "=1+1", "9" * 20, "<b>"])
def test_an_amount_that_is_none_is_said_at_its_month(browse: Browse, typed: str) -> None:
    form = {"department": str(service_id()), "year": "2026", "seen-2026-11": "30000.00", "2026-11": typed}
    page = browse("finance").submit("/registers/budgets", form, status=422)
    assert page.xpath("//*[@id='2026-11-error']")  # type: ignore[union-attr]
    assert page.xpath("//input[@name='2026-11']/@value") == [typed]  # type: ignore[union-attr]


def test_a_month_lists_who_holds_it(browse: Browse) -> None:
    case = approved()
    page = browse("manager").get(f"/registers/budgets/{service_id()}/2026-11")
    assert page.xpath(f"//a[@href='/cases/{case.id}']")
    assert "4,100.50" in page.text_content()


def test_budgets_are_not_for_everybody(browse: Browse) -> None:
    service = service_id()
    specialist, outsider, manager = browse("specialist"), browse("outsider"), browse("manager")
    assert specialist.raw("/registers/budgets").status_code == 403
    assert specialist.raw(f"/registers/budgets/{service}/2026-11").status_code == 403
    assert outsider.raw(f"/registers/budgets?department={service}").status_code == 404
    assert outsider.raw(f"/registers/budgets/{service}/2026-11").status_code == 404
    assert not manager.get("/registers/budgets").xpath("//input[@name='2026-11']")
    form = {"department": str(service), "year": "2026", "2026-11": "1"}
    assert manager.post("/registers/budgets", form).status_code == 403


@pytest.mark.parametrize(
    "path", ["?year=1", "?year=99999", "?department=2147483647", "?year=x", "/1/2026-13", "/1/0000-01", "/1/x"]
)
def test_budgets_that_there_are_not(browse: Browse, path: str) -> None:
    assert browse("finance").raw(f"/registers/budgets{path}").status_code in (200, 404)


# The API


def test_customers_by_the_api(app: Flask) -> None:
    api = ApiClient(app, "supervisor")
    contact = {"name": "丁一", "phone": "13811112222", "birthday": "1980-11-25", "main": True}
    made = api.post("/customers", {**CUSTOMER, "distance_km": 12.5, "contacts": [contact]}, status=201)
    assert (made["distance_km"], made["grade"], made["contacts"][0]["birthday"]) == (12.5, "B", "1980-11-25")
    assert api.get("/customers/T-001") == made
    changed = api.call("PATCH", "/customers/T-001", {"grade": "A", "version": made["version"]}).json
    assert (changed["grade"], changed["name"], len(changed["contacts"])) == ("A", "测试机电有限公司", 1)
    stale = api.call("PATCH", "/customers/T-001", {"grade": "C", "version": made["version"]})
    assert stale.status_code == 409
    assert "李慧" in stale.json["detail"]
    assert [one["code"] for one in api.get("/customers?q=13811112222&grade=A")["items"]] == ["T-001"]


def test_pages_of_customers_by_the_api(app: Flask) -> None:
    api = ApiClient(app, "outsider")
    first = api.get("/customers?limit=5&sort=distance")
    second = api.get(f"/customers?limit=5&sort=distance&cursor={first['next']}")
    codes = [one["code"] for one in first["items"] + second["items"]]
    assert len(set(codes)) == 10


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"grade": "F"}, "grade"),
        ({"grade": 5}, "grade"),
        ({"distance_km": True}, "distance_km"),
        ({"distance_km": "weit"}, "distance_km"),
        ({"contacts": "丁一"}, "contacts"),
        ({"contacts": [5]}, "contacts.0"),
        ({"contacts": [{"name": ["丁"]}]}, "contacts.0"),
        ({"contacts": [{"name": "丁", "main": "yes"}]}, "contacts.0.main"),
        ({"contacts": [{"title": "经理"}]}, "contacts.0.name"),
        ({"no_visit": "随便"}, "no_visit"),
        ({"version": "1"}, "version"),
        ({"name": "=" * 121}, "name"),
    ],
)
def test_the_api_names_what_is_wrong(app: Flask, body: dict[str, Any], field: str) -> None:
    answer = ApiClient(app, "supervisor").call("PATCH", "/customers/C001", body)
    assert answer.status_code == 422
    assert field in [error["field"] for error in answer.json["errors"]]


def test_the_api_refuses_whoever_may_not(app: Flask) -> None:
    outsider, specialist = ApiClient(app, "outsider"), ApiClient(app, "specialist")
    assert outsider.call("POST", "/customers", CUSTOMER).status_code == 403
    assert outsider.call("PATCH", "/customers/C001", {"grade": "E"}).status_code == 403
    assert outsider.call("PATCH", "/customers/C999", {"grade": "E"}).status_code in (403, 404)
    assert {one["department"] for one in specialist.get("/budgets")["items"]} == {"客户服务部"}
    assert {one["department"] for one in outsider.get("/budgets")["items"]} == {"销售部"}
    body = {"department": "客户服务部", "month": "2026-11", "amount": "1"}
    assert specialist.call("POST", "/budgets", body).status_code == 403


def test_an_unknown_customer_by_the_api(app: Flask) -> None:
    api = ApiClient(app, "supervisor")
    assert api.call("GET", "/customers/C999").status_code == 404
    assert api.call("PATCH", "/customers/C999", {"grade": "A"}).status_code == 404
