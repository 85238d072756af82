"""Accounts that exist already, for platforms where nobody can register or where new users have no data."""

import json
import os
from dataclasses import dataclass, field

from goldenpath.errors import TargetError

VARIABLE = "GOLDENPATH_ACCOUNTS"
_EXAMPLE = f"""{VARIABLE}='[{{"email": "...", "password": "..."}}]'"""


@dataclass(frozen=True, slots=True)
class Account:
    """A test account.

    Args:
        email: Of the account.
        password: Of the account.
    """

    email: str
    password: str = field(repr=False)


def accounts_given() -> tuple[Account, ...]:
    """Read the accounts of the environment.

    Returns:
        The accounts, in their order.

    Raises:
        TargetError: The variable is not a list of accounts; its value is not told.
    """
    text = os.environ.get(VARIABLE)
    if not text:
        return ()
    wrong = TargetError(f"{VARIABLE} is not a JSON list of accounts. For example: {_EXAMPLE}")
    try:
        listed = json.loads(text)
    except ValueError:  # its text would quote a part of the value
        raise wrong from None
    if not isinstance(listed, list) or not all(_is_account(one) for one in listed):
        raise wrong
    return tuple(Account(one["email"], one["password"]) for one in listed)


def _is_account(one: object) -> bool:
    return (
        isinstance(one, dict)
        and one.keys() == {"email", "password"}
        and all(isinstance(text, str) and text for text in one.values())
    )
