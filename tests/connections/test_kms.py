"""Keys that a KMS keeps: what is sealed with their public half is unwrapped by a call, whose form is the vendor's.

The fakes answer as the published models say: botocore's of AWS KMS, the REST references of Key Vault and Cloud KMS.
"""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from botocore.loaders import create_loader
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

from connections.kms import AzureKek, _ask
from connections.vault import Vault, open_vault, read_kek
from schemas.errors import InvalidInputError, NoAccess, Retriable
from schemas.sealing import OAEP, Owner, Secret, read_public_kek, seal
from schemas.settings import Settings

OWNER = Owner("acme", "a" * 32)
SECRET = Secret({"client_secret": "planted"})
KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
DER = KEY.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
ARN = "arn:aws:kms:eu-west-1:123456789012:key/11111111-2222-3333-4444-555555555555"
VERSION = "projects/p/locations/global/keyRings/r/cryptoKeys/k/cryptoKeyVersions/1"


def base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


@pytest.fixture
def aws(cloud: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    for name, value in {
        "ACCESS_KEY_ID": "AKIAWORKER0000000000",
        "SECRET_ACCESS_KEY": "s",
        "ENDPOINT_URL": cloud.url,
    }.items():
        monkeypatch.setenv(f"AWS_{name}", value)

    def answer(seen: Any) -> tuple[int, str]:
        asked = json.loads(seen.body)
        if asked["KeyId"] != ARN:
            return 400, json.dumps({"__type": "NotFoundException", "message": "no such key"})
        if seen.headers["x-amz-target"] == "TrentService.GetPublicKey":
            return 200, json.dumps({"KeyId": ARN, "PublicKey": base64.b64encode(DER).decode()})
        assert asked["EncryptionAlgorithm"] == "RSAES_OAEP_SHA_256"
        try:
            plain = KEY.decrypt(base64.b64decode(asked["CiphertextBlob"]), OAEP)
        except ValueError:
            return 400, json.dumps({"__type": "InvalidCiphertextException", "message": ""})
        return 200, json.dumps({"KeyId": ARN, "Plaintext": base64.b64encode(plain).decode()})

    cloud.answer = answer
    return cloud


@pytest.mark.usefixtures("aws")
def test_a_key_of_aws_seals_here_and_opens_there() -> None:
    text = f"aws-kms:{ARN}"
    public = read_public_kek(read_kek(text, Settings()).public_text())
    sealed = seal(SECRET, OWNER, public)
    vault = open_vault(Settings(kek=text))
    assert (sealed.kek_id, vault.open(sealed, OWNER)["client_secret"]) == (text, "planted")
    with pytest.raises(NoAccess, match="does not open"):
        vault.open(sealed, Owner("rival", "a" * 32))
    with pytest.raises(NoAccess, match="does not open"):
        vault.open(sealed._replace(wrapped_key=bytes(256)), OWNER)


@pytest.mark.usefixtures("aws")
def test_a_key_that_aws_refuses_is_no_access() -> None:
    other = f"aws-kms:{ARN[:-1]}6"
    with pytest.raises(NoAccess, match="NotFoundException"):
        read_kek(other, Settings()).public()


def test_the_calls_of_aws_are_those_of_its_model() -> None:
    shapes = create_loader().load_service_model("kms", "service-2")["shapes"]
    assert {"KeyId", "CiphertextBlob", "EncryptionAlgorithm"} <= set(shapes["DecryptRequest"]["members"])
    assert "RSAES_OAEP_SHA_256" in shapes["EncryptionAlgorithmSpec"]["enum"]
    assert "Plaintext" in shapes["DecryptResponse"]["members"]
    assert "PublicKey" in shapes["GetPublicKeyResponse"]["members"]


def test_a_key_of_key_vault_is_read_and_unwraps(cloud: Any) -> None:
    numbers = KEY.public_key().public_numbers()
    key = {"kid": "k", "kty": "RSA", "n": base64url(numbers.n.to_bytes(256)), "e": base64url(b"\x01\x00\x01")}

    def answer(seen: Any) -> tuple[int, str]:
        assert seen.path.endswith("?api-version=7.4")
        if "/unwrapkey" not in seen.path:
            return 200, json.dumps({"key": key, "attributes": {"enabled": True}})
        asked = json.loads(seen.body)
        assert asked["alg"] == "RSA-OAEP-256"
        wrapped = base64.urlsafe_b64decode(asked["value"] + "==")
        return 200, json.dumps({"kid": "k", "value": base64url(KEY.decrypt(wrapped, OAEP))})

    cloud.answer = answer
    kek = SignedIn("azure-key-vault:k", f"{cloud.url}/keys/name/1", Settings())
    sealed = seal(SECRET, OWNER, read_public_kek(kek.public_text()))
    assert Vault([kek]).open(sealed, OWNER)["client_secret"] == "planted"


class SignedIn(AzureKek):
    """With a token already: signing in is azure-identity's, and tried with its connections."""

    def _call(self, method: str, url: str, body: dict[str, str] | None = None) -> dict[str, Any]:
        return _ask("Azure Key Vault", method, f"{url}?api-version=7.4", "token", body)


def test_a_key_of_cloud_kms_is_read_and_unwraps(cloud: Any, monkeypatch: pytest.MonkeyPatch, home: Any) -> None:
    pem = KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()

    def answer(seen: Any) -> tuple[int, str]:
        if seen.path == "/token":
            return 200, json.dumps({"access_token": "kms-token", "expires_in": 3600, "token_type": "Bearer"})
        assert seen.headers["authorization"] == "Bearer kms-token"
        if seen.path == f"/v1/{VERSION}/publicKey":
            return 200, json.dumps({"pem": pem, "algorithm": "RSA_DECRYPT_OAEP_2048_SHA256", "name": VERSION})
        assert seen.path == f"/v1/{VERSION}:asymmetricDecrypt"
        plain = KEY.decrypt(base64.b64decode(json.loads(seen.body)["ciphertext"]), OAEP)
        return 200, json.dumps({"plaintext": base64.b64encode(plain).decode()})

    cloud.answer = answer
    private = KEY.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
    worker = {"type": "service_account", "client_email": "w@p.iam.gserviceaccount.com", "private_key": private}
    (home / "adc.json").write_text(json.dumps({**worker, "project_id": "p", "token_uri": f"{cloud.url}/token"}))
    monkeypatch.setenv("GOOGLE_APPLICATION_CREDENTIALS", str(home / "adc.json"))
    monkeypatch.setenv("GOOGLE_CLOUD_PROJECT", "p")
    monkeypatch.setenv("CLOUDSDK_API_ENDPOINT_OVERRIDES_CLOUDKMS", cloud.url)
    kek = read_kek(f"gcp-kms:{VERSION}", Settings())
    sealed = seal(SECRET, OWNER, read_public_kek(kek.public_text()))
    assert Vault([kek]).open(sealed, OWNER)["client_secret"] == "planted"


@pytest.mark.parametrize(("status", "kind"), [(403, NoAccess), (404, NoAccess), (429, Retriable), (503, Retriable)])
def test_what_a_service_refuses_is_classified(cloud: Any, status: int, kind: type[Exception]) -> None:
    cloud.answer = lambda _: (status, '{"error": {"message": "planted-detail"}}')
    with pytest.raises(kind, match=f"answered {status}") as caught:
        _ask("Cloud KMS", "POST", cloud.url, "planted-token", {})
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "aws-kms:alias/mine",
        "azure-key-vault:http://v/keys/a/b",
        "azure-key-vault:https://v/secrets/a/b",
        "gcp-kms:projects/p",
    ],
)
def test_a_reference_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(InvalidInputError, match="SENTINEL_KEK"):
        read_kek(text, Settings())
