"""The words of complaints, and who may do what with them beside the steps of their cases."""

from __future__ import annotations

from services.types import Actor

PROCESS = "complaint"
SOURCES = ("电话", "邮件", "短信", "网店", "社交媒体", "面谈", "拜访")
TYPES = ("质量问题", "少货", "错货", "运输破损", "物流", "服务态度", "价格", "投诉维权", "其他")
SUPERVISOR, MANAGER, GENERAL_MANAGER = LEVELS = ("客户关系主管", "客户服务部经理", "总经理")
"""The posts that a late or reopened complaint goes up to: level 1, 2, 3."""
SPECIALIST = "客户关系专员"
_READERS = frozenset({*LEVELS, "副经理", "营销总监", "市场营销部经理"})


def may_read_figures(actor: Actor) -> bool:
    """The figures are for those who answer for complaints, and for owners and administrators."""
    return not _READERS.isdisjoint(actor.posts) or actor.sees_every_case


def may_keep_templates(actor: Actor) -> bool:
    return not {SUPERVISOR, MANAGER}.isdisjoint(actor.posts) or actor.is_owner


def superior_of(level: int) -> str:
    """Whose post is above a handler of this level; above 总经理 there is nobody else."""
    return LEVELS[min(level, len(LEVELS) - 1)]
