"""What a notice says, by its kind."""

from __future__ import annotations

from collections.abc import Mapping

SENTENCES: Mapping[str, str] = {
    "task": "请办理“{step}”：{title}（{number}）",
    "stand_in": "请代为办理“{step}”：{title}（{number}）",
    "transferred": "转办给您：请办理“{step}”：{title}（{number}）",
    "delegated": "请您就“{step}”给出意见：{title}（{number}）",
    "answered": "您委派的“{step}”有了答复：{title}（{number}）",
    "taken_back": "“{step}”已被撤回，您不用再办理：{title}（{number}）",
    "reminder": "即将到期，请尽快办理“{step}”：{title}（{number}）",
    "escalation": "“{step}”已逾期：{title}（{number}）",
    "respond_soon": "请尽快联系客户，首次响应的时限已过半：{title}（{number}）",
    "no_response": "还没有联系客户，首次响应已逾期：{title}（{number}）",
    "instructed": "{who}对“{step}”的督办意见：{text}；{title}（{number}）",
    "settled": "投诉已处理，“{step}”不用再办理：{title}（{number}）",
    "completed": "{title}（{number}）已完成",
    "rejected": "{title}（{number}）已被驳回",
    "withdrawn": "{title}（{number}）已撤回",
    "cancelled": "{title}（{number}）已撤销",
    "mentioned": "{who}在评论中提到了您：{title}（{number}）",
    "copied": "{who}抄送给您：{title}（{number}）",
    "urged": "{who}催您办理“{step}”：{title}（{number}）",
    "incident": "流程停在“{step}”，请处理：{title}（{number}）",
    "published": "{who}发布了“{title}”第 {version} 版：{note}",
    "publication_done": "您安排的发布已完成：“{title}”第 {version} 版已启用",
    "publication_failed": "您安排的发布没有成功：“{title}”：{reason}",
}
