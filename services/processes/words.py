"""What people call the facts, sources of knowledge and registers that a process can name."""

from __future__ import annotations

from collections.abc import Mapping

from services.cases.knowing import KNOWLEDGE
from services.cases.operation_words import OPERATION_WORDS
from workflows.checks.known import Known

FACT_WORDS: Mapping[str, str] = {
    "benefits": "年度受赠与招待限额",
    "budget": "部门预算",
    "order": "订单情况",
    "recent_cases": "近期同一客户的申请",
    "spending": "实际支出与批准金额",
    "stock": "礼品库存",
}
KNOWLEDGE_WORDS: Mapping[str, str] = {
    "benefits": "年度受赠与招待限额",
    "budget": "部门预算",
    "order_owner": "订单归属",
    "stock": "礼品库存",
    "visit_hours": "客户的拜访时间",
    "visit_plan": "拜访计划",
}
SOURCE_WORDS: Mapping[str, str] = {
    "customers": "客户档案",
    "gifts": "礼品库",
    "orders": "订单",
    "performers": "岗位与人员",
}
ENTRY_WORDS: Mapping[str, Mapping[str, str]] = {
    "customers": {
        "code": "编号",
        "name": "名称",
        "address": "地址",
        "region": "地区",
        "distance_km": "距离（公里）",
        "category": "类别",
        "grade": "等级",
        "relation": "关系",
        "no_visit": "不宜拜访的时间",
        "remark": "备注",
        "contact": "联系人",
        "phone": "电话",
    },
    "gifts": {
        "code": "编号",
        "name": "名称",
        "unit": "单位",
        "price": "单价",
        "stock": "库存",
        "available": "可用数量",
        "remark": "备注",
    },
    "orders": {
        "customer": "客户",
        "number": "订单号",
        "state": "订单状态",
        "recipient": "收件人",
        "phone": "电话",
        "address": "地址",
        "goods": "商品",
        "amount": "金额",
        "postage": "邮费",
        "carrier": "快递公司",
        "tracking_number": "运单号",
        "pickup_at": "取件时间",
        "ordered_at": "下单时间",
    },
    "performers": {"code": "编号", "name": "名称"},
}
KNOWN = Known(
    operations=OPERATION_WORDS,
    facts=FACT_WORDS,
    knowledge=KNOWLEDGE_WORDS,
    knowledge_names={name: source.gives for name, source in KNOWLEDGE.items()},
    sources=SOURCE_WORDS,
)
ENGINE_WORDS: Mapping[str, str] = {
    "outcome": "上一环节的结果",
    "comment": "上一环节的意见",
    "approvals": "同意的人数",
    "rejections": "驳回的人数",
    "abstentions": "弃权的人数",
    "starter_name": "申请人姓名",
    "starter_department": "申请人部门",
    "started_on": "申请日期",
    "nrOfInstances": "多实例的总数",
    "nrOfCompletedInstances": "多实例已完成数",
    "nrOfActiveInstances": "多实例进行中数",
}
