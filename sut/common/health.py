"""Health: is the process up, has it started, can it do its work?"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

CHECK_TIMEOUT_S = 1.0


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the service needs.

    Args:
        run: Raises when it does not work.
        required: Whether the service is of no use without it; else it is merely degraded.
    """

    run: Callable[[], Awaitable[None]]
    required: bool = True


class HealthChecks:
    """Runs checks side by side, each for a second at most.

    A check that hangs is not started a second time: the next question waits for the same one, so that however often
    health is asked, one hanging store costs one connection.

    Args:
        checks: By name.
    """

    def __init__(self, checks: Mapping[str, Check]) -> None:
        self._checks = checks
        self._running: dict[str, asyncio.Task[None]] = {}

    async def results(self) -> dict[str, dict[str, str]]:
        """Run all checks.

        Returns:
            By name: ``{status: ok | failed, detail}``.
        """
        tasks = {name: self._task(name) for name in self._checks}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=CHECK_TIMEOUT_S)
        return {name: _result(task) for name, task in tasks.items()}

    def overall(self, results: Mapping[str, Mapping[str, str]]) -> str:
        """Sum up.

        Args:
            results: What `results` gave.

        Returns:
            ``ready``, ``degraded`` (something optional failed) or ``unavailable`` (something required failed).
        """
        failed = [name for name, result in results.items() if result["status"] == "failed"]
        if any(self._checks[name].required for name in failed):
            return "unavailable"
        return "degraded" if failed else "ready"

    def _task(self, name: str) -> asyncio.Task[None]:
        task = self._running.get(name)
        if task is None or task.done():
            task = self._running[name] = asyncio.create_task(_run(self._checks[name]))
        return task


def health_routes(checks: Mapping[str, Check], instance_token: str | None) -> list[Route]:
    """Make the three health routes.

    Args:
        checks: What ``/health/ready`` looks at, by name.
        instance_token: Echoed by ``/health/live``, proof that this very process answers.

    Returns:
        Routes for ``/health/live``, ``/health/ready``, ``/health/startup``.
    """
    health = HealthChecks(checks)

    async def live(_request: Request) -> Response:
        return JSONResponse({"status": "live"} | ({"instance_token": instance_token} if instance_token else {}))

    async def ready(request: Request) -> Response:
        results = await health.results()
        status = health.overall(results) if request.app.state.ready else "starting"
        usable = status in ("ready", "degraded")
        return JSONResponse({"status": status, "checks": results}, status_code=200 if usable else 503)

    async def startup(request: Request) -> Response:
        started = request.app.state.ready
        return JSONResponse({"status": "started" if started else "starting"}, status_code=200 if started else 503)

    return [
        Route("/health/live", live),
        Route("/health/ready", ready),
        Route("/health/startup", startup),
    ]


async def _run(check: Check) -> None:
    await check.run()


def _result(task: asyncio.Task[None]) -> dict[str, str]:
    if not task.done():
        return {"status": "failed", "detail": f"no answer within {CHECK_TIMEOUT_S:g} s"}
    error = task.exception()
    if error is None:
        return {"status": "ok", "detail": ""}
    # the text of an unknown error may hold an address with a password
    return {"status": "failed", "detail": getattr(error, "message", type(error).__name__)}
