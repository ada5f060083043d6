"""Key-encryption keys that a KMS keeps: RSA pairs whose public half wraps here and whose private half never leaves it.

AWS by botocore; Azure Key Vault and Cloud KMS by the two REST calls that this needs, signed in by their own libraries.
"""

from __future__ import annotations

import base64
import binascii
import os
import re
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any, Final

import httpx
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey, RSAPublicNumbers
from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

from schemas.errors import CloudError, InvalidInputError, NoAccess, Retriable, Unreachable
from schemas.sealing import PublicKek, service_text

if TYPE_CHECKING:
    from schemas.settings import Settings

ARN: Final = re.compile(r"arn:aws[a-z-]*:kms:(?P<region>[a-z0-9-]+):\d{12}:key/[A-Za-z0-9-]+")
VAULT_KEY: Final = re.compile(r"https://[\w.-]+(:\d+)?/keys/[\w-]+/\w+")
CLOUD_KMS_KEY: Final = re.compile(
    r"projects/[\w:.-]+/locations/[\w-]+/keyRings/[\w-]+/cryptoKeys/[\w-]+/cryptoKeyVersions/\d+"
)
AZURE_API: Final = "7.4"
AZURE_SCOPE: Final = "https://vault.azure.net/.default"
GCP_ENDPOINT: Final = "CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS"
GCP_SCOPE: Final = "https://www.googleapis.com/auth/cloudkms"
SECONDS: Final = 20.0
_BAD_REQUEST: Final = 400
_TOO_MANY: Final = 429
_INTERNAL: Final = 500


def kms_kek(text: str, settings: Settings) -> AwsKek | AzureKek | GcpKek:
    """The key that a reference names. Asks no network. Raises ``InvalidInputError``."""
    service, _, name = text.partition(":")
    if service == "aws-kms" and (told := ARN.fullmatch(name)):
        return AwsKek(text, name, told["region"])
    if service == "azure-key-vault" and VAULT_KEY.fullmatch(name):
        return AzureKek(text, name, settings)
    if service == "gcp-kms" and CLOUD_KMS_KEY.fullmatch(name):
        return GcpKek(text, name)
    raise InvalidInputError(
        "SENTINEL_KEK",
        text,
        "aws-kms:ARN of a key, azure-key-vault:https://VAULT/keys/NAME/VERSION or "
        "gcp-kms:projects/…/cryptoKeyVersions/N",
    )


class ServiceKek(ABC):
    """A key of a KMS."""

    id: str

    @abstractmethod
    def public(self) -> PublicKek:
        """See ``Kek``."""

    def public_text(self) -> str:
        """See ``Kek``."""
        return service_text(self.id, _rsa(self.public().key))


class AwsKek(ServiceKek):
    """An RSA key of AWS KMS (``ENCRYPT_DECRYPT``). Needs ``kms:Decrypt``, and ``kms:GetPublicKey`` once."""

    def __init__(self, kek_id: str, arn: str, region: str) -> None:
        self.id, self._arn, self._region = kek_id, arn, region

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:  # noqa: ARG002 - OAEP has no label at AWS
        """See ``Kek``."""
        answer = self._call("decrypt", CiphertextBlob=wrapped, EncryptionAlgorithm="RSAES_OAEP_SHA_256")
        return bytes(answer["Plaintext"])

    def public(self) -> PublicKek:
        """See ``Kek``."""
        return PublicKek(self.id, _rsa(load_der_public_key(self._call("get_public_key")["PublicKey"])))

    def _call(self, operation: str, **arguments: Any) -> dict[str, Any]:  # noqa: ANN401 - botocore's
        from botocore.exceptions import BotoCoreError, ClientError
        from botocore.session import Session

        try:
            client = Session().create_client("kms", region_name=self._region)
            answer: dict[str, Any] = getattr(client, operation)(KeyId=self._arn, **arguments)
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "InvalidCiphertextException":
                raise ValueError(code) from None
            passing = code in {"KMSInternalException", "DependencyTimeoutException", "ThrottlingException"}
            kind = Retriable if passing else NoAccess
            raise kind(f"AWS KMS: {error}", operation=operation, code=code) from error
        except BotoCoreError as error:
            raise Unreachable(f"AWS KMS: {error}", operation=operation) from error
        return answer


