"""Keywords about accounts, logins and tokens."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.clients.chat import HandshakeRefused
from goldenpath.errors import PromiseBroken
from goldenpath.handles import User
from goldenpath.keyword_library import keyword_library
from goldenpath.targets.dialect import Carrier
from goldenpath.tokens.doors import Doors, ask_all
from goldenpath.tokens.verdicts import insist_on_good
from goldenpath.world import world


async def _socket_is_refused(user: User, carrier: Carrier) -> None:
    channel = world().recorder.channel(user.name, f"after log-out, {carrier}")
    try:
        socket = await world().open_socket(user, channel, carrier)
    except HandshakeRefused as refusal:
        if refusal.status != 401:
            raise PromiseBroken(
                f"A socket with {user}'s dead token ({carrier}) was refused with {refusal.status}, promised is 401."
            ) from None
    else:
        await socket.close()
        raise PromiseBroken(f"{user}'s token ({carrier}) opened a WebSocket after {user} had logged out.")


@keyword_library
class AuthLibrary:
    """Accounts, logins and tokens, through the platform's auth service."""

    @keyword
    def register_a_new_user(self, name: str) -> User:
        """Register a user whom the platform does not know yet.

        Args:
            name: How the test calls them; e-mail address and password are made up.

        Returns:
            The user, with the tokens that registration gives.
        """
        user = world().invent_user(name)
        display_name = f"{name} {user.canary}"
        reply = runtime.run(world().auth.register(user.email, str(user.password.value), display_name))
        user.take_tokens(reply.expect(201).body)
        user.registered = True
        logger.info(f"{name} is registered as {user.email}, user {user.user_id}.")
        return user

    @keyword
    def get_an_account(self, name: str) -> User:
        """Get a user who can log in: registered now, or on a target with accounts of its own the next one of them.

        Args:
            name: How the test calls them.

        Returns:
            The user.
        """
        account = world().unused_account()
        if account is None:
            return self.register_a_new_user(name)
        user = world().invent_user(name, account)
        self.log_in(user)
        logger.info(f"{name} uses the account {user.email}.")
        return user

    @keyword
    def log_in(self, user: User) -> None:
        """Log a registered user in with e-mail and password.

        Args:
            user: The user; later keywords use the new tokens.
        """
        reply = runtime.run(world().auth.login(user.email, str(user.password.value)))
        user.take_tokens(reply.expect(200).body)

    @keyword
    def refresh_tokens(self, user: User) -> None:
        """Exchange the user's refresh token for a new pair of tokens.

        Args:
            user: The user; later keywords use the new tokens.
        """
        reply = runtime.run(world().auth.refresh(user.refresh_token_text()))
        user.take_tokens(reply.expect(200).body, refreshed=True)

    @keyword
    def log_out(self, user: User) -> None:
        """Log the user out; the handle keeps the old tokens, so that a test can try them.

        Args:
            user: The user.
        """
        runtime.run(world().auth.logout(user.token())).expect(204)

    @keyword
    def token_is_good_everywhere(self, user: User) -> None:
        """Check that auth service, REST and WebSocket accept the user's token, as the same person.

        Args:
            user: The user.

        Raises:
            PromiseBroken: one-token-one-verdict, own-context-only.
        """
        insist_on_good(user, runtime.run(ask_all(Doors(world(), user).usual(), user.token())))

    @keyword
    def old_token_is_refused_everywhere(self, user: User) -> None:
        """Check that the tokens of a user who has logged out open no door: auth service, REST, WebSocket, refresh.

        Args:
            user: The user who has logged out.

        Raises:
            PromiseBroken: A door opened, or refused with another status than 401.
        """
        token = user.token()
        runtime.run(world().auth.me(token)).expect(401)
        runtime.run(world().backend.threads(token)).expect(401)
        runtime.run(world().auth.refresh(user.refresh_token_text())).expect(401)
        carriers: tuple[Carrier, ...] = world().target.dialect.upgrade.carriers
        for carrier in carriers:
            runtime.run(_socket_is_refused(user, carrier))
