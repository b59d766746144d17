"""What a notice says, by its kind."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "task": "请办理“{step}”：{title}（{number}）",
    "reminder": "即将到期，请尽快办理“{step}”：{title}（{number}）",
    "escalation": "“{step}”已逾期：{title}（{number}）",
    "completed": "{title}（{number}）已完成",
    "rejected": "{title}（{number}）已被驳回",
    "withdrawn": "{title}（{number}）已撤回",
    "cancelled": "{title}（{number}）已撤销",
}
