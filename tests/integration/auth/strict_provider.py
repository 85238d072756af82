"""An OpenID Connect provider that checks PKCE, and that says untrue things when told to."""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

from sut.auth.openid import code_challenge

CLIENT_ID = "golden path/tests"
CLIENT_SECRET = "a secret: with + and %, and long enough"

Claims = dict[str, Any]


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class StrictProvider:
    """What it is asked and how it answers."""

    url: str
    key: rsa.RSAPrivateKey = field(default_factory=new_key)
    key_id: str = "first"
    # the truth can be bent: claims before they are signed, and the signing itself
    bend: Callable[[Claims], Claims] = lambda claims: claims
    sign: Callable[[Claims], str] | None = None
    broken: bool = False
    issuer: str | None = None
    pending: dict[str, dict[str, str]] = field(default_factory=dict)
    forms: list[dict[str, str]] = field(default_factory=list)
    client: str = ""

    def authorize(self, location: str, code: str, **person: Any) -> dict[str, str]:
        """Do what the provider's page does for a user who signs in; what the user brings back."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}
        self.pending[code] = query | {"person": json.dumps(person)}
        return {"state": query["state"], "code": code}

    def answer(self, path: str, form: dict[str, str], credentials: str) -> tuple[int, Any]:
        if self.broken:
            return 500, {}
        if path == "/.well-known/openid-configuration":
            endpoints = {
                name: f"{self.url}/{name}" for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
            }
            return 200, endpoints | {"issuer": self.issuer or self.url}
        if path == "/jwks_uri":
            public = jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
            return 200, {"keys": [public | {"kid": self.key_id, "use": "sig", "alg": "RS256"}]}
        return self.exchange(form, credentials)

    def exchange(self, form: dict[str, str], credentials: str) -> tuple[int, Any]:
        self.forms.append(form)
        self.client = base64.b64decode(credentials.removeprefix("Basic ")).decode()
        asked = self.pending.pop(form.get("code", ""), None)
        if asked is None or asked["redirect_uri"] != form["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        if code_challenge(form.get("code_verifier", "")) != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = self.bend(
            {
                "iss": self.url,
                "aud": CLIENT_ID,
                "iat": now,
                "exp": now + 60,
                "nonce": asked["nonce"],
                **json.loads(asked["person"]),
            }
        )
        sign = self.sign or (lambda told: jwt.encode(told, self.key, "RS256", headers={"kid": self.key_id}))
        return 200, {"access_token": "x", "token_type": "Bearer", "id_token": sign(claims)}


@contextmanager
def strict_provider() -> Iterator[StrictProvider]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply({})

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self.reply({name: values[0] for name, values in parse_qs(text).items()})

        def reply(self, form: dict[str, str]) -> None:
            status, body = provider.answer(self.path, form, self.headers.get("Authorization", ""))
            data = json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, format: str, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = StrictProvider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
