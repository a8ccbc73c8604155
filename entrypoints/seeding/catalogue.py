"""
The services of the demo clinic, as the plain values that `PublishService` takes.

The medical content is there to show what a service can ask; a clinic has its own reviewed.
"""

from collections.abc import Mapping
from typing import Any

from entrypoints.seeding.booked_services import SLEEP, VIDEO_VISIT
from entrypoints.seeding.written_services import MIGRAINE, REPEAT_PRESCRIPTION, SKIN

SERVICES: Mapping[str, Mapping[str, Any]] = {
    "skin-consultation": SKIN,
    "repeat-prescription": REPEAT_PRESCRIPTION,
    "video-visit": VIDEO_VISIT,
    "migraine-review": MIGRAINE,
    "sleep-consultation": SLEEP,
}
"""By code, in the order in which they are published."""
