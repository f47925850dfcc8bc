"""What people type for a study."""

from dataclasses import replace
from pathlib import Path

from harness.conduct.preparing import prepare, study_path, typed_study
from harness.study.files import read_study
from tests.workshop import search_text


def test_what_is_typed_for_a_study_finds_it_again(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for folder in ("studies", "studies/lecture", "elsewhere"):
        Path(folder).mkdir()
        Path(folder, "one.toml").write_text(search_text(), encoding="utf-8")
    typed = {
        folder: typed_study(read_study(Path(folder, "one.toml")))
        for folder in ("studies", "studies/lecture", "elsewhere")
    }
    assert typed == {
        "studies": "one", "studies/lecture": "lecture/one", "elsewhere": "elsewhere/one.toml"
    }  # fmt: skip
    for folder, words in typed.items():
        assert study_path(words) == Path(folder, "one.toml")
        assert prepare(words).study.folder == Path(folder)


def test_a_study_made_in_python_goes_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("studies").mkdir()
    Path("studies", "one.toml").write_text(search_text(), encoding="utf-8")
    made = replace(read_study(Path("studies", "one.toml")), name="made")
    assert typed_study(made) == "made"
