"""Keywords that read the platform's PostgreSQL as oracle."""

from decimal import Decimal

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import oracle, runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.history.rules import emitted_at
from goldenpath.keyword_library import keyword_library
from goldenpath.usage_data import FIRST_DAY, LAST_DAY, make_usage, own_seed
from goldenpath.world import world

AGENTS = ["triage", "data", "optimization", "report"]


@keyword_library
class DatabaseLibrary:
    """What SQL over the user's own data says. Stores are read only; usage data is the one thing that set-up writes."""

    @keyword
    def company_has_usage_data(self, user: User, seed: int | None = None, year: int = LAST_DAY.year) -> None:
        """Give the user's company half a year of LLM usage (January to June), different for every seed.

        Args:
            user: A registered user.
            seed: The number that the data is made from; without it one of the user's own, made from the run's seed.
            year: The year of the usage.
        """
        chosen = own_seed(world().seed, user.name, year) if seed is None else seed
        world().recorder.seeds[f"{user}'s usage data of {year}"] = chosen
        records = make_usage(chosen, first_day=FIRST_DAY.replace(year=year), last_day=LAST_DAY.replace(year=year))
        user.tenant_id = user.tenant_id or runtime.run(oracle.tenant_of(world().postgres, user.user_id))
        runtime.run(oracle.add_usage(world().postgres, user.tenant_id, records))
        logger.info(f"{user}'s company has {len(records)} usage records of {year}, made from seed {chosen}.")

    @keyword
    def company_has_usage_data_if_the_run_may_give_it(self, user: User, year: int = LAST_DAY.year) -> None:
        """Give the user's company usage data; on targets that take none the test's user has to have data already.

        Args:
            user: A user.
            year: The year of the usage.
        """
        if world().target.offers("usage_data"):
            self.company_has_usage_data(user, year=year)
        else:
            logger.info(f"Target {world().target.name} takes no usage data: {user} asks about what is there.")

    @keyword
    def spending_in_the_database(self, user: User, model: str, month: str) -> Decimal:
        """Work out by SQL what the user's company spent on a model in a month.

        Args:
            user: The user.
            model: The model's name, for example ``gpt-4o``.
            month: Year and month, for example ``2026-05``.

        Returns:
            US dollars, rounded to cents.
        """
        return runtime.run(oracle.spending(world().postgres, user.tenant_id, model, month))

    @keyword
    def usage_in_the_database(self, user: User, model: str, month: str) -> dict[str, Decimal]:
        """Work out by SQL how much of a model the user's company used in a month.

        Args:
            user: The user.
            model: The model's name, for example ``gpt-4o``.
            month: Year and month, for example ``2026-05``.

        Returns:
            ``total_requests``, ``input_tokens``, ``output_tokens``.
        """
        return runtime.run(oracle.used(world().postgres, user.tenant_id, model, month))

    @keyword
    def saving_in_the_database(self, user: User, model: str, cheaper: str, month: str) -> Decimal:
        """Work out by SQL what the user's company would have saved in a month with a cheaper model.

        Args:
            user: The user.
            model: The model that was used, for example ``gpt-4o``.
            cheaper: The model to compare with, for example ``gpt-4o-mini``.
            month: Year and month, for example ``2026-05``.

        Returns:
            US dollars, rounded to cents.
        """
        return runtime.run(oracle.saving(world().postgres, user.tenant_id, model, cheaper, month))

    @keyword
    def rows_tell_the_same_story(self, run: Run) -> None:
        """Check that PostgreSQL holds question, answer, run, steps, and exactly the events that were sent.

        Args:
            run: A question whose answer has arrived.

        Raises:
            PromiseBroken: A row is missing, or says something else than the user was told.
        """
        rows = runtime.run(oracle.run_rows(world().postgres, str(run.run_id)))
        if rows["run"] is None or rows["question"] is None or rows["answer"] is None:
            raise PromiseBroken(f"{run} was answered, but its run, question or answer is not stored.")
        frames = {str(frame.body.get("event_id")): frame for frame in run.frames().frames}
        sent = {event: (frame.seq, frame.type, emitted_at(frame), frame.data) for event, frame in frames.items()}
        stored = {str(row["id"]): (row["seq"], row["type"], row["created_at"], row["data"]) for row in rows["events"]}
        told = {
            "question": (rows["question"]["content"], run.question),
            "answer": (rows["answer"]["result"], run.result()),
            "result of the run": (rows["run"]["result"], run.result()),
            "state of the run": (rows["run"]["state"], "completed"),
            "owner of the run": (str(rows["run"]["user_id"]), run.user.user_id),
            "agents of the steps": ([row["agent"] for row in rows["steps"]], AGENTS),
            "states of the steps": ({row["state"] for row in rows["steps"]}, {"done"}),
            "number of messages": (len(rows["messages"]), 2),
        }
        differing = [f"{what}: stored {is_!r}, told {said!r}" for what, (is_, said) in told.items() if is_ != said]
        differing += [
            f"event {event}: stored {stored.get(event)}, told {sent.get(event)}"
            for event in sent | stored
            if stored.get(event) != sent.get(event)
        ]
        if differing:
            raise PromiseBroken(f"PostgreSQL tells another story of {run}:\n" + "\n".join(differing))
        logger.info(f"{len(told)} facts and {len(stored)} stored events of {run} equal what the user was told.")
