"""Keywords about finding a conversation again over REST."""

from robot.api import logger
from robot.api.deco import keyword

from goldenpath import runtime
from goldenpath.errors import PromiseBroken
from goldenpath.handles import Run, User
from goldenpath.keyword_library import keyword_library
from goldenpath.world import world


@keyword_library
class HistoryLibrary:
    """Threads, messages and runs, as the user finds them again later."""

    @keyword
    def conversation_can_be_read_again(self, user: User, *runs: Run) -> None:
        """Check that the thread of some runs holds exactly their questions and answers, in order, word for word.

        Args:
            user: Who reads; the one who asked.
            *runs: All runs of one thread, in the order in which they were asked.

        Raises:
            PromiseBroken: A message is missing, doubled, changed, in another place, or answers another question.
        """
        thread_id = str(runs[0].thread_id)
        threads = runtime.run(world().backend.threads(user.token())).expect(200).body["items"]
        if thread_id not in {thread["id"] for thread in threads}:
            raise PromiseBroken(f"{user}'s list of threads does not hold {thread_id}.")
        found = runtime.run(world().backend.all_messages(user.token(), thread_id))
        told = [(message["role"], message["content"]) for message in found]
        expected = [
            line for run in runs for line in (("user", run.question), ("assistant", str(run.result().get("summary"))))
        ]
        if told != expected:
            raise PromiseBroken(f"The history differs from the conversation.\nRead: {told}\nSaid: {expected}")
        questions = [message["id"] for message in found if message["role"] == "user"]
        answers = [message for message in found if message["role"] == "assistant"]
        linked = zip(runs, questions, answers, strict=True) if world().target.offers("message_links") else ()
        for run, question, answer in linked:
            promised = {"reply_to": question, "run_id": run.run_id, "result": run.result()}
            differing = [
                f"{name} is {answer[name]}, told was {was}" for name, was in promised.items() if answer[name] != was
            ]
            if differing:
                raise PromiseBroken(f"The stored answer to {run} is not the one that was told: {'; '.join(differing)}")
        logger.info(f"{len(found)} messages of {user} read again: the same words, in the same order.")

    @keyword
    def run_can_be_looked_up(self, run: Run) -> None:
        """Check that the run's own page says what its last event said.

        Args:
            run: A question whose answer has arrived.

        Raises:
            PromiseBroken: State, result or steps differ.
        """
        page = runtime.run(world().backend.run(run.user.token(), str(run.run_id))).expect(200).body
        steps = [(step["agent"], step["state"]) for step in page["steps"]]
        expected = [(agent, "done") for agent in run.frames().of_type("agent_started")[0].data["plan"]]
        told = {
            "state": (page["state"], "completed"),
            "result": (page["result"], run.result()),
            "steps": (steps, expected),
        }
        differing = [f"{name} is {is_}, told was {was}" for name, (is_, was) in told.items() if is_ != was]
        if differing:
            raise PromiseBroken(f"GET /api/runs/{run.run_id} tells another end of {run}: {'; '.join(differing)}")
