"""Keywords that read the platform's PostgreSQL as oracle."""

import secrets
from decimal import Decimal

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import oracle, runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.keyword_library import keyword_library
from goldenpath.usage_data import make_usage
from goldenpath.world import world

AGENTS = ["triage", "data", "optimization", "report"]


@keyword_library
class DatabaseLibrary:
    """What SQL over the user's own data says. Stores are read only; usage data is the one thing that set-up writes."""

    @keyword
    def company_has_usage_data(self, user: User, seed: int | None = None) -> None:
        """Give the user's company half a year of LLM usage (January to June 2026), different for every seed.

        Args:
            user: A registered user.
            seed: The number that the data is made from; without it a new one, which the log names.
        """
        chosen = secrets.randbelow(10**9) if seed is None else seed
        records = make_usage(chosen)
        runtime.run(oracle.add_usage(world().postgres, user.tenant_id, records))
        logger.info(f"{user}'s company has {len(records)} usage records, made from seed {chosen}.")

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
    def rows_tell_the_same_story(self, run: Run) -> None:
        """Check that PostgreSQL holds question, answer, run, steps, and exactly the events that were sent.

        Args:
            run: A question whose answer has arrived.

        Raises:
            PromiseBroken: A row is missing, or says something else than the user was told.
        """
        frames = run.frames().frames
        rows = runtime.run(oracle.run_rows(world().postgres, str(run.run_id)))
        if rows["run"] is None or rows["question"] is None or rows["answer"] is None:
            raise PromiseBroken(f"{run} was answered, but its run, question or answer is not stored.")
        sent = [(frame.seq, frame.type, str(frame.body.get("event_id"))) for frame in frames]
        stored = [(row["seq"], row["type"], str(row["id"])) for row in rows["events"]]
        told = {
            "question": (rows["question"]["content"], run.question),
            "answer": (rows["answer"]["result"], run.result()),
            "result of the run": (rows["run"]["result"], run.result()),
            "state of the run": (rows["run"]["state"], "completed"),
            "owner of the run": (str(rows["run"]["user_id"]), run.user.user_id),
            "agents of the steps": ([row["agent"] for row in rows["steps"]], AGENTS),
            "states of the steps": ({row["state"] for row in rows["steps"]}, {"done"}),
            "number of messages": (len(rows["messages"]), 2),
            "events": (stored, sent),
        }
        differing = [f"{what}: stored {is_!r}, told {said!r}" for what, (is_, said) in told.items() if is_ != said]
        if differing:
            raise PromiseBroken(f"PostgreSQL tells another story of {run}:\n" + "\n".join(differing))
        logger.info(f"{len(told)} facts and {len(stored)} stored events of {run} equal what the user was told.")
