"""Which runtimes this machine has, and opening one by its name."""

from collections.abc import Callable
from ctypes.util import find_library
from importlib.util import find_spec

from engine.errors import EngineError
from engine.leading import Leading
from engine.model import Model
from engine.network import EXACT, Network
from engine.patchcore import PatchCore
from engine.runtimes import BankMatcher, Matcher, Runtime
from engine.runtimes.placed import PlacedMatcher

REFERENCE = "torch"
"""The runtime whose scores the others must reproduce."""


def available(mode: str = EXACT) -> list[str]:
    """Names of the runtimes installed here that can run `mode`, the fastest first. Loads none.

    torch builds the network from its weights, which are those of exact mode.
    """
    gpu = find_library("cuda") is not None
    torch = mode == EXACT and _installed("torch")
    wanted = {
        "tensorrt": gpu and _installed("tensorrt"),
        "cuda": gpu and torch,
        "openvino": _installed("openvino"),
        "onnxruntime": _installed("onnxruntime"),
        REFERENCE: torch,
    }
    return [name for name, there in wanted.items() if there]


def open_runtime(name: str, network: Network) -> Runtime:
    """Run `network` on the runtime `name`. Raises EngineError where it cannot."""
    opener = _OPENERS.get(name)
    if opener is None:
        raise EngineError(f"No runtime '{name}'. Choose one of {', '.join(_OPENERS)}.")
    try:
        return opener(network)
    except EngineError:
        raise
    except Exception as error:
        raise EngineError(f"The runtime {name} does not start here: {_line(error)}") from error


def open_first(network: Network) -> tuple[str, Runtime]:
    """Run `network` on the fastest runtime that starts here at once; return its name with it.

    TensorRT is left out: building its engine takes longer than it saves while teaching.

    Raises:
        EngineError: none starts; the sentence gives each one's reason.
    """
    reasons = []
    for name in available():
        if name != "tensorrt":
            try:
                return name, open_runtime(name, network)
            except EngineError as error:
                reasons.append(str(error))
    raise EngineError(f"No runtime starts on this machine. {' '.join(reasons)}".strip())


def open_model(model: Model, name: str) -> PatchCore:
    """Make `model` judge on the runtime `name`. Raises EngineError where it cannot."""
    return PatchCore(model, _matcher(model, name), name)


def _matcher(model: Model, name: str) -> Matcher:
    places = model.bank.places
    if places is not None:
        runtime = open_runtime(name, model.network)
        tiling, stride = model.preprocessing.tiling, model.network.stride
        return PlacedMatcher(runtime, model.bank, places, tiling, stride)
    if name == "openvino":
        try:
            from engine.runtimes.openvino_runtime import OpenVinoLeadingMatcher, OpenVinoMatcher

            leading = Leading.choose(model.bank.vectors)
            if leading is not None:
                return OpenVinoLeadingMatcher(model.network, leading)
            return OpenVinoMatcher(model.network, model.bank)
        except (ImportError, RuntimeError) as error:
            raise EngineError(f"OpenVINO does not start here: {_line(error)}") from error
    return BankMatcher(open_runtime(name, model.network), model.bank)


def _torch(network: Network, device: str) -> Runtime:
    from engine.runtimes.torch_runtime import TorchRuntime

    if network.mode != EXACT:
        raise EngineError(f"torch judges in exact mode only; this model is in {network.mode} mode.")
    tapped, weights = network.backbone.build()
    if weights.sha256 != network.weights.sha256:
        raise EngineError(
            f"torch would judge with other weights of {network.backbone.name} than the model was "
            f"taught with: '{weights.source}'. Bring the same weights file."
        )
    return TorchRuntime(tapped, device, network.projection)


def _openvino(network: Network) -> Runtime:
    from engine.runtimes.openvino_runtime import OpenVinoRuntime

    return OpenVinoRuntime(network)


def _onnxruntime(network: Network) -> Runtime:
    from engine.runtimes.onnx_runtime import OnnxRuntime

    return OnnxRuntime(network)


def _tensorrt(network: Network) -> Runtime:
    from engine.runtimes.tensorrt_runtime import TensorRtRuntime

    return TensorRtRuntime(network)


_OPENERS: dict[str, Callable[[Network], Runtime]] = {
    "tensorrt": _tensorrt,
    "cuda": lambda network: _torch(network, "cuda"),
    "openvino": _openvino,
    "onnxruntime": _onnxruntime,
    REFERENCE: lambda network: _torch(network, "cpu"),
}


def _installed(package: str) -> bool:
    return find_spec(package) is not None


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)