class AzureKek(ServiceKek):
    """An RSA key of Azure Key Vault. Needs the permissions ``get`` (once) and ``unwrapKey``."""

    def __init__(self, kek_id: str, url: str, settings: Settings) -> None:
        self.id, self._url, self._settings = kek_id, url, settings

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:  # noqa: ARG002 - OAEP has no label there
        """See ``Kek``."""
        body = {"alg": "RSA-OAEP-256", "value": _base64url(wrapped)}
        return _unbase64(self._call("POST", f"{self._url}/unwrapkey", body)["value"])

    def public(self) -> PublicKek:
        """See ``Kek``."""
        key = self._call("GET", self._url)["key"]
        modulus, exponent = (int.from_bytes(_unbase64(key[name])) for name in ("n", "e"))
        return PublicKek(self.id, RSAPublicNumbers(exponent, modulus).public_key())

    def _call(self, method: str, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        from azure.core.exceptions import AzureError
        from azure.identity import DefaultAzureCredential

        known: dict[str, Any] = {}
        if self._settings.azure_authority:
            known = {"authority": self._settings.azure_authority, "disable_instance_discovery": True}
        if self._settings.azure_ca:
            known["connection_verify"] = self._settings.azure_ca
        try:
            with DefaultAzureCredential(**known) as credential:
                token = credential.get_token(AZURE_SCOPE).token
        except AzureError as error:
            raise NoAccess(f"Azure Key Vault: signing in failed: {_first_line(error)}") from error
        return _ask(
            "Azure Key Vault",
            method,
            f"{url}?api-version={AZURE_API}",
            token,
            body,
            verify=self._settings.azure_ca or True,
        )


class GcpKek(ServiceKek):
    """An RSA key of Cloud KMS (``RSA_DECRYPT_OAEP_*_SHA256``). Needs ``roles/cloudkms.cryptoKeyDecrypter``."""

    def __init__(self, kek_id: str, name: str) -> None:
        self.id, self._name = kek_id, name

    def unwrap(self, wrapped: bytes, context: bytes) -> bytes:  # noqa: ARG002 - OAEP has no label there
        """See ``Kek``."""
        body = {"ciphertext": base64.b64encode(wrapped).decode()}
        return base64.b64decode(self._call("POST", ":asymmetricDecrypt", body)["plaintext"], validate=True)

    def public(self) -> PublicKek:
        """See ``Kek``."""
        pem = str(self._call("GET", "/publicKey")["pem"])
        return PublicKek(self.id, _rsa(load_pem_public_key(pem.encode())))

    def _call(self, method: str, action: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        import google.auth
        from google.auth.exceptions import GoogleAuthError, TransportError
        from google.auth.transport.requests import Request

        base = os.environ.get(GCP_ENDPOINT, "").rstrip("/") or "https://cloudkms.googleapis.com"
        try:
            credentials, _ = google.auth.default(scopes=[GCP_SCOPE])
            credentials.refresh(Request())
        except TransportError as error:
            raise Unreachable(f"Cloud KMS: signing in got no answer: {_first_line(error)}") from error
        except GoogleAuthError as error:
            raise NoAccess(f"Cloud KMS: signing in failed: {_first_line(error)}") from error
        return _ask("Cloud KMS", method, f"{base}/v1/{self._name}{action}", str(credentials.token), body)


def _ask(
    service: str, method: str, url: str, token: str, body: dict[str, str] | None, *, verify: str | bool = True
) -> dict[str, Any]:
    """One call of a REST API. Raises ``ValueError`` where the service says that it did not wrap this."""
    try:
        with httpx.Client(verify=_context(verify), timeout=SECONDS, trust_env=verify is True) as client:
            answer = client.request(method, url, json=body, headers={"Authorization": f"Bearer {token}"})
    except httpx.TransportError as error:
        raise Unreachable(f"{service}: no answer: {_first_line(error)}") from error
    if answer.is_success:
        told: dict[str, Any] = answer.json()
        return told
    if answer.status_code == _BAD_REQUEST and body is not None:
        raise ValueError(f"{service} refuses what is to be unwrapped")
    raise _refusal(service, answer.status_code)


def _refusal(service: str, status: int) -> CloudError:
    kind = Retriable if status == _TOO_MANY or status >= _INTERNAL else NoAccess
    return kind(f"{service} answered {status}", code=str(status))


def _context(verify: str | bool) -> Any:  # noqa: ANN401 - an SSL context, or whether the usual one
    import ssl

    return ssl.create_default_context(cafile=verify) if isinstance(verify, str) else verify


def _rsa(key: object) -> RSAPublicKey:
    if not isinstance(key, RSAPublicKey):
        raise NoAccess("the key of the KMS is none of RSA: it has to be one that decrypts", code="KeyKind")
    return key


def _base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _unbase64(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
