"""Versioned save and load of a taught model: arrays and JSON in one .npz, never a pickle.

The JSON entry carries a sha256 over all arrays and over itself, so a file that was cut, edited or
made by another program is refused with a sentence that says which.
"""

import hashlib
import json
import zipfile
import zlib
from collections.abc import Mapping
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from engine import region
from engine.backbone import Backbone, Weights
from engine.errors import ModelFileError
from engine.location import Anchor
from engine.memory_bank import MemoryBank
from engine.model import Model
from engine.network import Network
from engine.places import Places
from engine.preprocessing import Preprocessing
from engine.registration import Registration
from engine.tiling import Tiling

FORMAT = "patchlight model"
VERSION = 6
READABLE = (3, 4, 5, VERSION)
"""Format 3 knows neither ignored regions nor anchors, 4 not what is usual by position, 5 no
registration; their models judge as they did."""
_ARRAYS = ("vectors", "origins", "neighbours", "network", "projection")
_TEMPLATE = "template"
_NO_PICTURE = np.zeros((0, 0), np.uint8)
_USUAL = "usual"
_REFERENCE, _LIGHT = "reference", "light"
_ADDED = {4: (_TEMPLATE,), 5: (_USUAL,), 6: (_REFERENCE, _LIGHT)}
"""Arrays by the format that added them."""
_ANCHOR = ("top", "left", "max_shift", "max_turn", "least")
_NONE = np.zeros((0, 0), np.float32)


def save(path: Path, model: Model) -> None:
    """Write `model` to `path`. Raises ModelFileError where the disk refuses."""
    projection, anchor = model.network.projection, model.preprocessing.anchor
    registration = model.preprocessing.registration
    arrays: dict[str, NDArray[Any]] = {
        "vectors": model.bank.vectors,
        "origins": model.bank.origins,
        "neighbours": model.bank.neighbours,
        "network": np.frombuffer(model.network.onnx, np.uint8),
        "projection": _NONE if projection is None else projection,
        _TEMPLATE: _NO_PICTURE if anchor is None else anchor.template,
        _USUAL: _NONE if model.bank.usual is None else model.bank.usual,
        _REFERENCE: _NO_PICTURE if registration is None else registration.reference,
        _LIGHT: _NONE if registration is None else registration.light,
    }
    header = _header(model)
    header["sha256"] = _digest(arrays, header)
    encoded = np.frombuffer(_canonical(header), np.uint8)
    try:
        with path.open("wb") as file:
            np.savez(file, allow_pickle=False, header=encoded, **arrays)
    except OSError as error:
        raise ModelFileError(f"'{path}' cannot be written: {error.strerror}.") from error


def load(path: Path) -> Model:
    """Read a model; it needs no weights file and runs nothing yet.

    Raises:
        ModelFileError: missing, truncated, tampered with, newer than this program, or foreign.
    """
    header, arrays = _read(path)
    template, usual = arrays.pop(_TEMPLATE, _NO_PICTURE), arrays.pop(_USUAL, _NONE)
    reference, light = arrays.pop(_REFERENCE, _NO_PICTURE), arrays.pop(_LIGHT, _NONE)
    onnx, projection = arrays.pop("network").tobytes(), arrays.pop("projection")
    try:
        backbone = Backbone(
            header["backbone"],
            tuple(header["strides"]),
            header["weights_file"],
            header["least_stride"],
        )
        weights = Weights(header["weights_source"], header["weights_sha256"])
        tiling = Tiling(tuple(header["size"]), tuple(header["tile"]), header["overlap"])
        roi = header["roi"]
        preprocessing = Preprocessing(
            tiling,
            tuple(roi) if roi else None,
            header["brightness"],
            header["scale"],
            region.polygons(header.get("ignored", ())),
            _anchor(header.get("anchor"), template),
            Registration(reference, light) if reference.size else None,
        )
        network = Network(
            backbone,
            weights,
            tiling.tile,
            onnx,
            header["mode"],
            projection if projection.size else None,
        )
        weight = header["place_weight"]
        places = None if weight is None else Places.of(tiling, network.stride, weight)
        bank = MemoryBank(**arrays, places=places, usual=usual if usual.size else None)
        return Model(network, preprocessing, bank)
    except (KeyError, TypeError, ValueError) as error:
        raise ModelFileError(f"'{path}' is not a complete model: {error}. Teach again.") from error


