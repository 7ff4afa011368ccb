"""What can go wrong in a release."""

from __future__ import annotations


class ReleaseRefusedError(Exception):
    """A snapshot must not be published; the message says why, one line a reason."""


class PublicationError(Exception):
    """The Hub could not be brought to hold the snapshot; the message says what happened."""
