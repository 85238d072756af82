"""Keywords about what tokens open, what they do not, and when."""

import asyncio

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.AuthLibrary import AuthLibrary
from goldenpath.handles import User
from goldenpath.keyword_library import keyword_library
from goldenpath.platform.embedded import EmbeddedPlatform
from goldenpath.targets.dialect import CONTRACT
from goldenpath.tokens import crowd, entries, moments, specimens, storm
from goldenpath.tokens.doors import Doors, ask_all, service_token
from goldenpath.tokens.verdicts import insist_on_good, insist_on_refused, insist_on_the_window
from goldenpath.world import world

_WITHIN_S = 50.0


async def _let_in(user: User) -> int:
    here = world()
    service = await service_token(here)
    await specimens.forget_marks(here)
    insist_on_good(user, await ask_all(Doors(here, user, service).usual(), user.token()))
    thread = (await here.backend.create_thread(user.token(), f"of {user.canary}")).expect(201).body["id"]
    said = await ask_all(Doors(here, user, service, str(thread)).every(), user.token())
    insist_on_good(user, said)
    return len(said)


async def _refused(user: User, closed: User | None) -> tuple[list[str], int]:
    here, platform = world(), world().platform
    thread = (await here.backend.create_thread(user.token(), f"of {user.canary}")).expect(201).body["id"]
    doors = Doors(here, user, await service_token(here), str(thread)).every()
    bad = [*specimens.made_up(user), await specimens.ended(here, user)]
    if isinstance(platform, EmbeddedPlatform):
        bad += specimens.nearly_good(user, platform.jwt_secret)
    if closed is not None:
        bad.append(await specimens.of_closed_account(here, closed))
    said = await asyncio.gather(*(ask_all(doors, one.token) for one in bad))
    for one, answers in zip(bad, said, strict=True):
        insist_on_refused(one.kind, answers, one.code if here.target.offers("schemas") else "")
    return [one.kind for one in bad], sum(map(len, said))


