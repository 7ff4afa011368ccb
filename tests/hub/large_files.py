"""The routes of large files' content: it is sent by LFS, or sent and fetched by Xet."""

from __future__ import annotations

import hashlib
import time

from tests.hub.request import HubError, Request


def lfs_batch(request: Request) -> None:
    """Where to send those of the wanted objects that are not there yet."""
    request.writer()
    url = request.hub.url
    objects = []
    for wanted in request.json()["objects"]:
        entry = dict(wanted)
        if not request.hub.object(wanted["oid"]).exists():
            entry["actions"] = {
                "upload": {"href": f"{url}/lfs/upload/{wanted['oid']}"},
                "verify": {"href": f"{url}/lfs/verify"},
            }
        objects.append(entry)
    request.answer({"transfer": "basic", "objects": objects})


def lfs_upload(request: Request, oid: str) -> None:
    """Keep an object, if it is what its name says."""
    if hashlib.sha256(request.body).hexdigest() != oid:
        raise HubError(400, message="content does not match its oid")
    request.hub.object(oid).write_bytes(request.body)
    request.answer({})


def lfs_verify(request: Request) -> None:
    """Whether an object is there."""
    request.writer()
    if not request.hub.object(request.json()["oid"]).exists():
        raise HubError(404, message="no such object")
    request.answer({})


def xet_read_token(request: Request, owner: str, name: str) -> None:
    """Where Xet's store is, for those who may read."""
    request.repository(owner, name)
    expires = int(time.time()) + 3600
    cas = f"local://{request.hub.cas}"
    request.answer(
        {"casUrl": cas, "exp": expires, "accessToken": "xet"},
        headers={
            "X-Xet-Cas-Url": cas,
            "X-Xet-Token-Expiration": str(expires),
            "X-Xet-Access-Token": "xet",
        },
    )


def xet_write_token(request: Request, owner: str, name: str) -> None:
    """Where Xet's store is, for those who may write."""
    request.writer()
    xet_read_token(request, owner, name)
