"""The run as a picture: one panel per scenario, one bar per proxy."""

from __future__ import annotations

from pathlib import Path

from bench import budget
from bench.result import Result, proxies
from bench.scenario import SCENARIOS, Scenario

_COLOURS = {"nginx": "#9aa5b1", "HAProxy": "#b8c0c8", "Envoy": "#6b7785", budget.OURS: "#d1495b"}


def draw(result: Result, path: Path) -> None:
    """Write a PNG; matplotlib is imported only here, as it takes a second."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    names = {row.key.scenario for row in result.rows.values() if row.samples}
    shown = [scenario for scenario in SCENARIOS if scenario.name in names]
    if not shown:
        return
    figure, panels = pyplot.subplots(1, len(shown), figsize=(3.6 * len(shown), 4.4), squeeze=False)
    for panel, scenario in zip(panels[0], shown, strict=True):
        _panel(panel, scenario, result)
    figure.suptitle("CPU time of all processes of the proxy; solid: plain upstream, hatched: TLS upstream")
    figure.text(0.01, 0.005, result.machine, fontsize=7, color="#666666")
    figure.tight_layout()
    figure.savefig(path, dpi=130)
    pyplot.close(figure)


def _panel(panel: object, scenario: Scenario, result: Result) -> None:
    from matplotlib.axes import Axes

    assert isinstance(panel, Axes)
    names = proxies(result.rows.values())
    for at, proxy in enumerate(names):
        for tls in (False, True):
            value = result.cpu(scenario.name, tls, proxy)
            if value is not None:
                place = at + (0.2 if tls else -0.2)
                colour = _COLOURS.get(proxy, "#edae49")
                panel.bar(place, value, 0.38, color=colour, hatch="//" if tls else None, edgecolor="white")
                panel.text(place, value, f"{value:.0f}", ha="center", va="bottom", fontsize=8)
    panel.set_title(scenario.title, fontsize=9)
    panel.set_ylabel(f"µs per {scenario.unit}", fontsize=8)
    panel.set_xticks(range(len(names)), names, rotation=30, fontsize=8)
    panel.spines[["top", "right"]].set_visible(False)
