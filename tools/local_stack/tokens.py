"""A local OpenID Connect issuer: its key, what it publishes, and the tokens it signs.

The same JWT authorizer that checks a real provider's tokens on AWS checks these: issuer, audience, expiry, signature
by a published key, scopes.
"""

from __future__ import annotations

import base64
import hashlib
import json
import time
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

JWKS_PATH = "/.well-known/jwks.json"
DISCOVERY_PATH = "/.well-known/openid-configuration"


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def _number(value: int) -> str:
    return _base64url(value.to_bytes((value.bit_length() + 7) // 8, "big"))


class Issuer:
    """Signs tokens with an RSA key that is kept in a file and made when there is none."""

    def __init__(self, url: str, key_file: Path) -> None:
        self.url = url
        if not key_file.exists():
            key_file.parent.mkdir(parents=True, exist_ok=True)
            key_file.touch(mode=0o600)
            key_file.write_bytes(
                rsa.generate_private_key(public_exponent=65537, key_size=2048).private_bytes(
                    serialization.Encoding.PEM,
                    serialization.PrivateFormat.PKCS8,
                    serialization.NoEncryption(),
                )
            )
        key = serialization.load_pem_private_key(key_file.read_bytes(), password=None)
        if not isinstance(key, rsa.RSAPrivateKey):
            raise TypeError(f"{key_file} holds no RSA key")
        self._key = key
        numbers = key.public_key().public_numbers()
        self.key_id = hashlib.sha256(_number(numbers.n).encode()).hexdigest()[:16]
        self._jwk = {
            "kty": "RSA",
            "use": "sig",
            "alg": "RS256",
            "kid": self.key_id,
            "n": _number(numbers.n),
            "e": _number(numbers.e),
        }

    def jwks(self) -> dict[str, Any]:
        """The JSON Web Key Set (RFC 7517) that verifies this issuer's tokens."""
        return {"keys": [self._jwk]}

    def discovery(self) -> dict[str, Any]:
        """The OpenID Connect discovery document."""
        return {
            "issuer": self.url,
            "jwks_uri": self.url + JWKS_PATH,
            "id_token_signing_alg_values_supported": ["RS256"],
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
        }

    def sign(self, claims: dict[str, Any], headers: dict[str, Any] | None = None) -> str:
        """A compact JWT (RFC 7519) with exactly these claims."""
        header = {"alg": "RS256", "typ": "JWT", "kid": self.key_id, **(headers or {})}
        signed = ".".join(_base64url(json.dumps(part, separators=(",", ":")).encode()) for part in (header, claims))
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), hashes.SHA256())
        return f"{signed}.{_base64url(signature)}"

    def token(
        self,
        *,
        audience: str,
        scope: str,
        tenant: str | None,
        branches: str | None = None,
        expires_in_seconds: int = 3600,
        **more: Any,
    ) -> str:
        """A bearer token as a real provider would issue it.

        `scope` and `branches` are blank-separated; `tenant` None leaves the claim out.
        """
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": self.url,
            "aud": audience,
            "sub": f"user@{tenant}" if tenant else "user",
            "iat": now,
            "nbf": now,
            "exp": now + expires_in_seconds,
            "scope": scope,
        }
        if tenant is not None:
            claims["tenant_id"] = tenant
        if branches is not None:
            claims["branches"] = branches.split()
        return self.sign(claims | more)
