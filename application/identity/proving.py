"""
Proving once more who sits there, by the password, before a grave deed.
"""

from datetime import datetime

from application.identity.ports import IdentityUnitOfWork, Passwords
from domain.identity.lockout import WrongCredentials
from domain.identity.user import User
from domain.shared.ids import UserId


def prove_password(
    unit_of_work: IdentityUnitOfWork,
    passwords: Passwords,
    *,
    user_id: UserId,
    password: str,
    now: datetime,
) -> User:
    """
    Compare the password, counting the attempt before, as signing in does.

    Raises:
        WrongCredentials: It is wrong.
        SignInLocked: Too many wrong passwords.
    """
    with unit_of_work as uow:
        user = uow.users.get(user_id)
        guard = uow.sign_in_guards.of(user.email)
        guard.admit(now=now)
        uow.sign_in_guards.save(guard)
        uow.commit()
    # Hashing takes long on purpose: no row stays locked meanwhile.
    if not passwords.verify(user.password_hash, password):
        raise WrongCredentials("The password is wrong.")
    return user
