"""What a day's reading found: announced, captured, missing with reasons."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

DayState = Literal["complete", "empty", "incomplete", "failed", "settled"]
"""How the reading of a day ended.

- `complete`: every announced post is captured, protected, or known to be gone.
- `empty`: the site has no posts of that day.
- `incomplete`: the site announced posts that were not found; the next run tries again.
- `failed`: a page could not be had or read; what was read is kept.
- `settled`: completely read before and not fetched in this run.
"""

SETTLED_STATES = frozenset({"complete", "empty"})


@dataclass(frozen=True, slots=True)
class DayReport:
    """One row of a crawl's report: what became of one day.

    Attributes:
        day: the digest day (JST).
        route: `rest` or `listing`; None where the day was not reached.
        announced: posts that the site says the day has (X-WP-Total, or ids on its listing).
        captured: posts of which the archive holds all the site shows, protected ones included.
        protected: posts that the site shows to those who know a password only.
        missing: posts announced and not captured.
        requests: requests made for the day.
        bytes: bytes of decoded bodies received for it.
        seconds: time it took.
        state: see `DayState`.
        reason: why, for a state that needs one or for posts that are missing, and what could not
            be confirmed.
    """

    day: date
    route: str | None
    announced: int
    captured: int
    protected: int
    missing: int
    requests: int
    bytes: int
    seconds: float
    state: DayState
    reason: str | None = None

    def as_json(self) -> dict[str, Any]:
        """The row as JSON holds it: the day as an ISO date."""
        return asdict(self) | {"day": self.day.isoformat()}

    @classmethod
    def from_json(cls, row: dict[str, Any]) -> DayReport:
        """The row that `as_json` gave; fields it does not know are passed over."""
        known = {name: row[name] for name in cls.__dataclass_fields__ if name in row}
        return cls(**known | {"day": date.fromisoformat(row["day"])})


@dataclass
class Tally:
    """A day's reconciliation while it is being read.

    Attributes:
        day: the digest day (JST).
        announced: the number of posts by the site's own count, where it gives one.
        states: by post (its id, else its address): `captured`, `protected`, or why it is missing.
        known: ids and addresses of the posts that REST showed.
        doubt: why these may not be all of the day's posts; None where they are.
        notes: what else is to be said of the day.
    """

    day: date
    announced: int | None = None
    states: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)
    doubt: str | None = None
    notes: list[str] = field(default_factory=list)

    def report(
        self,
        route: str | None,
        *,
        requests: int,
        size: int,
        seconds: float,
        failure: str | None = None,
    ) -> DayReport:
        """The day's row, closed: every announced post has a state."""
        counts = Counter(self.states.values())
        protected = counts.pop("protected", 0)
        captured = counts.pop("captured", 0) + protected
        announced = max(self.announced or 0, len(self.states))
        unseen = announced - len(self.states)
        reasons = [f"{number} {reason}" for reason, number in sorted(counts.items())]
        if unseen:
            reasons.append(f"{unseen} announced, not found")
        reasons += self.notes
        state: DayState = "complete" if announced else "empty"
        if unseen:
            state = "incomplete"
        if failure is not None:
            state, reasons = "failed", [failure]
        return DayReport(
            day=self.day,
            route=route,
            announced=announced,
            captured=captured,
            protected=protected,
            missing=announced - captured,
            requests=requests,
            bytes=size,
            seconds=round(seconds, 3),
            state=state,
            reason="; ".join(reasons) or None,
        )
