"""
Codes of authenticator apps: TOTP (RFC 6238) with SHA-1, 30 seconds and 6 digits, as apps expect.
"""

import hmac
from datetime import datetime

import pyotp

_SECONDS = 30
_ISSUER = "Scripted"


class TotpSecondFactors:
    """
    Accepts the code of now and its neighbours, because clocks differ.
    """

    def new_secret(self) -> str:
        """160 random bits in base 32."""
        return pyotp.random_base32()

    def enrolment_uri(self, *, secret: str, account: str) -> str:
        """An `otpauth://` URI."""
        return pyotp.TOTP(secret).provisioning_uri(name=account, issuer_name=_ISSUER)

    def matching_step(self, *, secret: str, code: str, at: datetime) -> int | None:
        """The step of the code, if it is the present one or a neighbour."""
        given = code.replace(" ", "").encode(errors="surrogatepass")
        present = int(at.timestamp()) // _SECONDS
        totp = pyotp.TOTP(secret)
        found = None
        for step in (present - 1, present, present + 1):
            if hmac.compare_digest(totp.generate_otp(step).encode(), given):
                found = step
        return found
