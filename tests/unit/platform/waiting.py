"""How these tests look at processes."""

import subprocess

from goldenpath.polling import until


def is_alive(pid: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


async def gone(pid: int, within_s: float = 2.0) -> None:
    async def look() -> bool | None:
        return None if is_alive(pid) else True

    await until(look, within_s=within_s, what=f"the end of process {pid}")


async def started(server) -> int:
    async def look() -> int | None:
        server.check()
        return server.pid

    return await until(look, within_s=5, what=f"the start of {server.name}")


async def logged(server, text: str) -> None:
    async def look() -> bool | None:
        return True if text in server.log_tail() else None

    await until(look, within_s=5, what=f"{text!r} in the log of {server.name}")
