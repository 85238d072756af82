"""Where a test's history is written: `history/` beside the log that people will open, without secrets."""

import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from goldenpath.clients.answers import without_secrets
from goldenpath.history.recorder import Recorder
from goldenpath.history.written import write
from goldenpath.reporting.redaction import redact

FOLDER = "history"
PABOT_RESULTS = "pabot_results"
_LONGEST_NAME = 80


def keep_history(recorder: Recorder, header: Mapping[str, Any], output_dir: Path, process: str | None) -> Path:
    """Write the history of a test.

    Args:
        recorder: The history.
        header: What its first line tells of the test: ``test``, ``suite`` and more.
        output_dir: Robot's, in this process.
        process: The number of this process under pabot, ``None`` without pabot.

    Returns:
        The file's path from the folder of the log.
    """
    place = Path(FOLDER, file_name(str(header["test"]), str(header["suite"]), process))
    write(outer(output_dir) / place, recorder, header, clean)
    return place


def outer(output_dir: Path) -> Path:
    """Give the folder in which the log will be: pabot writes one log of all its processes above their folders.

    Args:
        output_dir: Robot's, in this process.

    Returns:
        The same, or the folder that holds pabot's ``pabot_results``.
    """
    above = [folder for folder in output_dir.parents if (folder / PABOT_RESULTS) in (output_dir, *output_dir.parents)]
    return above[0] if above else output_dir


def file_name(test: str, suite: str, process: str | None) -> str:
    """Make a file's name that no other test and no other process has.

    Args:
        test: The test's name.
        suite: The full name of its suite.
        process: The number of this process under pabot, ``None`` without pabot.

    Returns:
        Words of the test's name, and a short mark of all of it.
    """
    words = re.sub(r"[^a-z0-9]+", "-", test.lower()).strip("-")[:_LONGEST_NAME].rstrip("-")
    mark = hashlib.sha256(f"{suite}.{test}".encode()).hexdigest()[:8]
    return "-".join(filter(None, [words, mark, process and f"p{process}"])) + ".jsonl"


def clean(text: str) -> str:
    """Take secrets out of a text: in JSON by the names of fields, everywhere those that are known or look like tokens.

    Args:
        text: A body, a frame or a line.

    Returns:
        The text without secrets; as it was, if there are none.
    """
    try:
        body = json.loads(text)
    except (ValueError, RecursionError):
        return redact(text)
    masked = without_secrets(body)
    return redact(text if masked == body else json.dumps(masked, ensure_ascii=False))
