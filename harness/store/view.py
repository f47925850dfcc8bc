"""The saved view that an experiment's page opens with.

MLflow 3.17 keeps a shared view as a tag of the experiment: JSON around a compressed JSON of
the page's own state. The format is internal, so MLflow is pinned and a test holds it.
"""

import base64
import json
import zlib
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from harness.judge import Kind

VIEWS = ("verdicts", "runs")
_BY_VERDICT = {
    "runsHiddenMode": "SHOW_ALL",
    "groupBy": {
        "aggregateFunction": "average",
        "groupByKeys": [{"mode": "tag", "groupByData": "verdict"}],
    },
    "groupsExpanded": {f"tag.verdict.{kind.value}": False for kind in Kind},
}
_BEST_FIRST = {
    "orderByKey": "metrics.`validation_loss_end`",
    "orderByAsc": True,
    "runsHiddenMode": "FIRST_10_RUNS",
    "groupBy": None,
}
FIGURES = ("validation_loss_end", "gap", "rise")


def verdicts_page(experiment: int) -> str:
    """The address of a study's charts within MLflow's server."""
    return f"{_page(experiment)}&viewStateShareKey=verdicts&compareRunsMode=CHART"


def runs_page(experiment: int) -> str:
    """The address of a study's table of runs within MLflow's server."""
    return f"{_page(experiment)}&viewStateShareKey=runs"


def loss_page(experiment: int, run: str) -> str:
    """The address of one run's train and validation loss on one chart."""
    values = {
        "runs": _quoted([run]),
        "metric": _quoted("loss/train"),
        "experiments": _quoted([str(experiment)]),
        "plot_metric_keys": _quoted(["loss/train", "loss/validation"]),
        "plot_layout": _quoted({"autosize": True, "xaxis": {}, "yaxis": {}}),
        "x_axis": "step",
        "y_axis_scale": "linear",
        "line_smoothness": "1",
        "show_point": "false",
        "deselected_curves": _quoted([]),
        "last_linear_y_axis_range": _quoted([]),
        "workflowType": "machine_learning",
    }
    return "#/metric?" + "&".join(f"{name}={value}" for name, value in values.items())


def _quoted(value: object) -> str:
    return quote(json.dumps(value, separators=(",", ":")))


def _page(experiment: int) -> str:
    # Without the workflow MLflow opens its pages for language models.
    return f"#/experiments/{experiment}/runs?workflowType=machine_learning"


def view_key(view: str) -> str:
    """The experiment tag that holds one of `VIEWS`."""
    return f"mlflow.sharedViewState.{view}"


def view_tag(
    view: str, *, edition: str, knobs: Sequence[str], metrics: Sequence[str], now_ms: int
) -> str:
    """The value of one view's tag.

    "verdicts" is a page of charts: the runs of each verdict with the mean of their curves;
    "runs" a table with a row for every run, the best first. Both leave out the runs of other
    editions.

    Args:
        view: one of `VIEWS`.
        edition: the one whose runs are shown.
        knobs: params to show beside the verdicts, the ones that differ between runs.
        metrics: keys of all metrics; MLflow draws each that no chart of the view names.
        now_ms: milliseconds since 1970.
    """
    state = {
        **_columns(knobs),
        **_charts(metrics),
        **(_BY_VERDICT if view == "verdicts" else _BEST_FIRST),
        "searchFilter": f"tags.kind = 'run' AND tags.edition = '{edition}'",
        "useGroupedValuesInCharts": True,
        "hideEmptyCharts": True,
        # Our sections stay in our order.
        "isAccordionReordered": True,
        "globalLineChartConfig": {"xAxisKey": "step", "lineSmoothness": 0},
    }
    packed = base64.b64encode(zlib.compress(json.dumps(state).encode())).decode()
    about = {"name": view, "createdAt": now_ms, "updatedAt": now_ms}
    return json.dumps({**about, "state": f"deflate;{packed}"})


def state_of(tag: str | None) -> str:
    """The packed state within a view's tag, by which two are compared; "" for no tag."""
    return "" if tag is None else json.loads(tag)["state"]


def _columns(knobs: Sequence[str]) -> dict[str, Any]:
    tags = [f"tags.`{name}`" for name in ("fit", "verdict", "why", "arm")]
    params = [f"params.`{name}`" for name in knobs]
    figures = [f"metrics.`{name}`" for name in FIGURES]
    columns = [*tags, *params, *figures]
    widths = {"tags.`fit`": 90, "tags.`verdict`": 140, "tags.`why`": 420}
    return {"selectedColumns": columns, "columnOrder": columns, "columnWidths": widths}


def _charts(metrics: Sequence[str]) -> dict[str, Any]:
    groups = sorted({key.split("/")[0] for key in metrics if "/" in key}, key="loss".__ne__)
    charts = [_lines(group) for group in groups]
    charts += [_bars(name) for name in ("gap", "rise")]
    drawn = {chart["metricKey"] for chart in charts}
    charts += [{**_bars(key), "deleted": True} for key in metrics if key not in drawn]
    sections = [
        _section("curves", title="Curves: train solid, validation dashed"),
        _section("ends", title="At the last epoch"),
    ]
    return {"compareRunCharts": charts, "compareRunSections": sections}


def _lines(group: str) -> dict[str, Any]:
    # MLflow draws the first key solid, the second dashed.
    keys = [f"{group}/train", f"{group}/validation"]
    return {
        **_card("LINE", name=group, section="curves", title=_TITLES.get(group, group)),
        "metricKey": keys[0],
        "selectedMetricKeys": keys,
        "lineSmoothness": 0,
        "xAxisScaleType": "linear",
        "scaleType": "linear",
        "range": {},
        "xAxisKey": "step",
        "selectedXAxisMetricKey": "",
        "yAxisKey": "metric",
        "yAxisExpressions": [],
        "ignoreOutliers": False,
        "useGlobalXaxisKey": True,
        "useGlobalLineSmoothing": True,
    }


def _bars(metric: str) -> dict[str, Any]:
    return {
        **_card("BAR", name=metric, section="ends", title=_TITLES.get(metric, metric)),
        "metricKey": metric,
    }


def _card(kind: str, *, name: str, section: str, title: str) -> dict[str, Any]:
    return {
        "type": kind,
        "uuid": f"harness-{name}",
        "runsCountToCompare": 10,
        "metricSectionId": f"harness-{section}",
        "deleted": False,
        "isGenerated": False,
        "displayName": title,
    }


_TITLES = {
    "loss": "Loss",
    "accuracy": "Accuracy",
    "r2": "R²",
    "gap": "Gap: validation loss minus train loss",
    "rise": "Rise: validation loss above its minimum",
}


def _section(name: str, *, title: str) -> dict[str, Any]:
    return {
        "uuid": f"harness-{name}",
        "name": title,
        "display": True,
        "isReordered": True,
        "deleted": False,
        "isGenerated": False,
    }
