"""Search in messages, on a real PostgreSQL."""

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from store_rows import Rows, add_rows, new_identity

from sut.common.ids import new_id
from sut.common.trace import new_trace_id
from sut.store import messages, search, threads
from sut.store.messages import Message
from sut.store.postgres import Database
from sut.store.search import Wanted, words_of


async def say(db: Database, rows: Rows, content: str, **fields: Any) -> Message:
    """Store a message as the platform does."""
    async with db.transaction(rows.identity) as conn:
        message = Message(
            id=new_id(),
            thread_id=rows.thread_id,
            seq=await threads.next_seq(conn, rows.thread_id),
            content=content,
            trace_id=new_trace_id(),
            run_id=new_id(),
            **{"role": "user", **fields},
        )
        assert await messages.add(conn, rows.identity, message)
    return message


async def found(db: Database, rows: Rows, query: str, **wanted: Any) -> list[str]:
    """Search, page by page, and give the contents."""
    contents: list[str] = []
    before = None
    while True:
        async with db.transaction(rows.identity) as conn:
            page = await search.page(
                conn, rows.identity.user_id, Wanted(words=words_of(query), **wanted), before=before, limit=2
            )
        contents += [message["content"] for message in page]
        if len(page) < 2:
            return contents
        before = page[-1]["id"]


@pytest.fixture(params=[1, search.NEWEST], ids=["by the index", "among the newest"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Either way a page is filled."""
    monkeypatch.setattr(search, "NEWEST", request.param)


@pytest.mark.usefixtures("way")
async def test_whole_words_all_of_them_in_any_case_newest_first(db: Database, ada: Rows) -> None:
    said = ["What did GPT-4o cost in May?", "may we?", "Mayor, what did it cost?", "The cost of may: 7", "cost"]
    for content in said:
        await say(db, ada, content)
    assert await found(db, ada, "MAY Cost") == [said[3], said[0]]
    assert await found(db, ada, "cost") == [said[4], said[3], said[2], said[0]]
    assert await found(db, ada, "gpt-4o") == [said[0]]
    assert await found(db, ada, "gpt 4") == []
    assert await found(db, ada, "ma") == []


@pytest.mark.parametrize(
    ("content", "query", "hit"),
    [
        ("Ärger in der STRASSE", "ärger straße", True),
        ("ΣΊΣΥΦΟΣ", "σίσυφος", True),
        ("Сколько стоит", "СТОИТ", True),
        ("cafe\u0301", "café", True),
        ("how_to", "how", False),
        ("100% sure", "%", False),
        ("100% sure", "100%", True),
        ("x' OR '1'='1", "' OR '1'='1", True),
        ("anything", "' OR '1'='1", False),
        ("a & b | !c", "a:* <-> b", True),
        ("anything", "any:* | thing", False),
        ("anything", "any*", False),
        ("a\\b", "a_b", False),
    ],
)
async def test_what_counts_as_a_word(db: Database, ada: Rows, content: str, query: str, hit: bool) -> None:
    await say(db, ada, content)
    assert await found(db, ada, query) == ([content] if hit else [])


async def test_words_longer_than_an_index_entry_may_be(db: Database, ada: Rows) -> None:
    # a repeated letter would fit all the same: long words are stored compressed
    content = secrets.token_urlsafe(20_000).replace("-", "_")
    await say(db, ada, content)
    assert await found(db, ada, content) == [content]
    assert await found(db, ada, content + "x") == []


async def test_a_long_message_is_found_by_each_of_its_words(db: Database, ada: Rows) -> None:
    content = " ".join(f"w{number}" for number in range(9000))
    await say(db, ada, content)
    assert await found(db, ada, "w0 w8999") == [content]


@pytest.mark.usefixtures("way")
async def test_own_messages_only(db: Database, ada: Rows, bob: Rows, eve: Rows) -> None:
    for rows in (ada, bob, eve):
        for number in (1, 2):
            await say(db, rows, f"word {number} of {rows.identity.user_id}")
    assert await found(db, ada, "word") == [f"word {number} of {ada.identity.user_id}" for number in (2, 1)]
    wanted = Wanted(words=words_of("word"))
    # each wall stands alone, too: the statement of another user, in this user's transaction
    async with db.transaction(ada.identity) as conn:
        assert await search.page(conn, bob.identity.user_id, wanted, before=None, limit=2) == []
        theirs = search.entries(bob.identity.user_id, "word")
        found_by_index = "SELECT find_messages($1, NULL, NULL, NULL, NULL, NULL, 9)"
        assert await conn.fetch(found_by_index, theirs) == []


async def test_own_messages_only_where_no_policy_hides_the_others(
    db: Database, ada: Rows, bob: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two users with the same mark, on a server without roles."""
    monkeypatch.setattr(search, "_marked", lambda _user_id, words: sorted(words))
    for rows in (ada, bob, ada, bob):
        await say(db, rows, f"word of {rows.identity.user_id}")
    async with db.transaction(None) as conn:
        wanted = Wanted(words=words_of("word"))
        page = await search.page(conn, ada.identity.user_id, wanted, before=None, limit=2)
    assert [message["content"] for message in page] == [f"word of {ada.identity.user_id}"] * 2


@pytest.mark.usefixtures("way")
async def test_thread_role_and_time_narrow_it_down(db: Database, ada: Rows, owner: Any) -> None:
    other = await add_rows(owner, ada.identity, content="nothing")
    asked = await say(db, ada, "word asked")
    await say(db, other, "word elsewhere")
    await say(db, ada, "word answered", role="assistant", reply_to=asked.id)
    assert await found(db, ada, "word", thread_id=ada.thread_id) == ["word answered", "word asked"]
    assert await found(db, ada, "word", role="assistant") == ["word answered"]
    assert await found(db, ada, "word", role="user") == ["word elsewhere", "word asked"]
    now = datetime.now(UTC)
    await owner.execute(
        "UPDATE message_words SET created_at = $2 WHERE message_id = $1", asked.id, now - timedelta(days=9)
    )
    assert await found(db, ada, "word", until=now - timedelta(days=8)) == ["word asked"]
    assert await found(db, ada, "word", since=now - timedelta(days=8)) == ["word answered", "word elsewhere"]
    assert await found(db, ada, "word", since=now - timedelta(days=9), until=now - timedelta(days=9)) == []


@pytest.mark.usefixtures("way")
async def test_nothing_of_a_deleted_thread(db: Database, ada: Rows) -> None:
    for _ in range(2):  # as many as fill a page
        await say(db, ada, "word")
    async with db.transaction(ada.identity) as conn:
        await threads.delete(conn, ada.identity.user_id, ada.thread_id)
    assert await found(db, ada, "word") == []


async def test_a_user_without_messages_finds_nothing(db: Database, owner: Any, ada: Rows) -> None:
    newcomer = Rows(await new_identity(owner), ada.thread_id, ada.message_id)
    assert await found(db, newcomer, "secret") == []
    assert await found(db, ada, "secret") == ["secret"]