@keyword_library
class TokenLibrary:
    """Tokens, good and bad, at every door: auth service, REST, socket by each carrier, the begin of a run."""

    @keyword
    def several_users(self, count: int, name: str = "User") -> list[User]:
        """Get several new users and log them in.

        Args:
            count: How many.
            name: What their names begin with.

        Returns:
            The users.
        """
        users = [AuthLibrary().get_an_account(f"{name}{number}") for number in range(1, count + 1)]
        for user in users:
            AuthLibrary().log_in(user)
        return users

    @keyword
    def good_token_is_let_in_everywhere(self, user: User) -> None:
        """Check that the user's token is let in at every door, as the same user, session and permissions.

        Args:
            user: The user.

        Raises:
            PromiseBroken: one-token-one-verdict, own-context-only.
        """
        doors = runtime.run(_let_in(user), timeout_s=_WITHIN_S)
        logger.info(f"{user}'s token was let in at {doors} doors.")

    @keyword
    def bad_tokens_are_refused_everywhere(self, user: User) -> None:
        """Check that each kind of bad token is refused at every door, with 401 and the documented code.

        Args:
            user: From whose good token the bad ones are made; their session stays.

        Raises:
            PromiseBroken: one-token-one-verdict, refusal-says-why.
        """
        own = isinstance(world().platform, EmbeddedPlatform)
        closed = AuthLibrary().register_a_new_user(f"{user.name}s-neighbour") if own else None
        kinds, tries = runtime.run(_refused(user, closed), timeout_s=_WITHIN_S)
        if closed is not None:
            world().users.remove(closed)  # nobody can look for a closed account's things in its name
        logger.info(f"{tries} refusals of {len(kinds)} kinds of bad tokens: {', '.join(kinds)}.")
        if not own:
            logger.info("Not tried: tokens with a right signature, for this run does not know the platform's secret.")

    @keyword
    def refresh_keeps_who_one_is(self, *users: User) -> None:
        """Check that a refresh gives a new token of the same user, session and rights, by either name of its field.

        Args:
            *users: Who refresh; they have the new tokens afterwards.

        Raises:
            PromiseBroken: refresh-keeps-who-one-is.
        """
        for user in users:
            runtime.run(crowd.refresh_keeps(world(), user))
            if world().target.offers("schemas"):
                runtime.run(crowd.refresh_keeps(world(), user, "refreshToken"))

    @keyword
    def everybody_keeps_their_own_context(self, *users: User, rounds: int) -> None:
        """Check that tokens which are checked at the same time give each user their own context.

        Args:
            *users: Who they are.
            rounds: How often each of them tries.

        Raises:
            PromiseBroken: own-context-only, one-token-one-verdict; void, when the tries did not meet.
        """
        tries, inside = runtime.run(crowd.keep_own_contexts(world(), users, rounds), timeout_s=_WITHIN_S)
        logger.info(insist_on_the_window("Checks of two users' tokens at the same time", inside, tries))

    @keyword
    def one_logs_out_and_the_others_stay(self, leaver: User, *others: User) -> None:
        """Check that a logout ends every token of that session, at every door, and none of anybody else.

        Args:
            leaver: Who logs out.
            *others: Who stays.

        Raises:
            PromiseBroken: one-token-one-verdict, logout-ends-the-session.
        """
        runtime.run(crowd.log_out_alone(world(), leaver, others), timeout_s=_WITHIN_S)

    @keyword
    def nobody_enters_without_a_login(self, owner: User) -> None:
        """Check that demo and developers' logins, anonymous sockets and questions in somebody's name are refused.

        Args:
            owner: In whose name it is tried.

        Raises:
            PromiseBroken: no-login-no-entry.
        """
        runtime.run(entries.nobody_enters(world(), owner), timeout_s=_WITHIN_S)

    @keyword
    def flags_make_nobody_an_administrator(self, user: User) -> None:
        """Check that fields, headers and parameters which claim rights give none.

        Args:
            user: A user without special rights.

        Raises:
            PromiseBroken: rights-come-from-the-token.
        """
        runtime.run(entries.flags_give_nothing(world(), user), timeout_s=_WITHIN_S)
        if not (isinstance(world().platform, EmbeddedPlatform) and world().target.offers("roles")):
            logger.info("Not tried: an administrator, for this run cannot make one.")
            return
        admin = world().invent_user(f"{user.name}s-administrator")
        runtime.run(entries.administrator_is_one(world(), admin), timeout_s=_WITHIN_S)

    @keyword
    def tokens_count_at_once(self, *users: User) -> None:
        """Check that a token gets the right verdict everywhere at the instant it is issued, refreshed or revoked.

        Args:
            *users: Who log in, refresh, and log out.

        Raises:
            PromiseBroken: one-token-one-verdict; void, when the tries came too late.
        """
        tries, inside = runtime.run(moments.used_at_once(world(), users), timeout_s=_WITHIN_S)
        logger.info(insist_on_the_window("Tokens shown at the instant they changed", inside, tries))

    @keyword
    def tokens_end_everywhere_at_once(self, *users: User) -> None:
        """Check that a token is good to its end and at no door a moment longer.

        Args:
            *users: Whose tokens; they get copies with a near end.

        Raises:
            PromiseBroken: one-token-one-verdict; void, when too few tries were close to the end.
        """
        tries, inside = runtime.run(moments.end_together(world(), users), timeout_s=_WITHIN_S)
        logger.info(insist_on_the_window("Tokens shown close to their end", inside, tries))

    @keyword
    def a_slow_auth_service_only_delays(self, *users: User) -> None:
        """Check that nobody is refused or mistaken while the auth service does not answer for a moment.

        Args:
            *users: Who are at work.

        Raises:
            PromiseBroken: one-token-one-verdict, own-context-only; void, when nobody had to wait.
        """
        tries, inside = runtime.run(moments.slow_auth_service(world(), users), timeout_s=_WITHIN_S)
        logger.info(insist_on_the_window("Requests that waited for the auth service", inside, tries))

    @keyword
    def an_auth_service_that_is_away_is_no_refusal(self, *users: User) -> None:
        """Check that good tokens get 503 AUTH_UNAVAILABLE while nobody can tell, and are good again afterwards.

        Args:
            *users: Who are at work.

        Raises:
            PromiseBroken: outage-is-no-refusal, error-stays-one-error.
        """
        tries, _ = runtime.run(moments.missing_auth_service(world(), users), timeout_s=_WITHIN_S)
        logger.info(f"{tries} requests were told that nobody could tell, and their users were good again.")

    @keyword
    def bad_tokens_disturb_nobody(self, clumsy: User, *others: User, rounds: int) -> None:
        """Check that refusals stay with who caused them, while others work, and end with the next good token.

        Args:
            clumsy: Who shows bad tokens, and good ones in between.
            *others: Who work meanwhile.
            rounds: How often.

        Raises:
            PromiseBroken: error-stays-one-error.
        """
        tries, inside = runtime.run(storm.disturb_nobody(world(), clumsy, others, rounds), timeout_s=_WITHIN_S)
        logger.info(insist_on_the_window("Good tokens checked while bad ones were refused", inside, tries))

    @keyword
    def strangers_learn_nothing_of_paths(self) -> None:
        """Check that without a token every path below /api gets the same refusal.

        Raises:
            PromiseBroken: strangers-learn-no-paths.
        """
        if world().target.dialect is not CONTRACT:
            logger.info("Not tried: that unknown paths are refused like known ones is promised by the contract only.")
            return
        logger.info(f"{runtime.run(entries.paths_tell_nothing(world()))} paths were refused alike.")

    @keyword
    def pages_can_read_errors(self, user: User) -> None:
        """Check that errors carry the headers without which a browser hides them from an allowed page.

        The platform is started with that page's origin, see `keywords/tokens.resource`.

        Args:
            user: Somebody who is logged in.

        Raises:
            PromiseBroken: pages-can-read-errors.
        """
        if world().target.dialect is not CONTRACT:
            logger.info("Not tried: which pages the adapter of another dialect allows is not known here.")
            return
        runtime.run(entries.pages_can_read(world(), user))

    @keyword
    def strangers_cannot_make_the_platform_wait(self, user: User) -> None:
        """Check that what some products take for orders of their tests does nothing here.

        Args:
            user: Somebody who works meanwhile.

        Raises:
            PromiseBroken: no-test-hooks.
        """
        runtime.run(entries.hooks_do_nothing(world(), user), timeout_s=_WITHIN_S)
