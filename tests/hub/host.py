"""Runs clients of the Hub: warm once, then one forked process a call, which may be killed.

`python -m tests.hub.host` speaks pickled messages on stdin and stdout; `tests.hub.client` is the
other end.
"""

from __future__ import annotations

import os
import pickle
import sys
import traceback
from importlib import import_module
from typing import IO, Any

from pipeline.release.manifest import published_schema

WARM = ("pipeline.release.publish", "huggingface_hub", "huggingface_hub.hf_api", "datasets")


def send(stream: IO[bytes], message: object) -> None:
    """Write one message."""
    pickle.dump(message, stream)
    stream.flush()


def _run(target: str, args: tuple[Any, ...], kwargs: dict[str, Any], out: IO[bytes]) -> None:
    module, name = target.split(":")
    try:
        result = getattr(import_module(module), name)(*args, **kwargs)
    except Exception as error:  # noqa: BLE001 - whatever a call raises is its caller's
        traceback.print_exc()
        send(out, ("error", type(error).__name__, str(error)))
    else:
        send(out, ("result", result))


def main() -> None:
    """Serve calls until stdin ends."""
    for module in WARM:
        import_module(module)
    published_schema()  # is kept, with the tables' schemas
    messages, answers = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a call prints must not come between the messages
    while True:
        try:
            target, args, kwargs = pickle.load(messages)
        except EOFError:
            return
        go_read, go_write = os.pipe()
        result_read, result_write = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.read(go_read, 1)
            with os.fdopen(result_write, "wb") as out:
                _run(target, args, kwargs, out)
            sys.stderr.flush()
            os._exit(0)
        os.close(result_write)
        send(answers, pid)
        pickle.load(messages)
        os.write(go_write, b"g")
        with os.fdopen(result_read, "rb") as results:
            answer = results.read()
        _, status = os.waitpid(pid, 0)
        os.close(go_read)
        os.close(go_write)
        send(answers, pickle.loads(answer) if answer else ("died", status))


if __name__ == "__main__":
    main()
