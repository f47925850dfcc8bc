import pytest

from harness.errors import InputError
from harness.findings import compare
from harness.report import csv, html, markdown, write, write_comparison


def test_each_format_is_written_under_the_studys_name(armed, provenance, tmp_path):
    folder = tmp_path / "reports"
    paths = write(armed, provenance, folder, ["html", "md", "csv"])
    assert [path.name for path in paths] == ["first.html", "first.md", "first.csv"]
    made = [html(armed, provenance), markdown(armed, provenance), csv(armed)]
    assert [path.read_text(encoding="utf-8") for path in paths] == made


def test_an_old_report_is_replaced_and_nothing_else_is_left(armed, provenance, tmp_path):
    (tmp_path / "first.md").write_text("old")
    write(armed, provenance, tmp_path, ["md", "md"])
    assert [path.name for path in tmp_path.iterdir()] == ["first.md"]
    assert (tmp_path / "first.md").read_text(encoding="utf-8") != "old"


def test_unknown_formats_are_all_named_and_nothing_is_written(armed, provenance, tmp_path):
    pair = compare(armed, armed)
    rule = "format must be one of html, md, csv, got doc\nformat must be .*, got rtf"
    with pytest.raises(InputError, match=rule):
        write(armed, provenance, tmp_path / "reports", ["html", "doc", "rtf"])
    with pytest.raises(InputError, match="got doc"):
        write_comparison(pair, provenance, provenance, tmp_path / "reports", ["doc"])
    assert not (tmp_path / "reports").exists()


def test_a_comparison_is_named_after_both_studies(armed, searched, provenance, tmp_path):
    args = (compare(searched, armed), provenance, provenance, tmp_path)
    paths = write_comparison(*args, ["html", "md", "csv"])
    names = [f"digits-beside-first.{ending}" for ending in ("html", "md", "csv")]
    assert [path.name for path in paths] == names


def test_a_file_that_cannot_be_replaced_is_named_as_the_reader_knows_it(
    armed, provenance, tmp_path
):
    (tmp_path / "first.html").mkdir()
    with pytest.raises(OSError, match=r"first\.html") as caught:
        write(armed, provenance, tmp_path, ["html"])
    assert caught.value.filename == str(tmp_path / "first.html")
    assert [path.name for path in tmp_path.iterdir()] == ["first.html"]
