"""Answers for tests of what handles them."""

from deployments.client import Answer
from schemas.summary import Details, FieldDetails, FieldName, ModelReference, Origin, Summary

DETAILS = FieldDetails(confidence=1, origin=Origin.GENERATED)


def answer_of(text: str, fingerprint: str = "a") -> Answer:
    """An answer with the same text in every field."""
    return Answer(
        Summary.from_fields(dict.fromkeys(FieldName, text)),
        Details(fields=dict.fromkeys(FieldName, DETAILS), missing=[], notes=[]),
        ModelReference(name="m", version="1"),
        fingerprint,
    )
