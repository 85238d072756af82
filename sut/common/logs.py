"""Logs: one JSON object a line, on stderr."""

import json
import logging
import sys
from datetime import UTC, datetime

from sut.common.timing import rfc3339
from sut.common.trace import trace_id


class JsonFormatter(logging.Formatter):
    """Writes a log record as one line of JSON.

    Args:
        service: The process's service, for example ``auth``.
        instance: Which one of them; empty where there is only one.
    """

    def __init__(self, service: str, instance: str = "") -> None:
        super().__init__()
        self._origin = {"service": service} | ({"instance": instance} if instance else {})

    def format(self, record: logging.LogRecord) -> str:
        """Write one record.

        Args:
            record: What was logged.

        Returns:
            ``{"time", "level", "logger", "message", "service", "instance"?, "trace_id"?, "exception"?}``.
        """
        line: dict[str, str] = {
            "time": rfc3339(datetime.fromtimestamp(record.created, UTC)),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **self._origin,
        }
        trace = trace_id.get()
        if trace is not None:
            line["trace_id"] = trace
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line)


def configure_logging(service: str, instance: str = "") -> None:
    """Send every logger's lines, from INFO on, to stderr as JSON.

    Args:
        service: The process's service, for example ``auth``.
        instance: Which one of them; empty where there is only one.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service, instance))
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(logging.INFO)
    # Each call to another service as an INFO line would drown the rest; and of each socket uvicorn writes the whole
    # address, in which somebody may have put a token.
    for name in ("httpx", "uvicorn.error"):
        logging.getLogger(name).setLevel(logging.WARNING)
