"""What each operation is called, takes and brings, for process owners: beside ``OPERATIONS``, one entry for each.

An operation without an entry here is refused by the tests: nobody could choose it in the editor.
"""

from __future__ import annotations

from collections.abc import Mapping

from workflows.checks.known import OperationWords, Parameter

_NUMBER, _TEXT, _YES_NO, _LIST = "number", "text", "boolean", "list"


def _takes(*named: tuple[str, str]) -> tuple[Parameter, ...]:
    """Parameters in order; a name that ends in ``?`` may be left out."""
    return tuple(
        Parameter(name=name.rstrip("?"), title=title, required=not name.endswith("?")) for name, title in named
    )


_STEP, _ORDER, _VISIT = ("step", "环节"), ("order", "订单号"), ("visit", "拜访")
_BRANCH = ("branch?", "分支")
_WHERE = (("recipient", "收件人"), ("phone", "电话"), ("address", "地址"))
_STANDING = {"order_state": "订单状态", "tracking_number": "运单号", "carrier": "快递公司", "pickup_at": "取件时间"}
_CLAIM = {"order_claim": "改址的次序", "order_ahead": "排在前面的改址单"}
_STARTED = {"started_case": "新发起的单号", "start_refusal": "没有发起的原因"}
_texts = dict.fromkeys

