"""Trigger -> camera -> part queue and preview. Owns the camera; never judges, never writes."""

import logging
import threading

from station.cameras.camera import Camera, Picture
from station.errors import CameraError, EndOfImages
from station.inspection.events import CameraChanged, RunState
from station.inspection.handover import TICK_S, Handover, Publish

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 10
"""Grabs without a picture after which the run stops and asks for a person."""


class AcquireLoop:
    """Turns every accepted trigger into a queued part, with or without a picture."""

    def __init__(self, camera: Camera, handover: Handover, max_parts: int | None) -> None:
        self._camera = camera
        self._handover = handover
        self._max_parts = max_parts
        self._failures = 0

    def run(self, stop: threading.Event, publish: Publish) -> None:
        """Accept parts until stopped, out of pictures, or failed; then close the queue."""
        try:
            if self._goes_on(stop):
                self._use_camera(stop, publish)
        except CameraError as error:
            self._report_broken(stop, publish, str(error))
        except Exception as error:
            self._report_broken(stop, publish, self._unexpected(error))
            raise
        finally:
            self._handover.close_intake()

    def _use_camera(self, stop: threading.Event, publish: Publish) -> None:
        with self._camera:
            publish(CameraChanged(True, f"Camera '{self._camera.name}' is ready."))
            self._handover.camera_ready.set()
            self._accept_parts(stop, publish)

    def _accept_parts(self, stop: threading.Event, publish: Publish) -> None:
        while self._goes_on(stop):
            if not self._handover.begun.wait(TICK_S):
                continue
            if self._handover.trigger.wait(self._handover.queue, TICK_S):
                self._take_part(stop, publish)
            elif self._handover.paused:
                self._rest(stop, publish)

    def _goes_on(self, stop: threading.Event) -> bool:
        if stop.is_set():
            self._handover.end(RunState.STOPPED, "Stopped.")
        return self._handover.ending is None and not self._handover.queue.closed

    def _rest(self, stop: threading.Event, publish: Publish) -> None:
        self._handover.tell(publish, RunState.PAUSED, "Paused. No part is accepted.")
        while self._goes_on(stop):
            if self._handover.wait_while_paused():
                self._handover.tell(publish, RunState.RUNNING, "Running again.")
                return

    def _take_part(self, stop: threading.Event, publish: Publish) -> None:
        self._handover.intake.fired()
        try:
            picture = self._camera.grab()
        except EndOfImages as end:
            self._handover.intake.no_part_was_there()
            self._handover.end(RunState.FINISHED, str(end))
        except CameraError as error:
            self._no_picture_came(stop, publish, str(error))
        except Exception as error:
            self._no_picture_came(stop, publish, self._unexpected(error))
        else:
            self._picture_came(publish, picture)
        self._count()

    def _picture_came(self, publish: Publish, picture: Picture) -> None:
        self._handover.intake.picture_came(picture)
        if self._failures:
            publish(CameraChanged(True, f"Camera '{self._camera.name}' sends pictures again."))
        self._failures = 0

    def _no_picture_came(self, stop: threading.Event, publish: Publish, text: str) -> None:
        if not self._goes_on(stop):
            return  # The stop broke off the grab; closing the intake settles the trigger.
        self._handover.intake.no_picture_came(text)
        publish(CameraChanged(False, text))
        self._failures += 1
        if self._failures >= FAILURES_IN_A_ROW:
            self._handover.end(
                RunState.FAILED, f"{text} No picture came {self._failures} times in a row."
            )

    def _count(self) -> None:
        if self._max_parts is not None and self._handover.queue.accepted >= self._max_parts:
            self._handover.end(RunState.FINISHED, f"All {self._max_parts} parts were taken.")

    def _report_broken(self, stop: threading.Event, publish: Publish, text: str) -> None:
        if self._goes_on(stop):
            publish(CameraChanged(False, text))
            self._handover.end(RunState.FAILED, text)

    def _unexpected(self, error: Exception) -> str:
        logger.exception("Camera '%s' failed unexpectedly.", self._camera.name)
        return (
            f"Camera '{self._camera.name}' failed: {error or type(error).__name__}. "
            "Check it, then press Start."
        )
