"""What a resolution costs: asked on the command line, and said before teaching."""

from pathlib import Path

import pytest
from PIL import Image

from engine.coreset import CoresetSize
from engine.errors import TeachError
from engine.resolution import usual_backbone
from engine.teach import TeachSettings
from station.cli import main
from station.errors import StationError
from station.home import Home
from station.recipes.store import RecipeStore
from station.resolution import predict, smallest_defect
from tests.engine.pictures import good_picture

SMALL = ("--side", "96", "--bank-cap", "200")


def test_the_time_of_a_part_grows_with_its_tiles() -> None:
    settings = TeachSettings(side=96, size=CoresetSize(cap=200), smallest_defect=12)
    ticks = iter(range(1000))
    predicted = predict(settings, (500, 1260), 20, lambda: float(next(ticks)))
    assert predicted.resolution.tiles == 2
    assert predicted.part_ms == 3000
    assert "20 parts a minute" in predicted.pace
    assert predicted.teaching.vectors == 20 * 64 * 156


def test_by_position_the_prediction_is_of_the_patches_and_bank_it_will_have() -> None:
    settings = TeachSettings(usual_backbone(12, True), smallest_defect=12, by_position=True)
    ticks = iter(range(1000))
    predicted = predict(settings, (512, 1280), 20, lambda: float(next(ticks)))
    assert predicted.teaching.vectors == 20 * 128 * 320
    assert predicted.part_ms == 1000 * (predicted.resolution.tiles + 1)


def test_the_command_says_size_tiles_pace_and_memory(capsys) -> None:
    wanted = ("--mm-per-px", 0.05, "--smallest-defect-mm", 0.6)
    args = ["resolution", "--size", 1260, 500, *wanted, *SMALL]
    assert main([str(arg) for arg in args]) == 0
    said = capsys.readouterr().out
    assert "1248 × 512 pixels in 2 tiles of 736 × 512, 192 overlapping" in said
    assert "parts a minute" in said
    assert "MiB of memory" in said


@pytest.mark.parametrize("by_position", [(), ("--by-position",)])
def test_teaching_in_tiles_says_it_first_and_keeps_it_in_the_recipe(
    by_position: tuple[str, ...], tmp_path: Path, capsys
) -> None:
    for number in range(7):
        folder = tmp_path / "good"
        folder.mkdir(exist_ok=True)
        Image.fromarray(good_picture(number, (200, 320))).save(folder / f"{number}.png")
    args = ["teach", folder, "--recipe", "disc", "--smallest-defect-px", 12, *SMALL, *by_position]
    assert main([*map(str, args), "--home", str(tmp_path / "home")]) == 0
    said = capsys.readouterr().out
    assert said.index("every patch taught") < said.index("Published")
    teaching = RecipeStore(Home(tmp_path / "home")).load("disc").draft.teaching
    assert teaching["working_size"] == "192 × 320"
    assert teaching["smallest_defect_px"] == 12
    assert teaching["by_position"] == bool(by_position)
    assert teaching["strides"] == ("1 4" if by_position else "4 8 16")
    assert (teaching["tiles"], teaching["taught_every"]) == (1, 1)


def test_millimetres_need_a_scale_and_one_unit() -> None:
    assert smallest_defect(None, 0.6, 0.05) == pytest.approx(12)
    assert smallest_defect(9.0, None, None) == 9
    assert smallest_defect(None, None, 0.05) is None
    with pytest.raises(StationError, match="mm per pixel"):
        smallest_defect(None, 0.6, None)
    with pytest.raises(StationError, match="not in both"):
        smallest_defect(12, 0.6, 0.05)
    with pytest.raises(TeachError, match="0 is no mm per pixel"):
        smallest_defect(None, 0.6, 0)


def test_a_hopeless_defect_is_refused_before_anything_is_taught(capsys) -> None:
    args = ["resolution", "--size", "640", "480", "--smallest-defect-px", "0.5"]
    assert main(args) == 1
    assert "15360 × 11520" in capsys.readouterr().err
