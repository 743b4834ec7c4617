"""A model comes back to the bit, or is refused with a sentence that says why."""

import json
import zipfile

import numpy as np
import pytest

from engine import model_file
from engine.errors import ModelFileError
from engine.runtimes.opening import available, open_model
from tests.engine.pictures import bad_picture, good_picture


@pytest.fixture
def saved(model, tmp_path):
    path = tmp_path / "model.npz"
    model_file.save(path, model.model)
    return path


def rewrite(path, **changes) -> None:
    """Write the file again with some arrays replaced, as an editor would."""
    with np.load(path) as file:
        arrays = dict(file)
    np.savez(path, **(arrays | changes))


def header_with(path, **changes) -> np.ndarray:
    with np.load(path) as file:
        header = json.loads(file["header"].tobytes())
    return np.frombuffer(json.dumps(header | changes).encode(), np.uint8)


def test_reloaded_scores_are_identical(model, saved) -> None:
    reloaded = open_model(model_file.load(saved), available()[0])
    for picture in (good_picture(30), bad_picture(30)):
        before, after = model.score(picture), reloaded.score(picture)
        assert before.value == after.value
        np.testing.assert_array_equal(before.anomaly_map, after.anomaly_map)


def test_nothing_in_it_is_a_pickle(saved) -> None:
    with zipfile.ZipFile(saved) as archive:
        assert set(archive.namelist()) == {
            "header.npy", "vectors.npy", "origins.npy", "neighbours.npy",
            "network.npy", "projection.npy", "template.npy", "usual.npy",
            "reference.npy", "light.npy",
        }  # fmt: skip
        for name in archive.namelist():
            assert b"'descr': '|O'" not in archive.read(name)[:128]


@pytest.mark.parametrize("keep", [0, 10, 5000, -1])
def test_truncated(saved, keep) -> None:
    saved.write_bytes(saved.read_bytes()[:keep])
    with pytest.raises(ModelFileError, match=r"truncated|not a Patchlight model"):
        model_file.load(saved)


def test_a_flipped_byte(saved) -> None:
    content = bytearray(saved.read_bytes())
    content[len(content) // 2] ^= 1
    saved.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        model_file.load(saved)


def test_edited_vectors(model, saved) -> None:
    rewrite(saved, vectors=model.bank.vectors * 2)
    with pytest.raises(ModelFileError, match="changed after it was taught"):
        model_file.load(saved)


def test_edited_header(saved) -> None:
    rewrite(saved, header=header_with(saved, input_size=[64, 64]))
    with pytest.raises(ModelFileError, match="changed after it was taught"):
        model_file.load(saved)


def test_newer_format(saved) -> None:
    rewrite(saved, header=header_with(saved, version=model_file.VERSION + 1))
    with pytest.raises(ModelFileError, match="Teach again"):
        model_file.load(saved)


def test_foreign_files(tmp_path) -> None:
    foreign = tmp_path / "foreign.npz"
    np.savez(foreign, weights=np.zeros(3))
    with pytest.raises(ModelFileError, match="not a Patchlight model"):
        model_file.load(foreign)
    foreign.write_text("not even a zip file")
    with pytest.raises(ModelFileError, match=r"not a Patchlight model|damaged"):
        model_file.load(foreign)


def test_missing_file(tmp_path) -> None:
    with pytest.raises(ModelFileError, match="no model file"):
        model_file.load(tmp_path / "none.npz")
