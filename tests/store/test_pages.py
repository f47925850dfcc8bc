import base64
import json
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
import zlib

import pytest
from mlflow import MlflowClient

from harness.errors import StoreError
from harness.store import Store, page_url, read_outline, serve
from harness.store.pages import free_port


def tags_of(root):
    client = MlflowClient(f"sqlite:///{root.as_posix()}/mlflow.db")
    tags = client.get_experiment_by_name("digits").tags
    client._tracking_client.store.engine.dispose()
    return tags


def view_of(tags, name):
    about = json.loads(tags[f"mlflow.sharedViewState.{name}"])
    assert about["name"] == name
    return json.loads(zlib.decompress(base64.b64decode(about["state"].removeprefix("deflate;"))))


@pytest.fixture
def tags(root, store, make_run):
    store.write([make_run(number=n, units=n + 1) for n in range(2)], edition="a")
    store.describe(question="How much is too much?", edition="a")
    return tags_of(root)


def test_the_page_opens_on_the_curves_of_each_verdict(tags):
    view = view_of(tags, "verdicts")
    assert view["groupBy"]["groupByKeys"] == [{"mode": "tag", "groupByData": "verdict"}]
    loss, accuracy = (chart for chart in view["compareRunCharts"] if chart["type"] == "LINE")
    assert loss["selectedMetricKeys"] == ["loss/train", "loss/validation"]
    assert accuracy["selectedMetricKeys"] == ["accuracy/train", "accuracy/validation"]


def test_the_table_shows_verdicts_and_only_the_knobs_that_differ(tags):
    columns = view_of(tags, "runs")["selectedColumns"]
    assert columns[:3] == ["tags.`fit`", "tags.`verdict`", "tags.`why`"]
    assert [name for name in columns if name.startswith("params")] == ["params.`units`"]


def test_the_note_asks_the_question_and_leads_to_the_views(tags):
    note = tags["mlflow.note.content"]
    assert note.startswith("**How much is too much?**\n\n")
    assert "viewStateShareKey=verdicts" in note
    assert "viewStateShareKey=runs" in note


def test_both_views_show_the_edition_that_was_conducted_last(root, store, make_run):
    for edition, units in (("a", 2), ("b", 3)):
        store.write([make_run(number=n, units=units, epochs=60) for n in range(2)], edition=edition)
        store.describe(question="How much?", edition=edition)
        assert filters(root) == [f"tags.kind = 'run' AND tags.edition = '{edition}'"] * 2
    store.describe(question="How much?", edition="a")
    assert filters(root) == ["tags.kind = 'run' AND tags.edition = 'a'"] * 2


def filters(root):
    tags = tags_of(root)
    return [view_of(tags, name)["searchFilter"] for name in ("verdicts", "runs")]


def test_the_views_find_the_runs_of_one_edition_and_not_the_run_named_study(root, store, make_run):
    store.write([make_run(number=n) for n in range(2)], edition="a")
    store.write([make_run(number=n, units=3) for n in range(3)], edition="b")
    client = MlflowClient(f"sqlite:///{root.as_posix()}/mlflow.db")
    number = client.get_experiment_by_name("digits").experiment_id
    found = client.search_runs([number], filter_string=filters(root)[0])
    client._tracking_client.store.engine.dispose()
    assert sorted(run.info.run_name for run in found) == ["0000/s0", "0001/s0", "0002/s0"]
    assert {run.data.tags["edition"] for run in found} == {"b"}


def test_knobs_that_differ_only_between_editions_are_no_columns(root, store, make_run):
    store.write([make_run(number=n, units=n + 1) for n in range(2)], edition="a")
    store.write([make_run(number=n, batch=n + 1) for n in range(2)], edition="b")
    columns = view_of(tags_of(root), "runs")["selectedColumns"]
    assert [name for name in columns if name.startswith("params")] == ["params.`batch`"]


def test_the_note_counts_the_runs_of_other_editions(root, store, make_run):
    store.write([make_run(number=n) for n in range(2)], edition="a")
    store.describe(question="How much?", edition="a")
    assert "other editions" not in tags_of(root)["mlflow.note.content"]
    store.write([make_run()], edition="b")
    store.describe(question="How much?", edition="b")
    assert "2 runs of other editions" in tags_of(root)["mlflow.note.content"]
    assert store.others("b") == 2
    assert read_outline(root, study="digits", edition="a").others == 1


def test_a_page_that_shows_the_edition_already_is_left_alone(root, store, make_run):
    store.write([make_run()], edition="a")
    store.describe(question="How much?", edition="a")
    before = tags_of(root)
    store.describe(question="How much?", edition="a")
    assert tags_of(root) == before


def test_a_page_is_addressed_in_the_mode_for_model_training(root, store):
    url = page_url(root, "digits", 5000)
    assert url.startswith("http://127.0.0.1:5000/#/experiments/")
    assert "workflowType=machine_learning" in url
    assert "viewStateShareKey=verdicts&compareRunsMode=CHART" in url


def test_an_unknown_study_opens_the_list_of_all(root):
    wanted = "http://127.0.0.1:5000/#/experiments?workflowType=machine_learning"
    assert page_url(root, None, 5000) == page_url(root, "unheard-of", 5000) == wanted


@pytest.mark.enable_socket
def test_a_taken_port_is_passed_over():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert port < free_port(port) < port + 20


@pytest.mark.enable_socket
def test_no_free_port_is_one_clear_line():
    with pytest.raises(StoreError, match="no port from 65536 on is free; name another one"):
        free_port(65536)


@pytest.mark.long
@pytest.mark.enable_socket
@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent otherwise there")
def test_the_server_shows_the_store_and_ends_without_a_traceback(root, make_run):
    with Store.open(root, study="digits") as store:
        store.write([make_run()], edition="a")
    code = (
        "import sys, pathlib\n"
        "from harness.store import serve\n"
        "sys.exit(serve(pathlib.Path(sys.argv[1]), port=5400, study='digits'))\n"
    )
    command = [sys.executable, "-c", code, str(root)]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, **pipes) as server:
        try:
            first, url = server.stdout.readline(), server.stdout.readline()
            base = url.split("/#")[0]
            query = f"{base}/api/2.0/mlflow/experiments/get-by-name?experiment_name=digits"
            with answered(query, server) as answer:
                assert json.load(answer)["experiment"]["name"] == "digits"
        finally:
            server.send_signal(signal.SIGINT)
        rest = server.stdout.read()
    assert server.returncode == 0
    assert first == "MLflow opens in a few seconds; Ctrl-C ends it\n"
    assert url.startswith("http://127.0.0.1:54")
    assert rest == ""


def answered(query, server):
    """The answer of a server that takes a moment to start."""
    deadline = time.monotonic() + 60
    while True:
        try:
            return urllib.request.urlopen(query, timeout=30)
        except urllib.error.URLError:
            assert server.poll() is None
            assert time.monotonic() < deadline
            threading.Event().wait(0.2)


@pytest.mark.long
@pytest.mark.enable_socket
def test_a_server_that_cannot_start_says_why(root, capfd, monkeypatch):
    # Another process takes the port between the look and the start.
    monkeypatch.setattr("harness.store.pages.free_port", lambda port: port)
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        before = signal.getsignal(signal.SIGTERM)
        serve(root, port=taken.getsockname()[1])
        signal.signal(signal.SIGTERM, before)
    assert "address already in use" in capfd.readouterr().err
