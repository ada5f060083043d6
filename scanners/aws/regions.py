"""The regions of AWS."""

from __future__ import annotations


def known_regions() -> tuple[str, ...]:
    """Those that botocore's endpoint data know for EC2, in every public partition."""
    import botocore.session

    session = botocore.session.get_session()
    found = {r for p in ("aws", "aws-cn", "aws-us-gov") for r in session.get_available_regions("ec2", p)}
    return tuple(sorted(found))
