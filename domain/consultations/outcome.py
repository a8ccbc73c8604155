"""
How a consultation ended, in codes.
"""

from enum import StrEnum


class ConsultationOutcome(StrEnum):
    """What the physician decided. Never read by a rule about pay."""

    TREATED = "treated"  # advice or care was given in the consultation itself
    PRESCRIBED = "prescribed"  # at least one prescription was signed
    REFERRED = "referred"  # somebody else has to see this patient
    NO_TREATMENT = "no_treatment"  # nothing needs to be done, or nothing may be done here


class CancellationReason(StrEnum):
    """Why it never came to an outcome."""

    PATIENT_CHANGED_MIND = "patient_changed_mind"
    PATIENT_NO_SHOW = "patient_no_show"
    PAYMENT_FAILED = "payment_failed"
    PHYSICIAN_UNAVAILABLE = "physician_unavailable"
    NOT_SUITABLE_ONLINE = "not_suitable_online"  # the physician says: see somebody in person
    PROMISE_BROKEN = "promise_broken"  # nobody took it in the promised time
    PLATFORM = "platform"  # operations, for a reason in the audit trail


class StopReason(StrEnum):
    """Why a submitted intake went no further."""

    RED_FLAG = "red_flag"  # the answers call for urgent care


class MessageSender(StrEnum):
    """Which of the two wrote."""

    PATIENT = "patient"
    PHYSICIAN = "physician"
