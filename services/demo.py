"""The demo company: accounts named after posts, customers and budgets. Loading it twice changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.database import transaction
from services.demo_complaints import load_solution_templates
from services.demo_customers import load_customer_details
from services.demo_gifts import load_gifts
from services.demo_orders import load_orders
from services.demo_visits import load_visits
from services.people.accounts import hash_password
from services.people.models import DbDepartment, DbPost, DbPostHolder, DbUser
from services.registers.budgets import set_budget
from services.registers.models import DbBudget, DbCustomer

PASSWORD = "demo"  # noqa: S105 - the demo's published password; it exists only after `huiqian demo`
DEPARTMENTS = ("客户服务部", "市场营销部", "销售部", "财务部", "办公室", "仓储部", "总经办")


@dataclass(frozen=True)
class DemoPerson:
    username: str
    name: str
    department: str
    posts: tuple[str, ...]
    superior: str | None = None
    heads: bool = False


PEOPLE = (
    DemoPerson("specialist", "陈晓明", "客户服务部", ("客户关系专员",), superior="supervisor"),
    DemoPerson("supervisor", "李慧", "客户服务部", ("客户关系主管",), superior="manager"),
    DemoPerson("manager", "王雅琴", "客户服务部", ("客户服务部经理", "部门经理"), superior="gm", heads=True),
    DemoPerson("gm", "郑国栋", "总经办", ("总经理",), heads=True),
    DemoPerson("finance", "赵敏", "财务部", ("财务部",), superior="gm", heads=True),
    DemoPerson("gifts", "吴倩", "办公室", ("礼品管理人员",), superior="office"),
    DemoPerson("office", "孙志强", "办公室", ("办公室主任",), superior="gm", heads=True),
    DemoPerson("deputy", "冯立新", "总经办", ("副经理",), superior="gm"),
    DemoPerson("presales", "周婷", "客户服务部", ("售前客服",), superior="manager"),
    DemoPerson("warehouse", "何建军", "仓储部", ("仓库人员",), superior="gm", heads=True),
    DemoPerson("courier", "马超", "仓储部", ("物流专员",), superior="warehouse"),
    DemoPerson("marketing", "徐文博", "市场营销部", ("市场营销部经理",), superior="director", heads=True),
    DemoPerson("director", "林海燕", "市场营销部", ("营销总监",), superior="gm"),
    DemoPerson("owner", "黄思远", "办公室", ("流程负责人",), superior="office"),
    DemoPerson("admin", "高峰", "办公室", ("系统管理员",), superior="office"),
    DemoPerson("outsider", "钱进", "销售部", (), heads=True),
)
CUSTOMERS = (
    ("C001", "上海晨光科技有限公司", "上海市浦东新区张江路 88 号", "软件与信息服务", "A"),
    ("C002", "苏州恒泰精密制造有限公司", "苏州市工业园区星湖街 218 号", "精密制造", "A"),
    ("C003", "杭州云帆电子商务有限公司", "杭州市余杭区文一西路 969 号", "电子商务", "B"),
    ("C004", "南京金陵饭店集团", "南京市鼓楼区汉中路 2 号", "酒店餐饮", "B"),
    ("C005", "无锡华东物流有限公司", "无锡市新吴区长江路 16 号", "物流运输", "C"),
    ("C006", "宁波海天塑机有限公司", "宁波市北仑区小港街道 32 号", "机械设备", "B"),
    ("C007", "合肥新能源电池有限公司", "合肥市高新区望江西路 666 号", "新能源", "A"),
    ("C008", "温州百货批发中心", "温州市鹿城区车站大道 101 号", "批发零售", "D"),
    ("C009", "常州纺织工业有限公司", "常州市武进区湖塘镇 58 号", "纺织服装", "C"),
    ("C010", "嘉兴食品股份有限公司", "嘉兴市南湖区中环南路 1882 号", "食品饮料", "C"),
    ("C011", "绍兴黄酒集团有限公司", "绍兴市越城区北海路 557 号", "食品饮料", "B"),
    ("C012", "金华五金工具厂", "金华市永康市五金城 12 号", "五金工具", "D"),
)
MONTHLY_BUDGET = {"客户服务部": Decimal(30_000), "市场营销部": Decimal(50_000), "销售部": Decimal(40_000)}


def load_demo(*, now: datetime) -> None:
    """Add what is missing of the demo company, with budgets for this and the next year."""
    with transaction() as session:
        departments = {name: _department(session, name) for name in DEPARTMENTS}
        people = {person.username: _person(session, person, departments) for person in PEOPLE}
        session.flush()
        for person in PEOPLE:
            _place(session, person, people, departments)
        for code, name, address, category, grade in CUSTOMERS:
            if session.scalar(select(DbCustomer.id).where(DbCustomer.code == code)) is None:
                session.add(DbCustomer(code=code, name=name, address=address, category=category, grade=grade))
        session.flush()
        load_customer_details(session, today=now.date())
        for year in (now.year, now.year + 1):
            _budgets(session, departments, year)
        load_solution_templates(session, now=now)
        load_gifts(session, now=now)
        session.flush()
        load_orders(session, now=now)
        load_visits(session, now=now)


def _department(session: Session, name: str) -> DbDepartment:
    found = session.scalar(select(DbDepartment).where(DbDepartment.name == name))
    if found is None:
        found = DbDepartment(name=name)
        session.add(found)
        session.flush()
    return found


def _person(session: Session, person: DemoPerson, departments: dict[str, DbDepartment]) -> DbUser:
    found = session.scalar(select(DbUser).where(DbUser.username == person.username))
    if found is None:
        found = DbUser(
            username=person.username,
            name=person.name,
            email=f"{person.username}@huiqian.example",
            department_id=departments[person.department].id,
            password_hash=hash_password(PASSWORD),
            demo=True,
        )
        session.add(found)
    return found


def _place(
    session: Session, person: DemoPerson, people: dict[str, DbUser], departments: dict[str, DbDepartment]
) -> None:
    user = people[person.username]
    if person.superior and user.superior_id is None:
        user.superior_id = people[person.superior].id
    department = departments[person.department]
    if person.heads and department.head_id is None:
        department.head_id = user.id
    for name in person.posts:
        post = session.scalar(select(DbPost).where(DbPost.name == name))
        if post is None:
            post = DbPost(name=name)
            session.add(post)
            session.flush()
        if session.get(DbPostHolder, (post.id, user.id)) is None:
            session.add(DbPostHolder(post_id=post.id, user_id=user.id))


def _budgets(session: Session, departments: dict[str, DbDepartment], year: int) -> None:
    for name, amount in MONTHLY_BUDGET.items():
        known = set(session.scalars(select(DbBudget.month).where(DbBudget.department_id == departments[name].id)))
        for month in (f"{year}-{number:02d}" for number in range(1, 13)):
            if month not in known:
                set_budget(session, department=name, month=month, amount=amount)
