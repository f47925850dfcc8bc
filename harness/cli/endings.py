"""How a command ends: one clear line and an exit code, never a traceback for bad input."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

from harness.cli.terminal import close_quietly
from harness.errors import HarnessError, InputError, ReplayError

BAD_INPUT, BROKEN, INTERRUPTED = 2, 1, 130


class Harness(click.Group):
    """The group of commands, with our errors and Ctrl-C turned into lines and exit codes.

    A reader that has seen enough (head, say) ends a command silently and well.
    """

    def make_context(self, *args: Any, **options: Any) -> click.Context:
        with _reader_may_leave():
            return super().make_context(*args, **options)

    def invoke(self, ctx: click.Context) -> Any:
        with _reader_may_leave():
            return super().invoke(ctx)

    def main(self, *args: Any, **options: Any) -> Any:
        try:
            return super().main(*args, **{**options, "standalone_mode": False})
        except InputError as error:
            _end(error.faults, BAD_INPUT)
        except ReplayError as error:
            _end([str(error)], BAD_INPUT)
        except HarnessError as error:
            _end([str(error)], BROKEN)
        except click.exceptions.NoArgsIsHelpError as error:
            _end([error.format_message()], BAD_INPUT)
        except click.UsageError as error:
            _end(
                [f"{error.format_message().rstrip('.')}; see: python -m harness --help"], BAD_INPUT
            )
        except click.exceptions.Exit as error:
            sys.exit(error.exit_code)
        except (KeyboardInterrupt, click.Abort):
            _end(
                ["interrupted; what is stored stays, the same command goes on from there"],
                INTERRUPTED,
            )


@contextmanager
def _reader_may_leave() -> Iterator[None]:
    # Within click's own main, which would answer 1.
    try:
        yield
    except BrokenPipeError:
        close_quietly()


def _end(lines: list[str] | tuple[str, ...], code: int) -> None:
    with suppress(BrokenPipeError):
        for line in lines:
            click.echo(line, err=True)
    sys.exit(code)
