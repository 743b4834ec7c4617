"""ONNX Runtime on the CPU."""

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from engine.network import INPUT, Network


class OnnxRuntime:
    """The network in ONNX Runtime; pictures go through one by one."""

    batch = 1
    device = "ONNX Runtime on CPU"

    def __init__(self, network: Network) -> None:
        # On Windows it reports to its maker unless told not to.
        onnxruntime.disable_telemetry_events()
        options = onnxruntime.SessionOptions()
        # Workers that spin after a call slow whatever runs next on a small line PC.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(
            network.onnx, options, providers=["CPUExecutionProvider"]
        )

    def patches(self, pictures: NDArray[np.uint8]) -> NDArray[np.float32]:
        """Run uint8 (N, H, W, 3) RGB; return the patch vectors, float32 (N, h, w, D)."""
        answers = [self._session.run(None, {INPUT: picture[None]})[0] for picture in pictures]
        return answers[0] if len(answers) == 1 else np.concatenate(answers)
