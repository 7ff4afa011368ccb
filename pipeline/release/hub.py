"""Publication on the Hub: all or nothing, and as often as one likes.

One commit brings a snapshot, one tag names it. What the Hub holds, not what it answered, decides
what is left to do: after a lost answer, a refusal or a kill, the next attempt looks first.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pipeline.release.errors import PublicationError, ReleaseRefusedError
from pipeline.release.hub_commit import HubCommit
from pipeline.release.manifest import MANIFEST, Snapshot
from pipeline.release.published import Published, PublishedVersions
from pipeline.release.refusals import refusals, returned
from pipeline.release.repository import ACCEPT, Repository

if TYPE_CHECKING:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

ATTEMPTS = 5
FIRST_WAIT = 0.5
"""Attempts to commit, and seconds before the second; the wait doubles from one to the next."""

_TRANSIENT = {408, 409, 412, 425, 429}
"""Answers below 500 that say: look again. 412 is a parent that is no longer the head."""


@dataclass(frozen=True)
class Publication:
    """Where a snapshot was published.

    Attributes:
        version: the snapshot's name, and its tag on the Hub.
        target: the folder, or `owner/name` of the repository.
        commit: the commit that the tag names; None where it is local.
        files_sent: the files that differed from what the Hub held.
        address: where the version is looked at.
        is_tagged: whether a tag names the commit; one that was deleted on the Hub is not made
            again.
    """

    version: str
    target: str
    commit: str | None
    files_sent: tuple[str, ...] = ()
    address: str = ""
    is_tagged: bool = True

    @property
    def message(self) -> str:
        """What happened, in one sentence."""
        if self.commit is None:
            return f"{self.version} is published locally, in {self.target}; no repository is named."
        done = f"{len(self.files_sent):,} files sent" if self.files_sent else "nothing new to send"
        tag = "" if self.is_tagged else " Its tag was deleted on the Hub, and is not made again."
        return (
            f"{self.version} is published to {self.target}, commit {self.commit[:12]}: {done}.{tag}"
        )


def _refuse(
    snapshot: Snapshot, head: HubCommit, tags: Mapping[str, str], *, accept_foreign: bool
) -> None:
    reasons = []
    before, repo_id = head.ours, head.repository.repo_id
    if before and before.manifest.version == snapshot.version:
        if before.digest != snapshot.digest:
            reasons = [f"{repo_id} holds another {snapshot.version}"]
    elif before:
        reasons = refusals(snapshot.manifest, before.manifest, before.digest)
        if back := returned(snapshot, before.manifest.withdrawn):
            reasons.append(back)
    if not accept_foreign:
        if foreign := head.foreign(snapshot):
            more = f" and {len(foreign) - 3:,} more" if len(foreign) > 3 else ""
            reasons.append(
                f"{repo_id} holds {', '.join(foreign[:3])}{more}, put there, changed or deleted by "
                f"somebody else; {ACCEPT} replaces them"
            )
        elif before is None and tags.keys() & {step.version for step in snapshot.manifest.history}:
            reasons.append(f"{repo_id} has lost its {MANIFEST}; {ACCEPT} puts it back")
    if reasons:
        raise ReleaseRefusedError("\n".join([f"{snapshot.version} is refused:", *reasons]))


def _operations(
    snapshot: Snapshot, send: list[str], delete: list[str]
) -> tuple[list[CommitOperationAdd], list[CommitOperationDelete]]:
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    adds = [CommitOperationAdd(path, snapshot.path / path) for path in send]
    return adds, [CommitOperationDelete(path) for path in delete]


def _name(repository: Repository, version: str, commit: str) -> None:
    """Tag a commit.

    Raises:
        PublicationError: the tag names another commit; it is not moved.
    """
    repository.api.create_tag(
        repository.repo_id, tag=version, revision=commit, repo_type="dataset", exist_ok=True
    )
    named = repository.tags().get(version)
    if named != commit:
        raise PublicationError(f"tag {version} names {named}, not {commit}; a tag is never moved")


def _name_cut_off(head: HubCommit, tags: Mapping[str, str], known: PublishedVersions) -> None:
    """Tag what stands at the head, where its publication ended between commit and tag."""
    if head.ours is None or head.ours.manifest.version in tags or not head.is_whole():
        return
    version = head.ours.manifest.version
    noted = known.versions().get(version)
    if noted and not noted.tagged:
        _name(head.repository, version, head.sha)
        known.note(version, Published(head.sha, tagged=True))


def _publish_once(
    repository: Repository,
    snapshot: Snapshot,
    known: PublishedVersions,
    sent: list[str],
    *,
    accept_foreign: bool,
) -> Publication:
    """Bring the Hub to hold the snapshot, committed and tagged, from whatever it holds now.

    Args:
        repository: where to.
        snapshot: what.
        known: what was published from here before.
        sent: the files that were sent are added to it.
        accept_foreign: whether files that are not ours may be replaced.
    """
    version, tags = snapshot.version, repository.tags()
    was_tagged = version in (noted := known.versions()) and noted[version].tagged
    head = HubCommit.at(repository, repository.head())

    def done(commit: str, *, is_tagged: bool = True) -> Publication:
        known.note(version, Published(commit, tagged=True))
        address = f"{repository.api.endpoint}/datasets/{repository.repo_id}/tree/"
        address += version if is_tagged else commit
        return Publication(
            version, repository.repo_id, commit, tuple(sent), address, is_tagged=is_tagged
        )

    send, delete = head.to_send(snapshot), head.to_delete(snapshot)
    if version in tags:
        at_tag = head if tags[version] == head.sha else HubCommit.at(repository, tags[version])
        if other := at_tag.to_send(snapshot):
            raise ReleaseRefusedError(
                f"tag {version} of {repository.repo_id} holds another snapshot: "
                f"{', '.join(other[:3])} differ; a tag is never moved"
            )
        is_newest = head.ours is None or head.ours.digest == snapshot.digest
        if not is_newest or not send:
            return done(at_tag.sha)
    elif not send and not delete:
        if was_tagged:
            return done(head.sha, is_tagged=False)
        _name(repository, version, head.sha)
        return done(head.sha)
    _refuse(snapshot, head, tags, accept_foreign=accept_foreign)
    _name_cut_off(head, tags, known)

    adds, deletes = _operations(snapshot, send, delete)
    repository.upload(adds)
    sent[:] = send
    if not was_tagged:
        known.note(version, Published())
    commit = repository.api.create_commit(
        repository.repo_id,
        [*adds, *deletes],
        commit_message=f"Publish {snapshot.version}",
        repo_type="dataset",
        parent_commit=head.sha,
    ).oid
    if wrong := HubCommit.at(repository, commit).to_send(snapshot):
        raise PublicationError(f"commit {commit} does not hold {', '.join(wrong[:3])} as sent")
    if version in tags or was_tagged:  # what others had changed was put back
        return done(tags.get(version, commit), is_tagged=version in tags)
    known.note(version, Published(commit))
    _name(repository, version, commit)
    return done(commit)


def _is_final(error: Exception) -> bool:
    """Whether another attempt would be answered alike."""
    # An upload's error comes wrapped in a RuntimeError.
    response = getattr(error.__cause__ or error, "response", None)
    status = getattr(response, "status_code", None)
    return status is not None and status < 500 and status not in _TRANSIENT


def publish_to_hub(
    snapshot: Snapshot,
    repo_id: str,
    *,
    private: bool | None,
    resource_group: str | None,
    accept_foreign: bool,
) -> Publication:
    """Publish a snapshot that passed its checks; see `publish`.

    After a failure that may pass, it looks again and does what is left. A commit whose answer was
    lost is found as the head that holds everything; of two that are under way at once one wins,
    since both name the same parent.

    Raises:
        ReleaseRefusedError: it must not follow what is published, or its tag is taken.
        PublicationError: the Hub did not do what was asked.
    """
    from httpx2 import HTTPError
    from huggingface_hub import HfApi
    from huggingface_hub.utils.tqdm import disable_progress_bars

    if not sys.stderr.isatty():
        disable_progress_bars()
    if not os.environ.get("HF_TOKEN"):
        raise ReleaseRefusedError("HF_TOKEN is not set: the Hub's token is read from it alone")
    repository = Repository(HfApi(), repo_id)
    known = PublishedVersions(snapshot.path.parent, repo_id)
    may_be_new = accept_foreign or not known.versions()
    sent: list[str] = []
    for attempt in range(ATTEMPTS):
        try:
            if repository.ensure(private, resource_group, may_be_new=may_be_new):
                known.forget()
            return _publish_once(repository, snapshot, known, sent, accept_foreign=accept_foreign)
        except (HTTPError, OSError, RuntimeError) as error:
            if _is_final(error) or attempt == ATTEMPTS - 1:
                raise PublicationError(
                    f"{snapshot.version} could not be published to {repo_id}: {error}"
                ) from error
            time.sleep(FIRST_WAIT * 2**attempt)
    raise AssertionError("the last attempt returns or raises")
