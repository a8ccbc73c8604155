"""
The documents of a consultation, as patients and physicians both see them listed.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from application.documents.queries import DocumentView
from domain.documents import DocumentKind, DocumentStatus
from domain.shared.ids import to_wire
from entrypoints.portal.words import file_size, moment

KIND_WORDS = {
    DocumentKind.PHOTO: "Photo",
    DocumentKind.RESULT: "Test result",
    DocumentKind.LETTER: "Letter",
    DocumentKind.IDENTITY: "Proof of identity",
    DocumentKind.OTHER: "Document",
}
OFFERED_KINDS = [
    (kind.value, KIND_WORDS[kind])
    for kind in (DocumentKind.PHOTO, DocumentKind.RESULT, DocumentKind.LETTER, DocumentKind.OTHER)
]
_STATUS_WORDS = {
    DocumentStatus.CLEAN: ("", ""),
    DocumentStatus.QUARANTINED: ("Being checked", "wait"),
    DocumentStatus.REFUSED: ("Not safe to open", "harm"),
}
_REFERENCE = re.compile(r"\bdo_[0-9a-z]{26}\b")
_TROUBLE = "The file could not be attached. Please try again."
_PROBLEMS = {
    "expired": "The page had been open for too long. Please attach the file again.",
    "document_empty": "The file is empty. Choose another one.",
    "document_too_large": "The file is too large. It may have at most 20 MB.",
    "document_unsafe": "The file did not pass our check for harmful content. It was not kept.",
    "unfit_media_type": "Attach a PDF, or a JPEG, PNG or HEIC picture.",
}


@dataclass(frozen=True)
class Paper:
    """A document in a list. `address` is empty while it cannot be opened."""

    name: str
    detail: str
    address: str
    words: str
    tone: str


def papers_of(views: Iterable[DocumentView], zone: str) -> list[Paper]:
    """The documents in words, in the order given."""
    return [_paper(view, zone) for view in views]


def with_names(answer: str, views: Iterable[DocumentView]) -> str:
    """An answer with its documents by their names instead of their references."""
    names = {to_wire("document", view.id): view.filename for view in views}
    return _REFERENCE.sub(lambda found: names.get(found[0], "a file"), answer)


def upload_trouble(query: Mapping[str, str]) -> str:
    """What went wrong with the upload that has just led back to this page; empty if nothing."""
    problem = query.get("problem", "")
    return _PROBLEMS.get(problem, _TROUBLE) if problem else ""


def _paper(view: DocumentView, zone: str) -> Paper:
    words, tone = _STATUS_WORDS[view.status]
    facts = (KIND_WORDS[view.kind], file_size(view.size), moment(view.uploaded_at, zone))
    is_clean = view.status is DocumentStatus.CLEAN
    return Paper(
        name=view.filename,
        detail=" · ".join(facts),
        address=f"/files/documents/{to_wire('document', view.id)}" if is_clean else "",
        words=words,
        tone=tone,
    )
