"""What every step does beside its own work: mark its run, keep secrets out of its errors."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import wraps
from inspect import isgeneratorfunction
from typing import ParamSpec, TypeVar, cast

import dagster as dg

from pipeline.orchestration.dead_runs import mark_run
from pipeline.redaction import redact_error

P = ParamSpec("P")
R = TypeVar("R")


def guarded(work: Callable[P, R]) -> Callable[P, R]:
    """Decorate the function of an asset or a check, below Dagster's own decorator.

    The run is marked as one of this process. An error leaves without the secrets that a client's
    message may hold: Dagster writes it to its database, its logs and the terminal.
    """
    if isgeneratorfunction(work):

        @wraps(work)
        def yielding(*args: P.args, **kwargs: P.kwargs) -> Iterator[object]:
            _mark(*args, **kwargs)
            try:
                yield from work(*args, **kwargs)
                return
            except Exception as error:  # noqa: BLE001 - raised again, without secrets
                clean = redact_error(error)
            raise clean

        return cast("Callable[P, R]", yielding)

    @wraps(work)
    def returning(*args: P.args, **kwargs: P.kwargs) -> R:
        _mark(*args, **kwargs)
        try:
            return work(*args, **kwargs)
        except Exception as error:  # noqa: BLE001 - raised again, without secrets
            clean = redact_error(error)
        raise clean

    return returning


def _mark(*args: object, **kwargs: object) -> None:
    context = kwargs.get("context", args[0] if args else None)
    assert isinstance(context, dg.AssetExecutionContext | dg.AssetCheckExecutionContext)
    mark_run(context)
