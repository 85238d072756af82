from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from sut.backend.hub import Hub
from sut.common.identity import Identity
from sut.store.run_events import Event


@dataclass(eq=False)
class Socket:
    identity: Identity
    heard: list[dict[str, Any]] = field(default_factory=list)
    closed: list[int] = field(default_factory=list)

    def deliver(self, event: Event, **added: object) -> None:
        self.heard.append(added)

    def close(self, code: int, reason: str) -> None:
        self.closed.append(code)


def socket(user: UUID, session: UUID | None = None) -> Socket:
    return Socket(Identity(user, uuid4(), session or uuid4(), frozenset(), datetime.now(UTC)))


def event_of(user: UUID) -> Event:
    now = datetime.now(UTC)
    ids = {"id": uuid4(), "thread_id": uuid4(), "run_id": uuid4(), "request_id": uuid4()}
    return Event(**ids, user_id=user, seq=1, type="message_ack", data={}, trace_id="", created_at=now)


def test_frames_reach_all_sockets_of_their_user_and_no_other() -> None:
    hub, ada, bob = Hub(), uuid4(), uuid4()
    asking, watching, foreign = socket(ada), socket(ada), socket(bob)
    for each in (asking, watching, foreign):
        hub.add(each)
    ack = event_of(ada)
    hub.asked(ack.run_id, asking, "r")
    hub.publish(ack)
    assert (asking.heard, watching.heard, foreign.heard) == ([{"ref": "r"}], [{}], [])
    hub.remove(asking)
    hub.publish(event_of(ada))
    assert (len(asking.heard), len(watching.heard)) == (1, 2)


def test_removed_socket_leaves_nothing() -> None:
    hub, one = Hub(), socket(uuid4())
    hub.add(one)
    hub.remove(one)
    assert list(hub) == []
    hub.publish(event_of(one.identity.user_id))


def test_only_the_ended_session_s_sockets_are_closed() -> None:
    hub, user, session = Hub(), uuid4(), uuid4()
    ended, other = [socket(user, session), socket(user, session)], socket(user)
    for each in (*ended, other):
        hub.add(each)
    hub.close_session(session)
    assert [each.closed for each in (*ended, other)] == [[1008], [1008], []]
