"""Networks and where their weights come from."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine import backbone
from engine.backbone import Backbone
from engine.errors import BackboneError
from engine.runtimes.torch_runtime import TorchRuntime


@pytest.fixture(scope="module")
def torchvision_beside_cpu_torch() -> Iterator[None]:
    """Let the networks of a torchvision that was built for another torch be imported.

    Its import stops at operators that its compiled half did not register; the networks use none.
    """
    library = torch.library.Library("torchvision", "FRAGMENT")
    if not hasattr(torch.ops.torchvision, "nms"):
        library.define("nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
        library.define("qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
    yield
    library._destroy()


@pytest.fixture
def hub(tmp_path, monkeypatch) -> Path:
    """An empty torch cache, and no network."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path / "hub"))
    return tmp_path / "hub" / "checkpoints"


def save_generated_resnet18(path: Path) -> Path:
    from torchvision.models import resnet18

    torch.manual_seed(0)
    path.parent.mkdir(parents=True, exist_ok=True)
    torch.save(resnet18().state_dict(), path)
    return path


def test_default_weights_are_the_known_ones() -> None:
    _, weights = Backbone().build()
    assert weights.sha256.startswith("57934424")
    assert "57934424" in weights.source


def test_damaged_packaged_weights_are_refused(monkeypatch) -> None:
    changed = backbone.EfficientNetLite(0, "0" * 64, (3, 5, 11, 16))
    monkeypatch.setitem(backbone.SOURCES, "efficientnet_lite0", changed)
    with pytest.raises(BackboneError, match="damaged"):
        Backbone().build()


@pytest.mark.parametrize("strides", [(8, 16), (4,), (8, 16, 32)])
def test_maps_have_the_stated_strides(strides) -> None:
    network, _ = Backbone(strides=strides).build()
    maps = network(torch.zeros(1, 3, 64, 96))
    assert [tuple(each.shape[2:]) for each in maps] == [(64 // s, 96 // s) for s in strides]


def test_stages_give_what_the_whole_network_gives() -> None:
    from efficientnet_lite_pytorch import EfficientNet

    _, weights = Backbone().build()
    whole = EfficientNet.from_name("efficientnet-lite0").eval()
    whole.load_state_dict(torch.load(weights.source, weights_only=True))
    tapped, _ = Backbone(strides=(32,)).build()
    x = torch.rand(1, 3, 64, 64)
    with torch.no_grad():
        head = whole._swish(whole._bn1(whole._conv_head(tapped(x)[0])))
        torch.testing.assert_close(head, whole.extract_features(x))


@pytest.mark.usefixtures("torchvision_beside_cpu_torch")
class TestTorchvision:
    def test_a_named_file_is_used(self, tmp_path) -> None:
        path = save_generated_resnet18(tmp_path / "own.pth")
        network, weights = Backbone("resnet18", (8, 16), str(path)).build()
        assert weights.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
        patches = TorchRuntime(network, "cpu").patches(np.zeros((1, 64, 64, 3), np.uint8))
        assert patches.shape == (1, 8, 8, 128 + 256)

    def test_stages_give_what_torchvision_gives(self, tmp_path) -> None:
        from torchvision.models import resnet18

        path = save_generated_resnet18(tmp_path / "own.pth")
        whole = resnet18().eval()
        whole.load_state_dict(torch.load(path, weights_only=True))
        whole.avgpool = whole.fc = torch.nn.Identity()
        network, _ = Backbone("resnet18", (32,), str(path)).build()
        x = torch.rand(1, 3, 64, 64)
        with torch.no_grad():
            torch.testing.assert_close(network(x)[0].flatten(1), whole(x))

    def test_the_cache_is_used_before_the_network(self, hub, monkeypatch) -> None:
        generated = save_generated_resnet18(hub / "any.pth")
        prefix = hashlib.sha256(generated.read_bytes()).hexdigest()[:8]
        cached = generated.rename(hub / f"resnet18-{prefix}.pth")
        source = backbone.SOURCES["resnet18"]
        monkeypatch.setattr(type(source), "_url", lambda self: f"https://x.invalid/{cached.name}")
        _, weights = Backbone("resnet18").build()
        assert weights.source == str(cached)

    def test_a_damaged_cache_is_refused(self, hub) -> None:
        save_generated_resnet18(hub / "resnet18-f37072fd.pth")
        with pytest.raises(BackboneError, match="damaged"):
            Backbone("resnet18").build()

    def test_offline_says_what_to_bring_and_where_to(self, hub, monkeypatch) -> None:
        monkeypatch.setattr(
            backbone.TorchvisionResNet, "_url", lambda self: "http://127.0.0.1:9/wrn-00000000.pth"
        )
        with pytest.raises(BackboneError, match="--weights FILE") as offline:
            Backbone("wide_resnet50_2").build()
        assert "wrn-00000000.pth" in str(offline.value)
        assert str(hub) in str(offline.value)


def test_weights_of_another_network_are_refused() -> None:
    changed = Backbone("efficientnet_lite0", weights_file=__file__)
    with pytest.raises(BackboneError, match="does not hold weights"):
        changed.build()


def test_a_missing_weights_file(tmp_path) -> None:
    with pytest.raises(BackboneError, match=r"nothing\.pth"):
        Backbone(weights_file=str(tmp_path / "nothing.pth")).build()


def test_unknown_names_are_refused() -> None:
    with pytest.raises(BackboneError, match="Choose one of"):
        Backbone("vgg16").build()
    with pytest.raises(BackboneError, match="Strides"):
        Backbone(strides=(7,)).build()
