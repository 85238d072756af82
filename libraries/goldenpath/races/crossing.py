"""Many users who connect, ask and leave at the same time."""

import asyncio
from dataclasses import dataclass

from goldenpath.barrier import ActionsFailed, at_the_same_time
from goldenpath.clients.chat import ChatSocket
from goldenpath.handles import Run, User
from goldenpath.history.frame import Frame
from goldenpath.races import runs
from goldenpath.races.cold_start import stranger_comes
from goldenpath.races.promises import OWN_EVENTS, READY_LETS_IN
from goldenpath.races.sockets import Later, carriers, close_all, come_in, connect, greeted, new_run
from goldenpath.races.tally import Tally
from goldenpath.tokens.promises import ONE_VERDICT
from goldenpath.world import world

QUESTION = "What did we spend in May 2026?"
OK = 200
STRANGERS = 8
# How users leave: one after the other.
WAYS_TO_LEAVE = 3


@dataclass(slots=True)
class _Stay:
    """A user's question, from its sending to its end."""

    user: User
    run: Run
    end_ns: int


async def cross(users: list[User], tally: Tally, rounds: int) -> None:
    """Let all users come, ask and leave at the same moment; strangers press in between them.

    Args:
        users: Who.
        tally: Counts the questions during which those of two others at least were worked on.
        rounds: How often.

    Raises:
        PromiseBroken: Somebody was refused, or missed something of their own.
    """
    for number in range(rounds):
        stays: list[_Stay] = []
        await asyncio.gather(*(stranger_comes() for _ in range(STRANGERS)))
        actions = [_Visit(user, place + number, stays).go for place, user in enumerate(users)]
        first: BaseException | None = None
        try:
            await at_the_same_time(actions)
        except ActionsFailed as failed:
            first = next(iter(failed.failures.values()))
        if first is not None:  # in the handler it would be the cause of its own context: a ring, and the end of Robot
            raise first
        for stay in stays:
            tally.add(sum(_overlap(stay, other) for other in stays if other.user is not stay.user) >= 2)


def _overlap(one: _Stay, other: _Stay) -> bool:
    return one.run.sent_ns < other.end_ns and other.run.sent_ns < one.end_ns


@dataclass(slots=True)
class _Visit:
    """One user's visit: two sockets and a request at once, a question, and a way to leave."""

    user: User
    way: int
    stays: list[_Stay]

    async def go(self) -> None:
        """Come, ask, leave, and be told everything."""
        run = new_run(self.user, QUESTION)
        asking, watching, reply = await asyncio.gather(
            come_in(self.user, READY_LETS_IN, run=run),
            come_in(self.user, READY_LETS_IN, carrier=carriers()[-1]),
            world().backend.threads(self.user.token()),
        )
        if isinstance(asking, Later) or isinstance(watching, Later):
            raise READY_LETS_IN.broken(f"{self.user} was sent away by a platform that is ready: {asking}, {watching}")
        if reply.status != OK:
            raise ONE_VERDICT.broken(f"{self.user} got a socket, and over REST in the same instant: {reply}")
        await runs.acknowledged(run, OWN_EVENTS)
        sockets = [asking, watching]
        if self.way % WAYS_TO_LEAVE == 0:
            end = await runs.ended(run, asking.channel, OWN_EVENTS)
            runs.shows_all_five(run, OWN_EVENTS)
        elif self.way % WAYS_TO_LEAVE == 1:
            await asking.drop()
            end = await runs.ended(run, watching.channel, OWN_EVENTS)
        else:
            await asyncio.gather(asking.drop(), watching.close())
            sockets.append(await connect(self.user))
            end = await self._told_again(run, sockets)
        self.stays.append(_Stay(self.user, run, end.at_ns))
        await close_all(sockets)

    @staticmethod
    async def _told_again(run: Run, sockets: list[ChatSocket]) -> Frame:
        """Be told the rest on the last of some sockets; where nobody tells again, read the answer."""
        *old, new = sockets
        await greeted(new, READY_LETS_IN)
        if not world().target.offers("resume"):
            await runs.stored_end(run, OWN_EVENTS)
            return new.channel.received()[-1]
        after = min(runs.last_seq(socket.channel, run.thread_id) for socket in old)
        await runs.resume(new, str(run.thread_id), after, OWN_EVENTS)
        return await runs.ended(run, new.channel, OWN_EVENTS)
