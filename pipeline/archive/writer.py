"""One growing WARC file: what a run receives, written and synced as it arrives.

Format: WARC/1.1 (ISO 28500:2017), one gzip member a record. A response is stored with its body
decoded; the headers that describe the transfer (`Content-Encoding`, `Transfer-Encoding`,
`Content-Length`) are kept under `X-Archive-Orig-…`, the name that web archives use for them.
A payload that the same address has answered before is a `revisit` record without body.

What only this project knows about a record stands in extension fields of the record's header
(WARC/1.1, section 5.1 allows them), so that the index can be rebuilt from the files alone:

- `X-Digest-Kind`: listing, single, rest or inbox;
- `X-Digest-Days`: the digest days (JST) of which it has posts, ISO dates joined by commas;
- `X-Digest-Posts`: the ids of the posts on it, joined by commas;
- `X-Digest-Announced`: how many posts the site says the day has;
- `X-Digest-Source`: digest of the inbox file that it was taken from.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from string import printable
from typing import Any, BinaryIO, Self
from urllib.parse import quote

from warcio.statusandheaders import StatusAndHeaders
from warcio.timeutils import datetime_to_iso_date
from warcio.warcwriter import WARCWriter

from pipeline import __version__
from pipeline.archive.fixity import Fixity, keep_fixity

SOFTWARE = f"arxiv-ja-en/{__version__}"

NOTE_TYPE = "application/json"
"""Content type of the `metadata` records in which a run says what it did."""

_NAME_SIGNS = "!#$%&'*+-.^_`|~"
"""What a header's name may hold beside letters and digits (RFC 9110, 5.6.2); all else is encoded.
"""

_TRANSFER_HEADERS = frozenset({"content-encoding", "transfer-encoding", "content-length"})


def payload_digest(body: bytes) -> str:
    """`sha256:` and the hexadecimal digest of a decoded body."""
    return "sha256:" + hashlib.sha256(body).hexdigest()


@dataclass(frozen=True, slots=True)
class Exchange:
    """One HTTP request and what came back, its body decoded."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes
    captured_at: datetime
    request_headers: tuple[tuple[str, str], ...] = ()
    archived: bool = False
    """Whether it was read from the archive instead of fetched."""

    def header(self, name: str) -> str | None:
        """The first header of that name, whatever its case."""
        return next((v for n, v in self.headers if n.lower() == name.lower()), None)

    @property
    def content_type(self) -> str | None:
        """The media type as the server named it."""
        return self.header("Content-Type")


@dataclass(frozen=True, slots=True)
class DigestInfo:
    """What a record has to do with the digest: kind, days, posts."""

    kind: str
    days: frozenset[date] = frozenset()
    posts: tuple[int, ...] = ()
    announced: int | None = None
    source: str | None = None

    def fields(self) -> dict[str, str]:
        """The extension fields that say so."""
        fields = {"X-Digest-Kind": self.kind}
        if self.days:
            fields["X-Digest-Days"] = ",".join(day.isoformat() for day in sorted(self.days))
        if self.posts:
            fields["X-Digest-Posts"] = ",".join(map(str, self.posts))
        if self.announced is not None:
            fields["X-Digest-Announced"] = str(self.announced)
        if self.source is not None:
            fields["X-Digest-Source"] = self.source
        return fields

    @classmethod
    def of(cls, header: Mapping[str, str]) -> DigestInfo | None:
        """What a record's header fields say, or None where they say nothing of the digest."""
        if "X-Digest-Kind" not in header:
            return None
        days, posts = header.get("X-Digest-Days", ""), header.get("X-Digest-Posts", "")
        announced = header.get("X-Digest-Announced")
        return cls(
            kind=header["X-Digest-Kind"],
            days=frozenset(date.fromisoformat(day) for day in days.split(",") if day),
            posts=tuple(int(post) for post in posts.split(",") if post),
            announced=int(announced) if announced else None,
            source=header.get("X-Digest-Source"),
        )


