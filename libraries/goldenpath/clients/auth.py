"""The auth service's interface (contract section 2). Every call gives the reply, whatever its status."""

from typing import Any

from goldenpath.clients.http import HttpClient, Reply


class AuthClient(HttpClient):
    """Accounts, logins and tokens.

    Args:
        base_url: The auth service's address.
        recorder: The history that every call goes into; ``None`` for calls that are no user's.
        dialect: How the platform talks.
        ca_file: The authority that has signed its certificate.
    """

    async def register(self, email: str, password: str, name: str | None = None) -> Reply:
        """Make an account with a tenant of its own.

        Args:
            email: Of the new user.
            password: Of the new user.
            name: Shown to people.

        Returns:
            201 with a pair of tokens and ``user``.
        """
        body: dict[str, Any] = {"email": email, "password": password}
        if name is not None:
            body["name"] = name
        return await self.speak("register", body=body)

    async def login(self, email: str, password: str) -> Reply:
        """Log in on a new device.

        Args:
            email: Of the user.
            password: Of the user.

        Returns:
            200 with a pair of tokens and ``user``.
        """
        return await self.speak("login", body={"email": email, "password": password})

    async def refresh(self, refresh_token: str) -> Reply:
        """Exchange a refresh token, which is good once.

        Args:
            refresh_token: From login, registration or the last refresh.

        Returns:
            200 with a new pair of tokens of the same session.
        """
        return await self.speak("refresh", body={"refresh_token": refresh_token})

    async def logout(self, access_token: str, all_devices: bool = False) -> Reply:
        """End the token's session, or all sessions of its user.

        Args:
            access_token: Of the session.
            all_devices: End the other sessions of the user as well.

        Returns:
            204.
        """
        return await self.speak("logout", token=access_token, body={"all_devices": all_devices})

    async def me(self, access_token: str) -> Reply:
        """Read the own record.

        Args:
            access_token: Whose.

        Returns:
            200 with the user.
        """
        return await self.speak("me", token=access_token)

    async def service_token(self, service_id: str, service_secret: str) -> Reply:
        """Log a service in.

        Args:
            service_id: For example ``backend``.
            service_secret: The secret that it shares with the auth service.

        Returns:
            200 with its token.
        """
        body = {"service_id": service_id, "service_secret": service_secret}
        return await self.speak("service_token", body=body)

    async def validate(self, service_token: str, token: str) -> Reply:
        """Ask, as a service, whether a user's token is good.

        Args:
            service_token: Of the service that asks.
            token: The token in question.

        Returns:
            200 with ``valid`` and who it is, or why it is not.
        """
        return await self.speak("validate", token=service_token, body={"token": token})

    async def health(self, probe: str = "ready") -> Reply:
        """Ask how the service is.

        Args:
            probe: ``live``, ``ready`` or ``startup``.

        Returns:
            200, or 503 when it is not well.
        """
        return await self.speak("auth_health", probe=probe)
