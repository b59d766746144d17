from __future__ import annotations

from tests.workflows.engine import plain
from tests.workflows.engine.diagrams import Process, timer, votes
from tests.workflows.engine.driving import Case, World

ROUNDS = 1_100


def rework() -> Process:
    return (
        Process()
        .start()
        .user("prepare")
        .user("apply")
        .service("reserve", "reserve")
        .user("review")
        .choice("gate", default="check")
        .user("check")
        .end()
        .line("start", "prepare", "apply", "reserve", "review", "gate", "check", "end")
        .flow("gate", "apply", "again")
    )


def test_a_thousand_rounds_of_rework_cost_no_more_than_three() -> None:
    case = Case(rework().xml(), world=World(reserve=lambda call: {"reservation": 1})).walk("prepare")
    sizes = set()
    for number in range(ROUNDS):
        case.do("apply", text=f"{number:05}").do("review", again=number + 1 < ROUNDS)
        if number >= 2 and number + 1 < ROUNDS:
            sizes.add((len(case.instance._workflow.tasks), len(case.instance.dump()) // 100))
    assert len({tasks for tasks, _ in sizes}) == 1
    assert max(size for _, size in sizes) - min(size for _, size in sizes) <= 1
    assert case.reload().returnable_to(case.task("check")) == ["prepare", "apply", "review"]
    case.back("apply", from_step="check")
    assert case.instance.variables()["text"] == f"{ROUNDS - 1:05}"
    assert len(case.world.undone) == 1
    case.do("apply", text="last").do("review", again=False).do("check")
    assert case.instance.finished


def test_the_library_stalls_at_depth_a_thousand() -> None:
    xml = Process().start().user("apply").script("count", "n = n + 1").choice("gate", default="apply").end()
    xml.line("start", "apply", "count", "gate", "apply").flow("gate", "end", "n < 0")
    workflow = plain.begin(xml.xml())
    plain.do(workflow, "apply", n=0)
    rounds = 1
    while plain.names(workflow):
        plain.do(workflow, "apply")
        rounds += 1
        assert rounds < 400
    assert not workflow.completed


def test_everything_at_once_in_a_loop_stays_small() -> None:
    process = (
        Process()
        .start()
        .user("apply")
        .user("review")
        .boundary("remind", "review", timer("timeCycle", "R3/PT1H"), interrupting=False)
        .script("note", "reminded = True")
        .end("reminded")
        .user("sign", votes())
        .parallel("split")
        .user("a")
        .user("b")
        .parallel("join")
        .inner("part", Process("p").start("s").user("u").end("e").line("s", "u", "e"))
        .choice("gate", default="check")
        .user("check")
        .end()
        .line("start", "apply", "review", "sign", "split", "a", "join", "part", "gate", "check", "end")
        .line("split", "b", "join")
        .line("remind", "note", "reminded")
        .flow("gate", "apply", "again")
    )
    case, counts = Case(process.xml()), set()
    for number in range(25):
        case.do("apply", approvers=["x", "y"], again=number < 24).after(hours=1).do("review")
        case.do("sign", vote=1).do("sign", vote=2).walk(*("ab" if number % 2 else "ba"), "u")
        workflow = case.instance._workflow
        if 2 <= number < 24:
            counts.add((len(workflow.tasks), len(workflow.subprocesses)))
    assert len(counts) == 1
    # the order in which the branches came tells which of them can be returned to alone
    assert case.reload().returnable_to(case.task("check")) == ["apply", "review", "sign", "a", "u"]
    assert case.walk("check").instance.finished


def test_a_loop_inside_a_sub_process_stays_small() -> None:
    inner = (
        Process("inner")
        .start("inner_start")
        .user("draft")
        .user("read")
        .choice("gate", default="inner_end")
        .end("inner_end")
        .line("inner_start", "draft", "read", "gate", "inner_end")
        .flow("gate", "draft", "again")
    )
    case = Case(Process().start().inner("part", inner).end().line("start", "part", "end").xml())
    counts = set()
    for number in range(20):
        case.do("draft").do("read", again=number < 19)
        if 2 <= number < 19:
            counts.add(sum(1 for _ in case.instance._workflow.all_tasks()))
    assert len(counts) == 1
    assert case.instance.finished


def test_a_step_left_out_of_later_rounds_can_still_be_returned_to() -> None:
    xml = (
        Process()
        .start()
        .user("apply")
        .choice("way", default="review")
        .user("extra")
        .user("review")
        .choice("gate", default="check")
        .user("check")
        .end()
        .line("start", "apply", "way", "review", "gate", "check", "end")
        .flow("way", "extra", "special")
        .flow("extra", "review")
        .flow("gate", "apply", "again")
    )
    case = Case(xml.xml()).do("apply", special=True).do("extra", kept="yes").do("review", again=True)
    counts = []
    for number in range(12):
        case.do("apply", special=False).do("review", again=number < 11)
        counts.append(len(case.instance._workflow.tasks))
    assert counts[4:11] == [counts[4]] * 7
    assert "extra" in case.reload().returnable_to(case.task("check"))
    case.back("extra", from_step="check")
    assert case.instance.variables()["kept"] == "yes"


def test_a_reminder_of_an_old_round_does_not_keep_later_ones() -> None:
    process = (
        Process()
        .start()
        .user("apply")
        .boundary("remind", "apply", timer("timeDuration", "PT1H"), interrupting=False)
        .script("note", "reminded = True")
        .end("reminded")
        .choice("gate", default="end")
        .end()
        .line("start", "apply", "gate", "end")
        .line("remind", "note", "reminded")
        .flow("gate", "apply", "again")
    )
    case, counts = Case(process.xml()).do("apply", again=True).after(hours=1), set()
    for number in range(15):
        case.do("apply", again=True)
        if number >= 3:
            counts.add(len(case.instance._workflow.tasks))
    assert len(counts) == 1
    assert case.do("apply", again=False).instance.finished
