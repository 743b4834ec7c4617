"""What trying a draft has shown, and where wrongly judged parts go."""

from dataclasses import dataclass, replace
from typing import Any

from station.drafts.draft import ProductDraft
from station.drafts.pictures import keep_picture
from station.drafts.session import DraftSession
from station.parts import Verdict
from station.trial import Tried


@dataclass(frozen=True, slots=True)
class Tally:
    """Parts tried with the present model, by verdict, and how many were judged wrongly."""

    ok: int = 0
    ng: int = 0
    fault: int = 0
    false_rejects: int = 0
    escapes: int = 0

    @classmethod
    def of(cls, draft: ProductDraft) -> "Tally":
        """Read what the draft holds of its present model; nothing where it was taught anew."""
        if draft.trial.get("key") != draft.teaching_key:
            return cls()
        return cls(**{name: draft.trial[name] for name in cls.__slots__})

    def with_one(self, verdict: Verdict) -> "Tally":
        """Count one more part."""
        name = verdict.value.lower()
        return replace(self, **{name: getattr(self, name) + 1})

    def with_wrong(self, verdict: Verdict) -> "Tally":
        """Count one of the parts as wrongly judged."""
        name = "escapes" if verdict is Verdict.OK else "false_rejects"
        return replace(self, **{name: getattr(self, name) + 1})

    @property
    def sentence(self) -> str:
        """For people."""
        tried = self.ok + self.ng + self.fault
        if not tried:
            return "No part tried yet."
        return (
            f"{tried} tried: {self.ok} OK, {self.ng} NG, {self.fault} FAULT. Judged wrongly: "
            f"{self.false_rejects} good, {self.escapes} bad."
        )

    def to_json(self, key: str) -> dict[str, Any]:
        """Plain numbers, for the draft. key: what it was taught from."""
        return {"key": key, **{name: getattr(self, name) for name in self.__slots__}}


def mark_wrong(session: DraftSession, tried: Tried) -> str:
    """Keep a wrongly judged part where it belongs; return what follows from it, for people.

    A good part joins the good pictures, and the model is then no longer what they teach. A bad
    part joins the bad ones with its score, and the threshold must be looked at again.

    Raises:
        StationError: the disk refuses; nothing has changed.
    """
    if tried.verdict is Verdict.NG:
        keep_picture(session, tried.pixels, tried.source, on_purpose=True)
        return "It joins the good parts. Go on with Teach again, so that it counts."
    picture = keep_picture(session, tried.pixels, tried.source, bad=True, on_purpose=True)
    draft = session.draft
    session.change(
        bad_scores={**draft.bad_scores, picture.file: tried.score},
        threshold={**draft.threshold, "key": ""},
    )
    return "It joins the bad parts. Go on with Threshold: it must be set so that this part is NG."