OPERATION_WORDS: Mapping[str, OperationWords] = {
    "apply_instruction": OperationWords(
        title="执行上级指示", parameters=_takes(("decision", "决定"), ("instruction", "指示"), ("to", "改由谁办理"))
    ),
    "appoint_visit": OperationWords(
        title="登记约定的拜访时间",
        parameters=_takes(_VISIT, ("date", "日期"), ("time", "时间"), ("person?", "约见人")),
        gives={"planned": "约定的拜访"},
    ),
    "cancel_visit": OperationWords(
        title="取消拜访",
        parameters=_takes(_VISIT, ("reason", "原因"), ("plan_again", "是否另行计划")),
        gives=_STARTED,
        kinds=_texts(_STARTED, _TEXT),
    ),
    "change_order": OperationWords(
        title="修改订单地址",
        parameters=_takes(_ORDER, *_WHERE, ("state?", "应处的订单状态")),
        gives={"order_changed_at": "改址时间"},
        kinds={"order_changed_at": _TEXT},
    ),
    "check_budget": OperationWords(
        title="核对部门预算",
        parameters=_takes(("amount", "金额"), ("date", "日期")),
        gives={"budget_month": "预算月份", "budget_available": "可用预算", "budget_exceeded": "超出预算的金额"},
        kinds={"budget_month": _TEXT, "budget_available": _NUMBER, "budget_exceeded": _NUMBER},
    ),
    "claim_order": OperationWords(
        title="为订单排队改址",
        parameters=_takes(_ORDER, *_WHERE, ("replace?", "是否取代前一件")),
        gives=_CLAIM,
        kinds=_texts(_CLAIM, _TEXT),
    ),
    "collect_order": OperationWords(title="登记快递已收件", parameters=_takes(_ORDER)),
    "confirm_gifts": OperationWords(
        title="登记礼品赠出结果",
        parameters=_takes(("lines", "礼品明细"), ("returned", "退回明细"), ("outcome", "结果")),
        gives={"gifts_returned": "退回的数量"},
        kinds={"gifts_returned": _NUMBER},
    ),
    "drop_complaint": OperationWords(
        title="投诉不再计入统计", gives={"complaint_dropped": "投诉已撤下"}, kinds={"complaint_dropped": _YES_NO}
    ),
    "drop_visits": OperationWords(
        title="取消尚未进行的拜访", gives={"cancelled_visits": "取消的拜访数"}, kinds={"cancelled_visits": _NUMBER}
    ),
    "escalate": OperationWords(title="逾期升级至上级", parameters=_takes(_STEP, ("to?", "通知的岗位"), _BRANCH)),
    "escalate_first_response": OperationWords(
        title="首次响应逾期时升级", parameters=_takes(_STEP, ("to", "通知的岗位"))
    ),
    "hand_out_gifts": OperationWords(
        title="礼品出库", gives={"gifts_handed_out": "礼品已出库"}, kinds={"gifts_handed_out": _YES_NO}
    ),
    "keep_solution": OperationWords(title="保留为解决方案模板", parameters=_takes(("title", "方案名称"))),
    "note_escalation": OperationWords(title="登记投诉升级", parameters=_takes(("level", "级别"))),
    "open_complaint": OperationWords(
        title="登记投诉",
        parameters=_takes(
            ("customer", "客户"),
            ("type", "投诉类型"),
            ("source", "来源"),
            ("order", "订单号"),
            ("region", "地区"),
            ("urgency", "紧急程度"),
        ),
        gives={"customer_grade": "客户等级", "complaint_region": "投诉地区"},
        kinds={"customer_grade": _TEXT, "complaint_region": _TEXT},
    ),
    "plan_complaint": OperationWords(
        title="登记投诉的处理人与时限",
        parameters=_takes(
            ("handler", "处理人"), ("level", "级别"), ("respond_by", "响应时限"), ("resolve_by", "解决时限")
        ),
        gives={"level": "级别", "superior": "上一级岗位"},
        kinds={"level": _NUMBER, "superior": _TEXT},
    ),
    "plan_visits": OperationWords(
        title="登记拜访计划",
        parameters=_takes(("visits", "拜访明细")),
        gives={"days": "按日分好的拜访"},
        kinds={"days": _LIST},
    ),
    "postpone_visit": OperationWords(
        title="改期拜访",
        parameters=_takes(_VISIT, ("date", "日期"), ("time", "时间"), ("reason", "原因")),
        gives={"planned": "约定的拜访", "happened": "拜访情况"},
    ),
    "read_order": OperationWords(
        title="查看订单此刻的状态",
        parameters=_takes(_ORDER),
        gives={**_STANDING, **_CLAIM},
        kinds=_texts((*_STANDING, *_CLAIM), _TEXT),
    ),
    "record_revisit": OperationWords(
        title="登记客户回访", parameters=_takes(("satisfaction", "满意度"), ("level", "级别"))
    ),
    "record_visit": OperationWords(
        title="登记拜访记录",
        parameters=_takes(_VISIT, ("record", "拜访记录")),
        gives={"visited_weekday": "拜访是星期几", **_STARTED},
        kinds=_texts(("visited_weekday", *_STARTED), _TEXT),
    ),
    "release_budget": OperationWords(
        title="释放占用的预算", gives={"budget_released": "释放的预算"}, kinds={"budget_released": _NUMBER}
    ),
    "release_gifts": OperationWords(title="释放预留的礼品", gives={"gifts_released": "释放的礼品"}),
    "release_order": OperationWords(
        title="让出订单的改址次序", gives={"order_released": "让出的订单"}, kinds={"order_released": _TEXT}
    ),
    "remind": OperationWords(title="提醒办理人", parameters=_takes(_STEP, _BRANCH)),
    "remind_first_response": OperationWords(title="提醒首次响应", parameters=_takes(_STEP)),
    "reopen_complaint": OperationWords(title="重新处理投诉", parameters=_takes(("level?", "级别"))),
    "resend_order": OperationWords(title="拒收后重发订单", parameters=_takes(_ORDER)),
    "reserve_budget": OperationWords(
        title="占用部门预算",
        parameters=_takes(("amount", "金额"), ("date", "日期")),
        gives={"budget_reserved": "占用的预算"},
        kinds={"budget_reserved": _NUMBER},
    ),
    "reserve_gifts": OperationWords(
        title="预留礼品库存",
        parameters=_takes(("lines", "礼品明细")),
        gives={"gifts_short": "缺少的数量", "gifts_to_buy": "须采购的礼品"},
        kinds={"gifts_short": _NUMBER, "gifts_to_buy": _TEXT},
    ),
    "resolve_complaint": OperationWords(
        title="登记投诉已处理",
        gives={"handled_by": "处理人", "revisitors": "可以回访的人"},
        kinds={"handled_by": _TEXT, "revisitors": _LIST},
    ),
    "settle_budget": OperationWords(
        title="按实际支出结算预算",
        parameters=_takes(("spent", "实际支出")),
        gives={"budget_difference": "结余或超支"},
        kinds={"budget_difference": _NUMBER},
    ),
    "start_case": OperationWords(
        title="发起另一个流程",
        parameters=_takes(
            ("process", "流程"),
            ("data", "带去的内容"),
            ("kind", "关联方式"),
            ("about", "关于什么"),
            ("form?", "写回的表单"),
            ("field?", "写回的字段"),
            _BRANCH,
        ),
        gives=_STARTED,
        kinds=_texts(_STARTED, _TEXT),
    ),
}
