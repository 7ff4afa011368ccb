"""The pages: each is made on the server, and none loads anything from elsewhere."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import polars as pl
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from pipeline.explore.catalogue import PAGE_ROWS, Catalogue, Query
from pipeline.release.card import FLAG_NOTES
from pipeline.schema import Quarantine
from pipeline.storage import TableError
from pipeline.trace.collect import Sources, collect
from pipeline.trace.html import environment
from pipeline.trace.target import Target, TraceError

_TEMPLATES = Path(__file__).with_name("templates")

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
}

HOSTS = ("127.0.0.1", "localhost", "testserver")
"""Names by which the pages may be asked for: another site's name that leads here is refused."""


class Pages:
    """What answers the requests.

    Args:
        sources: where the rows and their traces come from; there has to be a snapshot.
    """

    def __init__(self, sources: Sources) -> None:
        assert sources.snapshot is not None
        self._sources = sources
        self._snapshot = sources.snapshot
        self._catalogue = Catalogue(sources.snapshot)
        self._environment = environment(_TEMPLATES)
        self._environment.globals |= {
            "version": sources.snapshot.version,
            "flag_notes": FLAG_NOTES,
            "quote": lambda text: quote(text, safe=""),
            "has_quarantine": sources.tables is not None,
        }

    def search(self, request: Request) -> Response:
        """A page of papers, and the form that asks for them."""
        query = read_query(request.query_params)
        found = self._catalogue.find(query)
        return self._page(
            "search.html.jinja",
            query=query,
            found=found,
            first=(query.page - 1) * PAGE_ROWS + 1,
            choices=self._catalogue.choices,
            n_papers=self._catalogue.papers.height,
            other_page=lambda page: "?" + urlencode(_asked(query) | {"page": page}),
        )

    def paper(self, request: Request) -> Response:
        """A paper: both texts, its sentence pairs, why it has its flags."""
        return self._of_paper(request, "paper.html.jinja")

    def trace(self, request: Request) -> Response:
        """Where a paper comes from."""
        return self._of_paper(request, "trace_of_paper.html.jinja", with_sources=True)

    def _of_paper(self, request: Request, template: str, *, with_sources: bool = False) -> Response:
        paper_id = request.path_params["paper_id"]
        part = self._catalogue.part_of(paper_id)
        if part is None:
            return self._missing(f"{paper_id}: no such paper in {self._snapshot.version}")
        try:
            found = collect(Target(paper_id), self._sources, part=part, seen=with_sources)
        except (TraceError, TableError) as error:
            return self._missing(str(error))
        return self._page(template, trace=found, paper=found.paper)

    def quarantine(self, request: Request) -> Response:
        """What broke a rule, its reasons beside its text."""
        if self._sources.tables is None:
            return self._missing("A snapshot alone has no quarantine.")
        reason = request.query_params.get("reason", "")
        page = _number(request.query_params.get("page"), 1)
        rows = self._sources.tables.scan("quarantine", Quarantine)
        reasons = (
            rows.select(pl.col("reasons").explode())
            .collect()
            .get_column("reasons")
            .drop_nulls()
            .value_counts(sort=True)
            .rows()
        )
        if reason:
            rows = rows.filter(pl.col("reasons").list.contains(reason))
        first = (page - 1) * PAGE_ROWS
        shown = (
            rows.sort("day", "captured_at", "archive_file", "record_offset", "entry_index")
            .reverse()
            .slice(first, PAGE_ROWS + 1)
            .collect()
        )
        return self._page(
            "quarantine.html.jinja",
            rows=shown.head(PAGE_ROWS).to_dicts(),
            has_more=shown.height > PAGE_ROWS,
            page=page,
            reason=reason,
            reasons=reasons,
        )

    def figures(self, request: Request) -> Response:
        """The version in figures."""
        del request
        manifest = self._snapshot.manifest
        images = sorted(path for path in manifest.files if path.endswith(".svg"))
        return self._page(
            "figures.html.jinja",
            manifest=manifest,
            counts=manifest.counts(),
            images=[Path(path).name for path in images],
        )

    def image(self, request: Request) -> Response:
        """One of the snapshot's pictures."""
        wanted = f"images/{request.path_params['name']}"
        if not wanted.endswith(".svg") or wanted not in self._snapshot.manifest.files:
            return self._missing(f"{wanted}: no picture of {self._snapshot.version}")
        return Response((self._snapshot.path / wanted).read_bytes(), media_type="image/svg+xml")

    def _page(self, template: str, **values: Any) -> HTMLResponse:
        text = self._environment.get_template(template).render(**values)
        return HTMLResponse(text, headers=_HEADERS)

    def _missing(self, reason: str) -> Response:
        page = self._page("missing.html.jinja", reason=reason)
        page.status_code = 404
        return page


def application(sources: Sources) -> Starlette:
    """The pages of a snapshot, as an ASGI application."""
    pages = Pages(sources)

    def failed(request: Request, error: Exception) -> Response:
        del request
        return PlainTextResponse(" ".join(str(error).split()), 500, headers=_HEADERS)

    return Starlette(
        routes=[
            Route("/", pages.search),
            Route("/paper/{paper_id:path}/trace", pages.trace),
            Route("/paper/{paper_id:path}", pages.paper),
            Route("/quarantine", pages.quarantine),
            Route("/figures", pages.figures),
            Route("/images/{name}", pages.image),
            Route("/favicon.ico", lambda _: Response(status_code=204)),
        ],
        middleware=[Middleware(TrustedHostMiddleware, allowed_hosts=list(HOSTS))],
        exception_handlers={Exception: failed},
    )


def read_query(values: Mapping[str, str]) -> Query:
    """The query that a form sent; what is no number counts as nothing."""
    texts = {
        field.name: values.get(field.name, "").strip()
        for field in fields(Query)
        if field.type == "str"
    }
    return Query(
        **texts,
        min_score=_score(values.get("min_score")),
        max_score=_score(values.get("max_score")),
        page=_number(values.get("page"), 1),
    )


def _asked(query: Query) -> dict[str, object]:
    """The parts of a query that ask for something, for an address."""
    return {
        field.name: getattr(query, field.name)
        for field in fields(query)
        if getattr(query, field.name) not in ("", None)
    }


def _score(text: str | None) -> float | None:
    try:
        score = float(text or "")
    except ValueError:
        return None
    return score if 0 <= score <= 1 else None


def _number(text: str | None, default: int) -> int:
    return (
        int(text)
        if text and text.isascii() and text.isdecimal() and 0 < int(text) < 10**6
        else default
    )
