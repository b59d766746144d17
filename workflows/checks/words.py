"""What people call the elements of BPMN, so that a refusal names the thing they drew."""

from __future__ import annotations

_WORDS = {
    "adHocSubProcess": "即席子流程",
    "association": "关联线",
    "boundaryEvent": "边界事件",
    "businessRuleTask": "决策任务",
    "callActivity": "调用活动",
    "cancelEventDefinition": "取消事件",
    "choreography": "编排图",
    "collaboration": "协作",
    "compensateEventDefinition": "补偿事件",
    "complexGateway": "复杂网关",
    "conditionalEventDefinition": "条件事件",
    "correlationKey": "消息关联",
    "correlationProperty": "消息关联",
    "dataInputAssociation": "数据输入",
    "dataObject": "数据对象",
    "dataObjectReference": "数据对象",
    "dataOutputAssociation": "数据输出",
    "dataStore": "数据存储",
    "dataStoreReference": "数据存储",
    "endEvent": "结束事件",
    "error": "错误定义",
    "errorEventDefinition": "错误事件",
    "escalation": "升级定义",
    "escalationEventDefinition": "升级事件",
    "eventBasedGateway": "事件网关",
    "exclusiveGateway": "排他网关",
    "humanPerformer": "人员分配",
    "inclusiveGateway": "包容网关",
    "intermediateCatchEvent": "中间捕获事件",
    "intermediateThrowEvent": "中间抛出事件",
    "lane": "泳道",
    "ioSpecification": "输入输出定义",
    "linkEventDefinition": "链接事件",
    "manualTask": "手工任务",
    "messageEventDefinition": "消息事件",
    "messageFlow": "消息流",
    "multiInstanceLoopCharacteristics": "多人任务",
    "parallelGateway": "并行网关",
    "performer": "人员分配",
    "postScript": "后置脚本",
    "potentialOwner": "人员分配",
    "preScript": "前置脚本",
    "process": "流程",
    "receiveTask": "接收任务",
    "scriptTask": "脚本任务",
    "sendTask": "发送任务",
    "sequenceFlow": "连线",
    "serviceTask": "服务任务",
    "signal": "信号定义",
    "signalEventDefinition": "信号事件",
    "standardLoopCharacteristics": "循环标记",
    "startEvent": "开始事件",
    "subProcess": "子流程",
    "task": "未定类型的任务",
    "terminateEventDefinition": "终止事件",
    "timerEventDefinition": "定时事件",
    "transaction": "事务子流程",
    "userTask": "人工任务",
}

_INSTEAD = {
    "callActivity": "请改用嵌入式子流程。",
    "compensateEventDefinition": "请改用服务任务撤销。",
    "complexGateway": "请改用排他网关或并行网关。",
    "eventBasedGateway": "请改用带定时或消息边界事件的任务。",
    "inclusiveGateway": "它在循环中会漏掉审批人，请改用排他网关和并行网关。",
    "linkEventDefinition": "请直接画连线。",
    "manualTask": "请改用人工任务。",
    "messageFlow": "请只画一个泳池。",
    "postScript": "请改用脚本任务。",
    "potentialOwner": "请用泳道指定岗位。",
    "humanPerformer": "请用泳道指定岗位。",
    "performer": "请用泳道指定岗位。",
    "preScript": "请改用脚本任务。",
    "receiveTask": "请改用消息捕获事件。",
    "sendTask": "请改用服务任务。",
    "standardLoopCharacteristics": "请用排他网关画出循环。",
    "task": "请改成人工任务、服务任务或脚本任务。",
}


def word_for(name: str) -> str:
    """The Chinese name of an element, followed by BPMN's own."""
    return f"{_WORDS[name]}（{name}）" if name in _WORDS else f"元素 {name}"


def instead_of(name: str) -> str:
    """What to draw instead of a refused element."""
    return _INSTEAD.get(name, "请删去它。")
