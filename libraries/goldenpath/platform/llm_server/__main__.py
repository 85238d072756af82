"""Runs the mocked LLM: ``GP_INSTANCE_TOKEN=... python -m goldenpath.platform.llm_server --port 15432``."""

import argparse
import os
import socket
import sys

import uvicorn

from goldenpath.platform.llm_server.app import LlmServer


def main() -> int:
    """Serve until told to stop.

    Returns:
        The exit code: 2 when it cannot start.
    """
    parser = argparse.ArgumentParser(prog="python -m goldenpath.platform.llm_server")
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    options = parser.parse_args()
    token = os.environ.get("GP_INSTANCE_TOKEN", "")
    if not token:
        print("The mocked LLM needs GP_INSTANCE_TOKEN in its environment.", file=sys.stderr)
        return 2
    try:
        listener = socket.create_server((options.host, options.port), backlog=1024)
    except OSError as error:
        print(f"The mocked LLM cannot listen on {options.host}:{options.port}: {error.strerror}.", file=sys.stderr)
        return 2
    config = uvicorn.Config(
        LlmServer(token).app(),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        # A scripted cut of the connection is told as an error otherwise.
        log_level="critical",
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listener])
    return 0


if __name__ == "__main__":
    sys.exit(main())
