"""What counts as a word when messages are searched."""

import pytest

from sut.common.ids import new_id
from sut.store.search import LONGEST_WORD_BYTES, entries, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", set()),
        ("?! % -", set()),
        ("What did GPT-4o cost?", {"what", "did", "gpt", "4o", "cost"}),
        ("STRASSE straße", {"strasse"}),
        ("\ufb01ne \uff21\uff22", {"fine", "ab"}),
        ("how_to how_to", {"how_to"}),
    ],
)
def test_words(text: str, words: set[str]) -> None:
    assert words_of(text) == words


def test_a_long_word_is_cut_to_a_size_and_stays_apart_from_others() -> None:
    one, other = words_of("x" * 5000), words_of("x" * 5001)
    assert one != other
    assert all(len(word.encode()) <= LONGEST_WORD_BYTES for word in one | other)
    assert not words_of(next(iter(one))) & one  # what stands for it is not itself a word


def test_entries_of_two_users_are_not_the_same() -> None:
    assert not set(entries(new_id(), "cost may")) & set(entries(new_id(), "cost may"))
