"""
Signing in and out, and who one is.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from pydantic import Field

from application.identity.authentication import IssueMachineToken
from application.identity.registration import RegisterUser
from application.identity.second_factors import ConfirmSecondFactor, EnrolSecondFactor, StepUp
from application.identity.sign_in import SignIn, SignOut
from domain.identity.locale import checked_locale, checked_time_zone
from domain.shared.contact import EmailAddress
from domain.shared.ids import MachineClientId
from entrypoints.api.operations import Body, Call, Resource, operation
from entrypoints.api.wire import FromWire, ToWire


class SignInBody(Body):
    email: str
    password: str = Field(min_length=1, max_length=1_000)
    code: str | None = Field(default=None, description="From the authenticator, if one is set up.")


class TokenResource(Resource):
    token: str = Field(description="Send it as `Authorization: Bearer …`. Shown this once.")
    expires_at: datetime


@operation(
    "POST",
    "/sessions",
    tag="Identity",
    body=SignInBody,
    returns=TokenResource,
    status=HTTPStatus.CREATED,
    public=True,
    secret=True,
)
def sign_in(call: Call[SignInBody]) -> TokenResource:
    """Sign in with e-mail address and password."""
    issued = call.use(SignIn)(
        email=EmailAddress(call.body.email),
        password=call.body.password,
        code=call.body.code,
        device="api",
    )
    return TokenResource(token=issued.token, expires_at=issued.expires_at)


@operation("DELETE", "/sessions/current", tag="Identity")
def sign_out(call: Call[None]) -> None:
    """Sign out: the token stops working at once."""
    call.use(SignOut)(actor=call.actor)


class RegisterUserBody(Body):
    email: str = Field(max_length=254)
    password: str = Field(min_length=1, max_length=1_000)
    name: str = Field(default="", max_length=200)
    locale: str = Field(default="en", max_length=20)
    time_zone: str = Field(default="UTC", max_length=64)


class UserRegisteredResource(Resource):
    user_id: Annotated[str, ToWire("user")]


@operation(
    "POST",
    "/users",
    tag="Identity",
    body=RegisterUserBody,
    returns=UserRegisteredResource,
    status=HTTPStatus.CREATED,
    public=True,
)
def register_user(call: Call[RegisterUserBody]) -> UserRegisteredResource:
    """Open an account, such as to apply as a physician. Patients register as patients."""
    user_id = call.use(RegisterUser)(
        email=EmailAddress(call.body.email),
        password=call.body.password,
        name=call.body.name,
        locale=checked_locale(call.body.locale),
        time_zone=checked_time_zone(call.body.time_zone),
    )
    return UserRegisteredResource.model_validate({"user_id": user_id})


class CodeBody(Body):
    code: str = Field(min_length=1, max_length=20, description="From the authenticator.")


class PasswordBody(Body):
    password: str = Field(min_length=1, max_length=1_000)


class EnrolmentResource(Resource):
    secret: str = Field(description="In base 32. Shown this once.")
    uri: str = Field(description="The same for a QR code.")


@operation(
    "POST",
    "/me/second-factor",
    tag="Identity",
    body=PasswordBody,
    returns=EnrolmentResource,
    status=HTTPStatus.CREATED,
    secret=True,
)
def enrol_second_factor(call: Call[PasswordBody]) -> EnrolmentResource:
    """Get a secret for an authenticator; it counts once it was confirmed."""
    enrolment = call.use(EnrolSecondFactor)(actor=call.actor, password=call.body.password)
    return EnrolmentResource.model_validate(enrolment)


@operation("POST", "/me/second-factor/confirmation", tag="Identity", body=CodeBody)
def confirm_second_factor(call: Call[CodeBody]) -> None:
    """Prove with a first code that the authenticator works."""
    call.use(ConfirmSecondFactor)(actor=call.actor, code=call.body.code)


@operation("POST", "/sessions/current/step-up", tag="Identity", body=CodeBody)
def step_up(call: Call[CodeBody]) -> None:
    """
    Give a code, then send again what was answered with `step_up_required`.

    Signing controlled medicines, bank details, withdrawals and staff accounts need a recent one.
    """
    call.use(StepUp)(actor=call.actor, code=call.body.code)


class MachineTokenBody(Body):
    client_id: Annotated[UUID, FromWire("machine_client")]
    client_secret: str = Field(min_length=1, max_length=1_000)
    scopes: list[str] = Field(default_factory=list, max_length=50)


@operation(
    "POST",
    "/machine-tokens",
    tag="Identity",
    body=MachineTokenBody,
    returns=TokenResource,
    status=HTTPStatus.CREATED,
    public=True,
    secret=True,
)
def issue_machine_token(call: Call[MachineTokenBody]) -> TokenResource:
    """
    Exchange a program's credentials for a token.

    The token ends soon; ask for another. A program can prepare, but it can never sign.
    """
    issued = call.use(IssueMachineToken)(
        client_id=MachineClientId(call.body.client_id),
        secret=call.body.client_secret,
        scopes=frozenset(call.body.scopes),
    )
    return TokenResource(token=issued.token, expires_at=issued.expires_at)


class MeResource(Resource):
    user_id: Annotated[str, ToWire("user")] | None
    patient_id: Annotated[str, ToWire("patient")] | None
    physician_id: Annotated[str, ToWire("physician")] | None
    roles: list[str]
    kind: str = Field(description="`person` or `machine`.")


@operation("GET", "/me", tag="Identity", returns=MeResource)
def who_am_i(call: Call[None]) -> MeResource:
    """Say whom the token stands for."""
    actor = call.actor
    return MeResource(
        user_id=actor.user_id,  # type: ignore[arg-type] # ToWire writes it
        patient_id=actor.patient_id,  # type: ignore[arg-type]
        physician_id=actor.physician_id,  # type: ignore[arg-type]
        roles=sorted(role.value for role in actor.roles),
        kind=actor.kind.value,
    )
