"""Keywords about the platform as a whole: that it runs, where it is, and what it is made of."""

from typing import Literal

from robot.api import logger
from robot.api.deco import keyword
from robot.libraries.BuiltIn import BuiltIn

from goldenpath import runtime
from goldenpath.clients.answers import told
from goldenpath.errors import PromiseBroken
from goldenpath.keyword_library import keyword_library
from goldenpath.platform.embedded import PlatformOptions
from goldenpath.world import world

Service = Literal["auth", "backend"]


@keyword_library
class PlatformLibrary:
    """Starts the platform, if that is this run's business, and says where it is."""

    @keyword
    def platform_is_running(self) -> None:
        """Start the platform or wait for it, and say in log and report what it is: what of it is real, what mocked."""
        platform, target = world().platform, world().target
        parts = ", ".join(f"{name} {version}" for name, version in platform.versions().items())
        logger.info(f"{target.description}. Ready after {platform.startup_s:.2f} s. {parts}".rstrip())
        facts = {
            "Target": f"{target.name}: {target.description}",
            "Real": ", ".join(target.real),
            "Mocked": ", ".join(target.mocked),
            "Not offered": ", ".join(sorted(target.not_offered)),
        }
        for name, fact in facts.items():
            BuiltIn().set_suite_metadata(name, fact, top=True)
            BuiltIn().set_suite_metadata(name, fact)

    @keyword
    def platform_is_started_with(
        self, *backend_options: str, instances: int = 1, openid: bool = False, auth_options: str = ""
    ) -> None:
        """Use a platform that is started in a way of its own, for the rest of this suite file.

        The tests need the tag ``needs-start-options``, with several instances ``needs-instances``.

        Args:
            *backend_options: More of each backend's command line, for example ``--startup-delay`` and ``2``.
            instances: How many backends there are.
            openid: Whether users can log in through a provider.
            auth_options: More of the auth service's command line, for example ``--access-ttl 4``.
        """
        world().start_with(
            PlatformOptions(
                auth_options=tuple(auth_options.split()),
                backend_options=backend_options,
                instances=instances,
                openid=openid,
            )
        )

    @keyword
    def service_is_ready(self, service: Service) -> None:
        """Check that a service says of itself that it is ready.

        Args:
            service: ``auth`` or ``backend``.

        Raises:
            PromiseBroken: It says otherwise.
        """
        client = world().auth if service == "auth" else world().backend
        reply = runtime.run(client.health()).expect(200)
        if reply.body.get("status") != "ready":
            raise PromiseBroken(f"The {service} service is up but not ready: {told(reply.status, reply.body)}")

    @keyword
    def stranger_is_refused(self, path: str) -> None:
        """Check that without a token a page answers 401, with a code, plain words, and the trace to ask about.

        Args:
            path: From the backend's root, for example ``/api/threads``.

        Raises:
            PromiseBroken: It answers otherwise.
        """
        reply = runtime.run(world().backend.get(path, None)).expect(401)
        error = reply.body.get("error") or {}
        trace_id = reply.headers.get("X-Trace-Id")
        if error.get("code") != "UNAUTHENTICATED" or not error.get("message") or error.get("trace_id") != trace_id:
            raise PromiseBroken(f"GET {path} without a token was answered with {error}; its trace is {trace_id}.")

    @keyword
    def address_of(self, service: Service) -> str:
        """Give the address of a service.

        Args:
            service: ``auth`` or ``backend``.

        Returns:
            Its base URL, without a slash at the end.
        """
        return world().platform.auth_url if service == "auth" else world().platform.backend_urls[0]
