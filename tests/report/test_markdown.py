from dataclasses import replace

from harness.findings import find
from harness.report import markdown
from tests.report.made_up import arm_runs, arms_study


def test_the_page_of_a_search_is_as_reviewed(searched, provenance, golden):
    golden("digits.md", markdown(searched, provenance))


def test_the_page_of_arms_is_as_reviewed(armed, provenance, golden):
    golden("first.md", markdown(armed, provenance))


def test_every_row_of_a_table_has_its_heads_cells(searched, armed, provenance):
    for findings in (searched, armed):
        blocks = markdown(findings, provenance).split("\n\n")
        tables = [block.strip().splitlines() for block in blocks if block.strip().startswith("|")]
        assert len(tables) >= 2
        for lines in tables:
            assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_text_from_outside_cannot_break_a_table_or_make_a_tag(provenance):
    study = arms_study(question="Is | <script>one</script>\nbetter?")
    study = replace(study, arms=tuple(replace(a, name=f"{a.name} | x") for a in study.arms))
    text = markdown(find(study, arm_runs(study)), provenance)
    assert text.startswith("# Is \\| &lt;script&gt;one&lt;/script&gt; better?\n")
    assert "| small \\| x" in text
