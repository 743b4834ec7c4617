"""Products that are being taught: saved on every change, until they are published."""

from station.drafts.draft import DraftPicture, Looking, ProductDraft, State, Taught
from station.drafts.session import DraftSession
from station.drafts.store import DraftStore

__all__ = [
    "DraftPicture",
    "DraftSession",
    "DraftStore",
    "Looking",
    "ProductDraft",
    "State",
    "Taught",
]
