"""MLflow's pages: where they open, and the server that shows them."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from harness.errors import StoreError
from harness.store.cleaning import mend_locations
from harness.store.database import exists, open_database, plain_errors
from harness.store.places import Places
from harness.store.reading import experiment_of
from harness.store.view import verdicts_page

HOST = "127.0.0.1"


def page_url(root: Path, study: str | None, port: int) -> str:
    """Where a study's runs open, charts beside the table; the list of studies without one.

    Raises:
        StoreError: the store cannot be read.
    """
    places = Places(root)
    number = None
    if study is not None and exists(places):
        with plain_errors(places), closing(open_database(places)) as connection:
            number = experiment_of(connection, study=study)
    if number is None:
        return f"http://{HOST}:{port}/#/experiments?workflowType=machine_learning"
    return f"http://{HOST}:{port}/{verdicts_page(number)}"


def serve(root: Path, *, port: int = 5000, study: str | None = None) -> int:
    """Run MLflow's server until it ends, Ctrl-C or a kill, and print where it opens.

    Args:
        root: the `mlruns` folder, made where it is missing.
        port: the first port to try; taken ones are passed over.
        study: the study whose page is printed.

    Returns:
        The server's exit code; 0 after Ctrl-C.

    Raises:
        StoreError: the store cannot be read, or no port is free.
    """
    places = Places(root)
    with plain_errors(places), closing(open_database(places)) as connection:
        mend_locations(connection, places)
    port = free_port(port)
    url = page_url(root, study, port)
    print(f"MLflow opens in a few seconds; Ctrl-C ends it\n{url}", flush=True)
    # A plain kill must not leave the server behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with subprocess.Popen(
        _command(places, port=port), env=_environment(), stderr=subprocess.PIPE
    ) as server:
        try:
            _pass_on_errors(server)
            return server.wait()
        except KeyboardInterrupt:
            _end(server)
            return 0


def _pass_on_errors(server: subprocess.Popen[bytes]) -> None:
    assert server.stderr is not None
    for line in server.stderr:
        # The one line that no option or level of MLflow's silences.
        if not line.startswith(b"[MLflow] Security middleware enabled"):
            print(line.decode(errors="replace"), end="", file=sys.stderr, flush=True)


def _end(server: subprocess.Popen[bytes]) -> None:
    try:
        # A terminal sends Ctrl-C to the server as well.
        server.wait(timeout=3)
    except subprocess.TimeoutExpired:
        server.terminate()
        server.wait()


def free_port(first: int) -> int:
    """The first port from `first` on that nobody listens on.

    Raises:
        StoreError: twenty in a row are taken.
    """
    for port in range(first, min(first + 20, 65536)):
        with closing(socket.socket()) as probe:
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return port
    raise StoreError(f"no port from {first} on is free; name another one")


def _command(places: Places, *, port: int) -> list[str]:
    database = f"sqlite:///{places.database.resolve().as_posix()}"
    options = ["--backend-store-uri", database, "--registry-store-uri", database]
    options += ["--artifacts-destination", str(places.artifacts.resolve())]
    options += ["--host", HOST, "--port", str(port), "--workers", "1"]
    options += ["--uvicorn-opts", "--log-level warning"]
    return [sys.executable, "-m", "mlflow", "server", *options]


def _environment() -> dict[str, str]:
    given = filter(None, [os.environ.get("PYTHONWARNINGS")])
    return {
        **os.environ,
        "MLFLOW_DISABLE_TELEMETRY": "true",
        "DO_NOT_TRACK": "true",
        "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        "PYTHONWARNINGS": ",".join([*given, "ignore:starlette.middleware.wsgi is deprecated"]),
    }