@dataclass
class WarcWriter:
    """Appends records to a new WARC file in `folder`; the file appears with the first record.

    Every record is on disk (fsync) when the call that wrote it returns. Used as a context manager.

    Attributes:
        folder: the archive folder.
        purpose: what the run does, part of the file's name: `crawl` or `inbox`.
        info: settings of the run, written to the warcinfo record.
        seen: when an address first answered with a payload, by address and digest of the payload;
            the same answer again becomes a revisit.
    """

    folder: Path
    purpose: str
    info: Mapping[str, str]
    seen: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def __post_init__(self) -> None:
        now = datetime.now(UTC)
        token = secrets.token_hex(4)
        self.path = self.folder / f"{now:%Y%m%dT%H%M%S%fZ}-{token}-{self.purpose}.warc.gz"
        self._file: BinaryIO | None = None
        self._sha256, self._records = hashlib.sha256(), 0
        self._builder = WARCWriter(BytesIO(), gzip=True, warc_version="1.1")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def begun(self) -> bool:
        """Whether there is a file yet."""
        return self._file is not None

    def close(self) -> None:
        """Close the file, where one was begun, and note what it is."""
        if self._file is None:
            return
        fixity = Fixity(self._file.tell(), self._records, self._sha256.hexdigest())
        self._file.close()
        self._file = None
        with suppress(OSError):  # a disk that is full; the next verification notes it
            keep_fixity(self.folder, self.path.name, fixity)

    def add_exchange(self, exchange: Exchange, digest_info: DigestInfo) -> str:
        """Write a response (or its revisit) and the request that asked for it.

        Returns:
            The type of the record: `response` or `revisit`.
        """
        digest = payload_digest(exchange.body)
        before = self.seen.get((exchange.url, digest))
        fields = digest_info.fields() | {"WARC-Date": _warc_date(exchange.captured_at)}
        if before is not None:
            response = self._builder.create_revisit_record(
                exchange.url,
                digest,
                refers_to_uri=exchange.url,
                refers_to_date=_warc_date(before),
                http_headers=_response_head(exchange, len(exchange.body)),
                warc_headers_dict=fields,
            )
        else:
            response = self._builder.create_warc_record(
                exchange.url,
                "response",
                payload=BytesIO(exchange.body),
                length=len(exchange.body),
                http_headers=_response_head(exchange, len(exchange.body)),
                warc_headers_dict=fields | {"WARC-Payload-Digest": digest},
            )
        # The request first: what ends with a request was torn.
        asked = [self._request(exchange, response)] if exchange.request_headers else []
        self._append(*asked, response)
        self.seen.setdefault((exchange.url, digest), exchange.captured_at)
        return str(response.rec_type)

    def add_file(
        self,
        uri: str,
        body: bytes,
        content_type: str,
        captured_at: datetime,
        digest_info: DigestInfo,
    ) -> None:
        """Write what was not fetched but handed in, as a `resource` record."""
        record = self._builder.create_warc_record(
            uri,
            "resource",
            payload=BytesIO(body),
            length=len(body),
            warc_content_type=content_type,
            warc_headers_dict=digest_info.fields()
            | {"WARC-Date": _warc_date(captured_at), "WARC-Payload-Digest": payload_digest(body)},
        )
        self._append(record)

    def add_note(self, subject: str, note: Mapping[str, object]) -> None:
        """Write what the run says about `subject` (`day`, `run`, `inbox`), as JSON."""
        body = json.dumps(note, ensure_ascii=False, sort_keys=True, default=str).encode()
        self._append(
            self._builder.create_warc_record(
                f"urn:arxiv-ja-en:{subject}",
                "metadata",
                payload=BytesIO(body),
                length=len(body),
                warc_content_type=NOTE_TYPE,
            )
        )

    def _request(self, exchange: Exchange, response: Any) -> Any:
        path = "/" + exchange.url.split("/", 3)[3] if exchange.url.count("/") > 2 else "/"
        head = StatusAndHeaders(
            f"GET {path} HTTP/1.1", list(exchange.request_headers), is_http_request=True
        )
        request = self._builder.create_warc_record(
            exchange.url, "request", http_headers=head, payload=BytesIO(b""), length=0
        )
        date_sent = response.rec_headers.get_header("WARC-Date")
        request.rec_headers.replace_header("WARC-Date", date_sent)
        record_id = response.rec_headers.get_header("WARC-Record-ID")
        request.rec_headers.add_header("WARC-Concurrent-To", record_id)
        return request

    def _append(self, *records: Any) -> None:
        if self._file is None:
            self._begin()
        assert self._file is not None
        members = BytesIO()
        self._builder.out = members
        for record in records:
            self._builder.write_record(record)
        start = self._file.tell()
        try:
            left = memoryview(members.getvalue())
            while left:
                left = left[self._file.write(left) :]
            os.fsync(self._file.fileno())
        except BaseException:  # a full disk, or Ctrl-C: what comes next must follow a whole record
            with suppress(OSError):
                self._file.truncate(start)
                self._file.seek(start)
            raise
        self._sha256.update(members.getvalue())
        self._records += len(records)

    def _begin(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self._file = self.path.open("xb", buffering=0)
        folder = os.open(self.folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        info = {"software": SOFTWARE, "format": "WARC File Format 1.1", **self.info}
        self._append(self._builder.create_warcinfo_record(self.path.name, info))


def _warc_date(moment: datetime) -> str:
    naive = moment.astimezone(UTC).replace(tzinfo=None)
    return str(datetime_to_iso_date(naive, use_micros=True))


def _one_line(value: str) -> str:
    return " ".join(value.split())


def _response_head(exchange: Exchange, length: int) -> StatusAndHeaders:
    headers: list[tuple[str, str]] = []
    for name, value in exchange.headers:
        kept = f"X-Archive-Orig-{name}" if name.lower() in _TRANSFER_HEADERS else name
        # warcio encodes values itself, but not all, and fails at the rest.
        headers.append((quote(kept, safe=_NAME_SIGNS), quote(_one_line(value), safe=printable)))
    headers.append(("Content-Length", str(length)))
    return StatusAndHeaders(f"{exchange.status} {_phrase(exchange.status)}", headers, "HTTP/1.1")


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Status"
