"""An element that fails is held: everything else goes on, and somebody mends it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.workflows.engine.diagrams import Process, timer, votes
from tests.workflows.engine.driving import Case, World
from tests.workflows.engine.test_branches import each
from workflows.engine import ALONE, ALONG, BACK, EngineFailed, Instance, NotMendable, Surroundings


class Failing(World):
    """Surroundings that hold what has failed before, as the services do."""

    held: frozenset[tuple[str, str | None]] = frozenset()

    def surroundings(self) -> Surroundings:
        return replace(super().surroundings(), held=self.held, case="this")


class Stuck(Case):
    """A case whose actions are repeated with what failed held."""

    def act(self, action: Callable[[Instance], Any]) -> None:
        self.world.held = frozenset()
        state = self.instance.dump()
        for _ in range(4):
            self.instance = Instance.load(self.diagram, state, self.world.surroundings())
            try:
                action(self.instance)
                break
            except EngineFailed as error:
                if error.case != "this" or (error.element, error.branch) in self.world.held:
                    raise
                self.world.held |= {(error.element, error.branch)}
        self.world.held = frozenset()
        self.reload()

    def do(self, step: str, *, item: Any = None, **variables: Any) -> Stuck:
        task = self.task(step, item)
        self.act(lambda instance: instance.complete(task, variables))
        return self

    def held(self) -> list[tuple[str, str]]:
        return [(place.element, place.branch) for place in self.instance.held()]

    def place(self, element: str) -> str:
        return next(place.task_id for place in self.instance.held() if place.element == element)

    def retry(self, element: str, **variables: Any) -> Stuck:
        place = self.place(element)

        def again(instance: Instance) -> None:
            instance.correct(place, variables)
            instance.retry(place)

        self.act(again)
        return self

    def skip(self, element: str, way: str | None = None, **variables: Any) -> Stuck:
        place = self.place(element)
        self.act(lambda instance: instance.skip(place, variables, way))
        return self

    def move(self, element: str, step: str) -> Stuck:
        place = self.place(element)
        self.act(lambda instance: instance.move(place, step))
        return self

    @property
    def done(self) -> bool:
        return self.instance.finished is not None


def _gateway() -> bytes:
    process = Process().start().user("apply").choice("which").user("dear").user("cheap").end()
    process.line("start", "apply", "which").flow("which", "dear", "amount > 5000").flow(
        "which", "cheap", "amount <= 50"
    )
    return process.flow("dear", "end").flow("cheap", "end").xml()


def test_a_condition_that_cannot_be_reckoned_holds_its_gateway_and_keeps_what_was_done() -> None:
    case = Stuck(_gateway(), world=Failing()).do("apply", reason="guests")

    assert (case.open(), case.held()) == ([], [("which", "")])
    [place] = case.instance.held()
    assert place.variables == {"reason": "guests"}
    assert place.ways == ("dear", "cheap")
    assert case.retry("which", amount=6000).do("dear").done


def test_no_way_that_is_open_holds_the_gateway_and_the_owner_chooses_one() -> None:
    case = Stuck(_gateway(), world=Failing()).do("apply", amount=100)

    with pytest.raises(NotMendable):
        case.skip("which", "nowhere")
    assert case.skip("which", "cheap").do("cheap").done


def test_a_failing_retry_stays_held_with_the_corrected_data() -> None:
    case = Stuck(_gateway(), world=Failing()).do("apply").retry("which", amount=100)

    assert case.held() == [("which", "")]
    assert case.instance.held()[0].variables == {"amount": 100}


def test_the_other_branch_goes_on_and_the_join_waits() -> None:
    process = Process().start().parallel("split").script("count", "total = missing + 1").user("read").parallel("join")
    process.user("close").end().line("start", "split", "count", "join", "close", "end").line("split", "read", "join")
    world = Failing()
    world.held = frozenset({("count", "")})
    case = Stuck(process.xml(), world=world)
    assert case.open() == ["read"]

    case.do("read")
    assert (case.open(), case.held()) == ([], [("count", "")])
    assert case.retry("count", missing=1).open() == ["close"]
    assert case.do("close").instance.variables()["total"] == 2


def test_a_later_action_does_not_run_what_is_held() -> None:
    ran: list[str] = []

    def break_down(call: Any) -> dict[str, Any]:
        ran.append(call.element)
        raise EngineFailed("down", element=call.element)

    process = Process().start().user("apply").parallel("split").service("book", "book").user("read").parallel("join")
    process.end().line("start", "apply", "split", "book", "join", "end").line("split", "read", "join")
    case = Stuck(process.xml(), world=Failing(book=break_down)).do("apply")
    assert ran == ["book"]

    case.do("read")
    assert ran == ["book"]
    assert case.skip("book", booked=7).done
    assert case.instance.variables()["booked"] == 7


def test_a_loop_without_an_end_is_held_where_it_ran_away() -> None:
    process = Process().start().user("apply").script("round", "n = 1").choice("again").end()
    process.line("start", "apply", "round", "again").flow("again", "round", "n > 0").flow("again", "end", "n < 0")
    case = Stuck(process.xml(), world=Failing()).do("apply")

    assert len(case.held()) == 1


def test_a_timer_whose_time_cannot_be_reckoned_is_held_beside_its_open_step() -> None:
    process = (
        Process()
        .start()
        .user("apply")
        .user("check")
        .boundary("late", "check", timer("timeDuration", "limit"))
        .user("chase")
    )
    process.end().line("start", "apply", "check", "end").line("late", "chase", "end")
    case = Stuck(process.xml(), world=Failing()).do("apply")
    assert (case.open(), case.held(), case.instance.timers()) == (["check"], [("late", "")], [])

    again = Stuck(process.xml(), world=Failing()).do("apply").retry("late", limit="PT1H")
    assert [timer.element for timer in again.instance.timers()] == ["late"]
    assert again.after(hours=2).open() == ["chase"]

    quiet = case.skip("late")
    assert quiet.held() == []
    assert quiet.after(days=30).open() == ["check"]
    assert quiet.do("check").done


def test_an_intermediate_timer_goes_on_with_the_corrected_time_or_at_once() -> None:
    process = (
        Process()
        .start()
        .user("apply")
        .node("intermediateCatchEvent", "wait", timer("timeDuration", "limit"))
        .user("close")
        .end()
    )
    xml = process.line("start", "apply", "wait", "close", "end").xml()
    case = Stuck(xml, world=Failing()).do("apply", limit="tomorrow").retry("wait", limit="PT1H")
    assert case.after(hours=2).open() == ["close"]
    [task] = case.instance.open_tasks()
    assert task.variables["limit"] == "PT1H"

    assert Stuck(xml, world=Failing()).do("apply", limit=3).skip("wait").open() == ["close"]


def test_a_collection_that_is_no_list_holds_the_loop() -> None:
    process = Process().start().user("apply").user("sign", each("people", "person")).end()
    xml = process.line("start", "apply", "sign", "end").xml()
    case = Stuck(xml, world=Failing()).do("apply", people="zhang")
    assert (case.open(), case.held()) == ([], [("sign", "")])

    assert case.retry("sign", people=["zhang", "li"]).open() == ["sign", "sign"]
    assert Stuck(xml, world=Failing()).do("apply", people="zhang").skip("sign").done


def test_a_broken_completion_condition_decides_nothing() -> None:
    process = Process().start().user("sign", votes(condition="votes >= 1", output=False)).end()
    case = Stuck(process.line("start", "sign", "end").xml(), {"approvers": ["zhang", "li"]}, world=Failing())
    case.do("sign", item="zhang")
    assert (case.open(), case.held()) == (["sign"], [("sign", "")])
    case.do("sign", item="li")
    assert (case.open(), case.held(), case.done) == ([], [("sign", "")], False)
    assert case.skip("sign").done


def test_only_the_branch_that_fails_is_held() -> None:
    process = Process().start().user("apply")
    inner = Process().start("in").script("half", "part = 10 / visit").user("report").end("out")
    inner.line("in", "half", "report", "out")
    process.node("subProcess", "visits", inner.body() + each("numbers", "visit")).end().line(
        "start", "apply", "visits", "end"
    )
    case = Stuck(process.xml(), world=Failing()).do("apply", numbers=[1, 0, 2])

    assert case.held() == [("half", "2")]
    assert [task.branch for task in case.instance.open_tasks()] == ["1", "3"]
    case.retry("half", visit=5)
    for _ in range(3):
        case.do("report")
    assert case.done


def _two_branches() -> bytes:
    process = Process().start().user("apply").parallel("split").user("a").script("b", "x = missing").user("b2")
    process.user("a2").parallel("join").user("close").end()
    process.line("start", "apply", "split", "a", "a2", "join", "close", "end").line("split", "b", "b2", "join")
    return process.xml()


def test_a_move_goes_back_along_its_branch_or_out_of_all_branches() -> None:
    case = Stuck(_two_branches(), world=Failing()).do("apply")
    moves = case.instance.possible_moves(case.place("b"))
    # into the other branch it cannot go: the join would wait for this one for ever
    assert moves == {"apply": BACK, "b2": ALONG, "close": ALONE}


@pytest.mark.parametrize(
    ("step", "then", "finish"),
    [
        ("apply", ["apply"], None),
        ("b2", ["a", "b2"], ["a", "a2", "b2", "close"]),
        ("close", ["close"], ["close"]),
    ],
)
def test_after_a_move_the_case_can_finish(step: str, then: list[str], finish: list[str] | None) -> None:
    case = Stuck(_two_branches(), world=Failing()).do("apply").move("b", step)

    assert (sorted(case.open()), case.held()) == (then, [])
    if finish is None:
        finish = ["a", "a2", "b2", "close"]
        case.do("apply", missing=1)
    for name in finish:
        case.do(name)
    assert case.done


def test_a_move_after_the_other_branch_has_arrived_leaves_no_token_behind() -> None:
    case = Stuck(_two_branches(), world=Failing()).do("apply").do("a").do("a2").move("b", "close")

    assert case.open() == ["close"]
    assert case.do("close").done


def test_a_move_to_an_earlier_step_undoes_operations_newest_first() -> None:
    process = Process().start().user("apply").service("one", "book").service("two", "book").script("bad", "x = missing")
    process.end().line("start", "apply", "one", "two", "bad", "end")
    world = Failing(book=lambda call: {})
    Stuck(process.xml(), world=world).do("apply").move("bad", "apply")

    assert [call.element for call in world.undone] == ["two", "one"]


def test_a_reminder_that_fails_cannot_put_a_second_token_on_the_way() -> None:
    process = (
        Process().start().user("check").boundary("late", "check", timer("timeDuration", "PT1H"), interrupting=False)
    )
    process.script("count", "x = missing").end("told").user("close").end()
    process.line("start", "check", "close", "end").line("late", "count", "told")
    case = Stuck(process.xml(), world=Failing())
    case.world.tick(hours=2)
    case.act(lambda instance: instance.fire_timers())

    assert (case.open(), case.held()) == (["check"], [("count", "")])
    assert case.instance.possible_moves(case.place("count")) == {}
    assert case.skip("count").do("check").do("close").done
