from __future__ import annotations

from jettison.records import Part, Weight
from jettison.report.drawings.bars import single, stacked
from jettison.report.drawings.latency import distributions, thinned
from jettison.report.drawings.svg import element, percent

from .pages import parsed


def weight(name: str, base: int, python: int) -> Weight:
    return Weight(
        name=name,
        parts=(
            Part(name="base", group="base", pulled_bytes=base // 2, unpacked_bytes=base, known="table"),
            Part(name="torch", group="python", pulled_bytes=None, unpacked_bytes=python, known="weighed"),
        ),
    )


def test_an_element_escapes_text_attributes_and_title() -> None:
    made = element("text", "a<b", title='"&"', class_="x", stroke_width=1.5, y=2.0)
    assert made == '<text class="x" stroke-width="1.5" y="2"><title>&quot;&amp;&quot;</title>a&lt;b</text>'
    assert element("line", x1=percent(0.12345)) == '<line x1="12.35%"/>'


def test_a_step_is_stacked_by_group_with_its_pulled_bytes_below_and_a_ghost_of_what_it_lost() -> None:
    assert stacked(weight("CPU torch", 2000, 1000), widest=10_000, before=weight("as found", 2000, 8000)) == (
        '<svg role="img" width="100%" height="29"><title>CPU torch: 3.00 kB unpacked, 1.00 kB pulled</title>'
        '<rect class="g-base unpacked" x="0%" width="20%" y="0" height="20">'
        "<title>base image: 2.00 kB unpacked</title></rect>"
        '<rect class="g-python unpacked" x="20%" width="10%" y="0" height="20">'
        "<title>Python packages: 1.00 kB unpacked</title></rect>"
        '<rect class="g-base pulled" x="0%" width="10%" y="23" height="6">'
        "<title>base image: 1.00 kB pulled</title></rect>"
        '<rect class="ghost" x="30%" width="70%" y="0.5" height="19">'
        "<title>7.00 kB less than as found</title></rect></svg>"
    )


def test_a_step_that_took_nothing_away_has_no_ghost() -> None:
    assert "ghost" not in stacked(weight("b", 10, 10), widest=100, before=weight("a", 10, 9))


def test_a_figure_is_a_bar_with_its_raw_samples_as_dots() -> None:
    assert single(50, widest=200, side="now", title="x", samples=(40, 50)) == (
        '<svg role="img" width="100%" height="14"><title>x</title>'
        '<rect class="now" x="0" y="0" width="25%" height="14" rx="2"/>'
        '<circle class="dot" cx="20%" cy="7" r="2"/><circle class="dot" cx="25%" cy="7" r="2"/></svg>'
    )


def test_samples_are_thinned_evenly_and_only_when_there_are_too_many() -> None:
    assert thinned([5, 6, 7], most=3) == [(0, 5), (1, 6), (2, 7)]
    assert thinned(list(range(10)), most=4) == [(0, 0), (2, 2), (5, 5), (7, 7)]
    assert thinned([]) == []


def test_both_distributions_stand_on_one_logarithmic_axis() -> None:
    # From 0.01 / 1.15 to 0.1 * 1.15 the axis has 1.1214 decades; 0.01 lies 0.0607 of one from its left end.
    tree = parsed(distributions([0.1] * 5, [0.01] * 3).encode())
    medians = [one.attributes["x1"] for one in tree.all("line") if one.attributes["class"] == "median"]
    assert medians == ["94.59%", "5.41%"]
    assert [one.text for one in tree.all("text")] == ["10 ms", "20 ms", "50 ms", "100 ms"]
    assert tree.all("title")[0].text == (
        "Latency of original: median 100 ms of 5 requests and now: median 10.0 ms of 3 requests, on a logarithmic axis"
    )
    assert len(tree.all("circle")) == 8
