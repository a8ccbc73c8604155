"""
What a person sees while the platform starts: steps with their times, plain when piped.
"""

import contextlib
import time
from collections.abc import Iterator

from attrs import define, field
from rich.console import Console
from rich.markup import escape


@define
class Progress:
    """
    Prints each step once it is done, with a spinner meanwhile if a person is watching.
    """

    console: Console = field(factory=lambda: Console(highlight=False, soft_wrap=True))
    _began: float = field(factory=time.monotonic, init=False)

    @contextlib.contextmanager
    def step(self, title: str) -> Iterator[None]:
        began = time.monotonic()
        try:
            with self.waiting(title):
                yield
        except BaseException:
            self.failed(title)
            raise
        self.done(title, time.monotonic() - began)

    def waiting(self, title: str) -> contextlib.AbstractContextManager[object]:
        if self.console.is_terminal:
            return self.console.status(escape(title))
        return contextlib.nullcontext()

    def done(self, title: str, seconds: float) -> None:
        self.console.print(f"[green]done[/]   {escape(title)} [dim]{seconds:.1f} s[/]")

    def failed(self, title: str) -> None:
        self.console.print(f"[red]failed[/] {escape(title)}")

    def detail(self, text: str) -> None:
        self.console.print(f"       [dim]{escape(text)}[/]")

    def say(self, text: str) -> None:
        self.console.print(escape(text))

    def warn(self, name: str, text: str) -> None:
        self.console.print(f"[yellow]{escape(name)}[/] {escape(text)}")

    def total(self) -> float:
        return time.monotonic() - self._began
