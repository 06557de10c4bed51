"""An identity provider: a real HTTP server with real keys."""

import hashlib
import json
import threading
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from jwt.utils import base64url_encode

AUDIENCE = "tingzhen"


class Signer:
    """A provider: its keys, and the server that shows the public ones."""

    def __init__(self) -> None:
        self.keys: dict[str, Any] = {}
        self.codes: dict[str, tuple[dict[str, str], dict[str, Any]]] = {}
        self.authorization: str | None = None
        self.asked = 0
        self.away = False
        self.calls_itself: str | None = None
        self.rotate("k1")
        signer = self

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if signer.away:
                    self.send_error(503)
                    return
                body = json.dumps(signer.shown(self.path)).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                given = {name: values[0] for name, values in form.items()}
                token = signer.redeemed(given, self.headers.get("Authorization"))
                body = json.dumps({"id_token": token} if token else {"error": "invalid_grant"})
                self.send_response(200 if token else 400)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()
        self.issuer = f"http://127.0.0.1:{self._server.server_port}/realm"

    def rotate(self, key_id: str) -> None:
        self.keys = {key_id: generate_private_key(SECP256R1())}

    def shown(self, path: str) -> dict[str, Any]:
        if path == "/realm/.well-known/openid-configuration":
            return {
                "issuer": self.calls_itself or self.issuer, "jwks_uri": f"{self.issuer}/keys",
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
            }  # fmt: skip
        self.asked += 1
        shown = []
        for key_id, key in self.keys.items():
            public: dict[str, Any] = jwt.algorithms.ECAlgorithm.to_jwk(
                key.public_key(), as_dict=True
            )
            shown.append(public | {"kid": key_id, "use": "sig"})
        return {"keys": shown}

    def token(self, key_id: str = "k1", **claims: Any) -> str:
        now = datetime.now(UTC)
        full = {
            "iss": self.issuer, "aud": AUDIENCE, "sub": "auth|42", "roles": ["mechanic", "x"],
            "workshop": "w1", "iat": now, "exp": now + timedelta(minutes=5),
        } | claims  # fmt: skip
        full = {name: value for name, value in full.items() if value is not None}
        return jwt.encode(full, self.keys[key_id], "ES256", {"kid": key_id})

    def authorize(self, away: str, **claims: Any) -> dict[str, str]:
        """Somebody signs in at the address that the browser was led to; what it comes back with."""
        asked = dict(parse_qsl(urlsplit(away).query))
        assert asked["response_type"] == "code"
        assert asked["code_challenge_method"] == "S256"
        code = f"code{len(self.codes)}"
        self.codes[code] = asked, {"aud": asked["client_id"], "nonce": asked["nonce"]} | claims
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def redeemed(self, form: dict[str, str], authorization: str | None) -> str | None:
        """The ID token for a code, once, to whoever asked for it."""
        self.authorization = authorization
        asked, claims = self.codes.pop(form["code"], ({}, {}))
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        same = asked.get("redirect_uri") == form["redirect_uri"]
        proven = asked.get("code_challenge") == base64url_encode(digest).decode()
        return self.token(**claims) if same and proven else None

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
