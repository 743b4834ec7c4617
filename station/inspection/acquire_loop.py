"""Trigger -> camera -> part queue and preview. Owns the camera; never judges, never writes."""

import logging
import threading

from station.cameras.camera import Camera, Picture
from station.errors import (
    CameraError,
    CameraLost,
    EndOfImages,
    IncompletePicture,
    LedgerError,
    NothingYet,
)
from station.inspection.events import CameraChanged, RunState
from station.inspection.handover import TICK_S, Handover, Publish
from station.inspection.triggers import CameraTrigger, Fired
from station.parts import NO_FRAME_ID, FaultReason

logger = logging.getLogger(__name__)

FAILURES_IN_A_ROW = 10
"""Grabs without a picture, of a camera that is there, after which the run stops for a person."""
LATEST_GRAB_S = 1.0
"""A trigger that waits longer for the camera is given no picture: its part has moved on. The part
limit takes its place where it is shorter."""
MOST_SKIPPED = 1000
"""A greater jump in the camera's numbers is another count, not a loss."""


class AcquireLoop:
    """Turns every accepted trigger into a queued part, with or without a picture."""

    def __init__(self, camera: Camera, handover: Handover, max_parts: int | None) -> None:
        self._camera = camera
        self._handover = handover
        self._max_parts = max_parts
        self._failures = 0
        self._lost = ""
        self._frame_id = NO_FRAME_ID

    def run(self, stop: threading.Event, publish: Publish) -> None:
        """Accept parts until stopped, out of pictures, or failed; then close the queue."""
        try:
            if self._goes_on(stop):
                self._use_camera(stop, publish)
        except CameraError as error:
            self._report_broken(stop, publish, str(error))
        except LedgerError as error:
            self._handover.end(RunState.FAILED, str(error))
        except Exception as error:
            self._report_broken(stop, publish, self._unexpected(error))
            raise
        finally:
            self._handover.close_intake()
            self._handover.acquiring.rest()

    def _use_camera(self, stop: threading.Event, publish: Publish) -> None:
        with self._camera:
            publish(CameraChanged(True, f"Camera '{self._camera.name}' is ready."))
            self._handover.camera_ready.set()
            self._accept_parts(stop, publish)

    def _accept_parts(self, stop: threading.Event, publish: Publish) -> None:
        while self._goes_on(stop):
            if not self._handover.begun.wait(TICK_S):
                continue
            self._look_at_camera(publish)
            fired = self._next_firing()
            if fired is not None:
                self._take_part(fired, stop, publish)
            elif self._handover.paused:
                self._rest(stop, publish)

    def _look_at_camera(self, publish: Publish) -> None:
        """Notice a camera that went while nothing was asked of it, and one that is back."""
        ready = self._camera.wait_until_ready(0.0)
        if ready and self._lost:
            self._lost = ""
            self._frame_id = NO_FRAME_ID
            publish(CameraChanged(True, f"Camera '{self._camera.name}' is connected again."))
        elif not ready and not self._lost:
            self._camera_went(publish, f"Camera '{self._camera.name}' is gone.")

    def _camera_went(self, publish: Publish, text: str) -> None:
        self._lost = text
        publish(CameraChanged(False, text))

    def _next_firing(self) -> Fired | None:
        """Without a camera only triggers that promise a part are heard: each is a FAULT."""
        if self._lost and not self._handover.trigger.promises_part:
            self._camera.wait_until_ready(TICK_S)
            return None
        return self._handover.intake.next(TICK_S)

    def _goes_on(self, stop: threading.Event) -> bool:
        if stop.is_set():
            self._handover.end(RunState.STOPPED, "Stopped.")
        self._handover.acquiring.beat()
        return self._handover.ending is None and not self._handover.queue.closed

    def _rest(self, stop: threading.Event, publish: Publish) -> None:
        self._handover.tell(publish, RunState.PAUSED, "Paused. No part is accepted.")
        while self._goes_on(stop):
            if self._handover.wait_while_paused():
                self._handover.tell(publish, RunState.RUNNING, "Running again.")
                return

    def _take_part(self, fired: Fired, stop: threading.Event, publish: Publish) -> None:
        if self._lost:
            self._handover.intake.no_picture_came(self._lost)
        elif self._handover.is_too_late(fired.since_s, LATEST_GRAB_S):
            text = "The camera was still busy with earlier parts. Slow the line down."
            self._handover.intake.missed(FaultReason.LATE, text)
        else:
            self._take_picture(stop, publish)
        self._count()

    def _take_picture(self, stop: threading.Event, publish: Publish) -> None:
        try:
            picture = self._grab()
        except NothingYet:
            self._handover.intake.no_part_was_there()
        except EndOfImages as end:
            self._handover.intake.no_part_was_there()
            self._handover.end(RunState.FINISHED, str(end))
        except CameraLost as error:
            self._no_camera(stop, publish, str(error))
        except CameraError as error:
            self._no_picture_came(stop, publish, str(error))
        except Exception as error:
            self._no_picture_came(stop, publish, self._unexpected(error))
        else:
            self._picture_came(publish, picture)

    def _grab(self) -> Picture:
        """Ask for a picture; once more where it came incomplete and can be taken again."""
        try:
            return self._camera.grab()
        except IncompletePicture as error:
            if self._camera_is_trigger:
                self._frame_id += self._frame_id != NO_FRAME_ID
                raise
            logger.warning("%s It is asked for once more.", error)
            return self._camera.grab()

    @property
    def _camera_is_trigger(self) -> bool:
        return isinstance(self._handover.trigger, CameraTrigger)

    def _picture_came(self, publish: Publish, picture: Picture) -> None:
        self._note_skipped(picture.frame_id)
        self._handover.intake.picture_came(picture)
        if self._failures:
            publish(CameraChanged(True, f"Camera '{self._camera.name}' sends pictures again."))
        self._failures = 0

    def _note_skipped(self, frame_id: int) -> None:
        """Where the camera is its own trigger, a number that was left out is a part not seen."""
        skipped = frame_id - self._frame_id - 1
        known = NO_FRAME_ID not in (frame_id, self._frame_id)
        self._frame_id = frame_id
        if known and self._camera_is_trigger and 0 < skipped <= MOST_SKIPPED:
            text = f"{skipped} pictures of camera '{self._camera.name}' were lost. Check its cable."
            self._handover.intake.skipped(skipped, text)

    def _no_camera(self, stop: threading.Event, publish: Publish, text: str) -> None:
        if not self._goes_on(stop):
            return
        self._handover.intake.no_picture_came(text)
        if not self._lost:
            self._camera_went(publish, text)

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
