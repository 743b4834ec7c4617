"""A graphics card without memory: once more, then on the CPU, and everybody is told."""

import weakref

import numpy as np
import pytest
import torch
from scripted_station import BAD, GOOD, Camera, Engine, Station

from engine import model_file
from engine.runtimes.memory import ON_GPU, is_out_of_memory
from engine.runtimes.opening import available
from station.errors import StationError
from station.home import Home
from station.inspection.events import RunState, StateChanged
from station.inspection.inspector import Inspector
from station.inspection.triggers import FreeRun
from station.judging import Opened, open_recipe
from station.judging_retry import Retrying, open_on_cpu, retrying
from station.parts import Faulted, FaultReason, Frame, Judged
from station.recipes.store import RecipeStore
from station.teaching import TeachRequest, teach
from tests.engine.pictures import SMALL, good_picture
from tests.station.test_freshness import NOW
from tests.station.test_judging import save


def full() -> torch.OutOfMemoryError:
    return torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")


class Card(Engine):
    """A graphics card that raises what it is told to, one after the other, then scores."""

    device = "torch on a card"

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self.errors = list(errors)
        self.asked = 0

    def score(self, image: np.ndarray):
        self.asked += 1
        if self.errors:
            raise self.errors.pop(0)
        return super().score(image)


class Processor(Engine):
    device = "OpenVINO on CPU"


def nothing_else():
    raise AssertionError("The CPU was asked.")


def test_a_card_that_has_memory_again_goes_on() -> None:
    card = Card(full())
    scorer = Retrying(card, nothing_else)
    assert scorer.score(GOOD).value == 10
    assert (card.asked, scorer.device, scorer.alarm) == (2, card.device, "")
    assert scorer.score(BAD).value == 200


def test_a_card_without_memory_hands_over_to_the_cpu_and_the_part_is_judged() -> None:
    card, opened = Card(full(), full()), []
    scorer = Retrying(card, lambda: opened.append(1) or Processor())
    assert [scorer.score(each).value for each in (GOOD, BAD, GOOD)] == [10, 200, 10]
    assert (card.asked, len(opened)) == (2, 1)
    assert scorer.device == "OpenVINO on CPU"
    assert "torch on a card ran out of memory" in scorer.alarm
    assert "OpenVINO on CPU judges from now on" in scorer.alarm


def test_the_card_is_let_go_of_before_the_cpu_is_opened() -> None:
    card = Card(full(), full())
    gone, seen = weakref.ref(card), []

    def other() -> Processor:
        seen.append(gone())
        return Processor()

    scorer = Retrying(card, other)
    del card
    scorer.score(GOOD)
    assert seen == [None]


def test_any_other_fault_passes_at_once() -> None:
    card = Card(ValueError("No such layer."))
    scorer = Retrying(card, nothing_else)
    with pytest.raises(ValueError, match="No such layer"):
        scorer.score(GOOD)
    assert (card.asked, scorer.alarm) == (1, "")


def test_where_nothing_else_judges_the_part_is_a_fault_and_the_next_one_asks_again() -> None:
    answers: list[object] = [StationError("No runtime."), Processor()]

    def other():
        answer = answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    inspector = Inspector(Retrying(Card(full(), full()), other), 100.0)
    first, second = (inspector.inspect(Frame(GOOD, NOW, n, "a part"), 0.0) for n in (1, 2))
    assert isinstance(first, Faulted)
    assert first.reason is FaultReason.SCORING_FAILED
    assert "is out of memory, and nothing else judges here. No runtime." in first.text
    assert isinstance(second, Judged)


@pytest.mark.parametrize(
    "text",
    [
        "CUDA error: out of memory",
        "cudaErrorMemoryAllocation",
        "CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate",
        "[GPU] clEnqueueMapBuffer, error code: -6 CL_OUT_OF_RESOURCES",
    ],
)
def test_each_runtime_says_it_in_its_own_words(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))


@pytest.mark.parametrize("error", [MemoryError(), RuntimeError("CUDA error: device lost")])
def test_the_stations_own_memory_and_other_faults_are_not_the_cards(error: Exception) -> None:
    assert not is_out_of_memory(error)


def test_a_real_recipe_is_opened_on_the_cpu_behind_its_gate(tmp_path) -> None:
    images = save(tmp_path / "good", {f"{seed:02}": good_picture(seed) for seed in range(10)})
    request = TeachRequest("disc", images, {}, "tester", settings=SMALL)
    recipe = teach(request, RecipeStore(Home(tmp_path / "home")))
    on_cpu = open_on_cpu(recipe, model_file.load(recipe.model_path).mode)
    assert on_cpu.model.runtime == next(each for each in available() if each not in ON_GPU)
    opened = open_recipe(recipe)
    if opened.model.runtime not in ON_GPU:
        assert retrying(recipe, opened) is opened.model
    card = Opened(_Called("cuda", opened.model))
    assert isinstance(retrying(recipe, card), Retrying)


def test_the_screen_hears_of_the_other_device_with_the_part_that_it_judged(tmp_path) -> None:
    scorer = Retrying(Card(full(), full()), Processor)

    class Opened:
        model = scorer

        @property
        def refused(self) -> tuple[str, ...]:
            return (scorer.alarm,) if scorer.alarm else ()

        def close(self) -> None: ...

    station = Station(
        Home(tmp_path), Camera([GOOD, BAD]), FreeRun(), load_engine=lambda *_: Opened()
    ).start()
    station.finish_by_itself()
    states = [event for event in station.events if isinstance(event, StateChanged)]
    running = [(event.device, event.refused) for event in states if event.state is RunState.RUNNING]
    assert running == [(Card.device, ()), (Processor.device, (scorer.alarm,))]
    assert [row.verdict.value for row in station.rows()] == ["OK", "NG"]


class _Called:
    """A model under another runtime's name."""

    def __init__(self, runtime: str, model) -> None:
        self.runtime, self.model, self.device = runtime, model.model, "a card"
