"""How these tests look at processes: in /proc where there is one, since small containers have no ``ps``."""

import pathlib
import subprocess

from goldenpath.polling import until

PROC = pathlib.Path("/proc/self/stat").exists()


def is_alive(pid: int) -> bool:
    if PROC:
        try:
            state = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        except (FileNotFoundError, ProcessLookupError):
            return False
    else:
        state = _ps("-o", "stat=", "-p", str(pid)).strip()
    return bool(state) and not state.startswith("Z")


def command_lines() -> str:
    """The command lines of all processes."""
    if not PROC:
        return _ps("-ww", "-eo", "args")
    lines = []
    for file in pathlib.Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append(file.read_bytes().replace(b"\0", b" ").decode(errors="replace"))
        except (FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            continue
    return "\n".join(lines)


def _ps(*arguments: str) -> str:
    return subprocess.run(["ps", *arguments], capture_output=True, text=True, check=False).stdout


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