def _header(model: Model) -> dict[str, Any]:
    backbone, weights, tiling = (
        model.network.backbone,
        model.network.weights,
        model.preprocessing.tiling,
    )
    return {
        "format": FORMAT,
        "version": VERSION,
        "backbone": backbone.name,
        "strides": list(backbone.strides),
        "weights_file": backbone.weights_file,
        "least_stride": backbone.least_stride,
        "place_weight": places.weight if (places := model.bank.places) else None,
        "weights_source": weights.source,
        "weights_sha256": weights.sha256,
        "mode": model.mode,
        "size": list(tiling.size),
        "tile": list(tiling.tile),
        "overlap": tiling.overlap,
        "scale": model.preprocessing.scale,
        "brightness": model.preprocessing.brightness,
        "roi": list(model.preprocessing.roi) if model.preprocessing.roi else None,
        "ignored": [list(map(list, polygon)) for polygon in model.preprocessing.ignored],
        "anchor": _found_by(model.preprocessing.anchor),
    }


def _found_by(anchor: Anchor | None) -> dict[str, float] | None:
    """Everything of an anchor but its pixels."""
    if anchor is None:
        return None
    return {name: getattr(anchor, name) for name in _ANCHOR}


def _anchor(data: Mapping[str, Any] | None, template: NDArray[np.uint8]) -> Anchor | None:
    return None if data is None else Anchor(template, **{name: data[name] for name in _ANCHOR})


def _read(path: Path) -> tuple[dict[str, Any], dict[str, NDArray[Any]]]:
    try:
        with path.open("rb") as opened, np.load(opened, allow_pickle=False) as file:
            if "header" not in file:
                raise ModelFileError(f"'{path}' is not a Patchlight model.")
            header = json.loads(file["header"].tobytes())
            _check_kind(header, path)
            arrays = {name: file[name] for name in _arrays_of(header)}
    except FileNotFoundError as error:
        raise ModelFileError(f"There is no model file '{path}'.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError) as error:
        raise ModelFileError(
            f"'{path}' is truncated or damaged. Restore it from a backup, or teach again."
        ) from error
    except (ValueError, KeyError, AttributeError, TypeError) as error:
        raise ModelFileError(f"'{path}' is not a Patchlight model.") from error
    if header.pop("sha256") != _digest(arrays, header):
        raise ModelFileError(
            f"'{path}' was changed after it was taught. Restore it, or teach again."
        )
    return header, arrays


def _check_kind(header: Any, path: Path) -> None:
    if not isinstance(header, dict) or header.get("format") != FORMAT or "sha256" not in header:
        raise ModelFileError(f"'{path}' is not a Patchlight model.")
    if header.get("version") not in READABLE:
        raise ModelFileError(
            f"'{path}' has model format {header.get('version')}; this program reads format "
            f"{VERSION}. Teach again, or use the version of Patchlight that wrote it."
        )


def _digest(arrays: Mapping[str, NDArray[Any]], header: Mapping[str, Any]) -> str:
    digest = hashlib.sha256(_canonical(header))
    for name in _arrays_of(header):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape}".encode())
        digest.update(array.data)
    return digest.hexdigest()


def _arrays_of(header: Mapping[str, Any]) -> tuple[str, ...]:
    later = (names for version, names in _ADDED.items() if version <= header["version"])
    return (*_ARRAYS, *chain.from_iterable(later))


def _canonical(header: Mapping[str, Any]) -> bytes:
    return json.dumps(header, sort_keys=True, allow_nan=False).encode()
