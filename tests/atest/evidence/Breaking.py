"""What a test does to its own embedded platform, so that a step fails in a way that somebody has to explain."""

import signal

from robot.api.deco import keyword, library

from goldenpath.world import world


@library(scope="GLOBAL")
class Breaking:
    @keyword
    def freeze(self, process: str) -> None:
        world().platform.processes[process].kill(signal.SIGSTOP)

    @keyword
    def thaw(self, process: str) -> None:
        world().platform.processes[process].kill(signal.SIGCONT)

    @keyword
    def kill(self, process: str) -> None:
        world().platform.processes[process].kill()
