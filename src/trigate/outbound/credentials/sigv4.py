"""AWS Signature Version 4: every request is signed with a key that lasts a day."""

from trigate.core.settings import Secret, Size
from trigate.core.surroundings import Surroundings
from trigate.outbound.aws_signature import Signer
from trigate.outbound.client import Client, Endpoint
from trigate.outbound.credential import Credential

_FIELDS = frozenset((b"authorization", b"x-amz-content-sha256", b"x-amz-date", b"x-amz-security-token"))


class SigV4(Credential):
    """Signs requests for AWS services such as Bedrock, body included; S3 and VPC Lattice get bodies as they come.

    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """

    access_key_id: str
    """The access key's id."""
    secret_access_key: Secret
    """The access key's secret."""
    region: str
    """Such as `eu-central-1`."""
    service: str
    """Such as `bedrock` or `execute-api`."""
    session_token: Secret | None = None
    """Of temporary credentials."""
    max_body: Size = Size(10 * 2**20)
    """Largest body that is read whole to be signed; a larger one is refused."""

    def names(self) -> frozenset[bytes]:
        """What a signature consists of."""
        return _FIELDS

    def open(self, client: Client, endpoint: Endpoint, surroundings: Surroundings) -> Signer:
        """What signs."""
        return Signer(self)
