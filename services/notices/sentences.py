"""What a notice says, by its kind."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "task": "请办理“{step}”：{title}（{number}）",
    "stand_in": "请代为办理“{step}”：{title}（{number}）",
    "reminder": "即将到期，请尽快办理“{step}”：{title}（{number}）",
    "escalation": "“{step}”已逾期：{title}（{number}）",
    "completed": "{title}（{number}）已完成",
    "rejected": "{title}（{number}）已被驳回",
    "withdrawn": "{title}（{number}）已撤回",
    "cancelled": "{title}（{number}）已撤销",
    "mentioned": "{who}在评论中提到了您：{title}（{number}）",
    "copied": "{who}抄送给您：{title}（{number}）",
    "urged": "{who}催您办理“{step}”：{title}（{number}）",
}
