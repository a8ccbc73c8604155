"""
Measure: `python -m benchmarks` for all ratios, `python -m benchmarks P1` for one.
"""

import sys

from benchmarks import p1_posting
from benchmarks.figures import show

RATIOS = {"P1": p1_posting.measure}


def main() -> int:
    wanted = [name.upper() for name in sys.argv[1:]] or list(RATIOS)
    unknown = [name for name in wanted if name not in RATIOS]
    if unknown:
        print(f"no such ratio: {', '.join(unknown)}; there are {', '.join(RATIOS)}")
        return 2
    for name in wanted:
        show(RATIOS[name]())
    return 0


if __name__ == "__main__":
    sys.exit(main())
