"""Templates of solutions that the demo company has kept. Loading them twice changes nothing."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from services.complaints.models import DbSolutionTemplate
from services.complaints.solutions import new_template

TEMPLATES = (
    (
        "杯盖漏水：补发配件",
        "质量问题",
        "保温杯杯盖漏水，客户要求换货或补发杯盖",
        "向客户致歉，当天补发新的杯盖；一周后回访是否仍漏水，仍漏水则整只换新。",
    ),
    (
        "收到的商品破损：拍照后重发",
        "运输破损",
        "快递外箱压扁，收到的商品破损，客户要求重发",
        "请客户拍照留存外箱和破损处；仓库当天重发并加强包装；物流专员凭照片向快递公司索赔。",
    ),
    (
        "少发配件：核对后补发",
        "少货",
        "订单里少了一件或少了配件，客户要求补发",
        "仓库调取称重和装箱记录核对；确认少发的当天补发，运费由我方承担，并把运单号告诉客户。",
    ),
    (
        "物流停滞：催件并告知进度",
        "物流",
        "物流信息三天没有更新，客户催促到货",
        "联系快递网点查件，两小时内答复客户；确认丢件的先行重发，再向快递公司索赔。",
    ),
    (
        "降价补差",
        "价格",
        "刚下单就降价，客户要求退差价",
        "核对下单时间和活动规则；七天内降价的退还差价，超过七天的说明规则并赠送优惠券。",
    ),
)


def load_solution_templates(session: Session, *, now: datetime) -> None:
    """Add those whose title is not there yet."""
    known = set(session.scalars(select(DbSolutionTemplate.title)))
    for title, kind, problem, text in TEMPLATES:
        if title not in known:
            session.add(new_template(title=title, kind=kind, problem=problem, text=text, created_by=None, now=now))
