"""What can go wrong in a release."""

from __future__ import annotations


class ReleaseRefusedError(RuntimeError):
    """A snapshot must not be published; the message says why, one line a reason."""


class PublicationError(RuntimeError):
    """The Hub could not be brought to hold the snapshot; the message says what happened."""
