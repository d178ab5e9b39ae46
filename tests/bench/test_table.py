"""The table shows ratios, failures and verdicts, one line each."""

from bench import table
from bench.result import Footprint, Key, Result, Sample


def test_a_row_shows_its_ratios_to_both_peers() -> None:
    found = Result("machine", "method")
    for proxy, figure in (("nginx", 20.0), ("Envoy", 50.0), ("Trigate", 30.0)):
        found.add(Key("bare", False, proxy), Sample(figure, 1000, 500, 900))
    line = next(line for line in table.costs(found).splitlines() if "Trigate" in line)
    assert [cell.strip() for cell in line.split("|")][-3:-1] == ["1.50", "0.60"]


def test_a_failure_stays_on_one_line() -> None:
    found = Result("machine", "method")
    found.fail(Key("bare", False, "nginx"), "answer 502:\n<html>\n| x |")
    found.footprints.append(Footprint("nginx", failure="first\nsecond"))
    lines = [line for line in table.render(found).splitlines() if "nginx |" in line.replace("  ", "")]
    assert "failed: answer 502" in table.costs(found)
    assert all(line.startswith("|") and line.endswith("|") for line in lines)
    assert "\nsecond" not in table.render(found)
    assert "\n<html>" not in table.render(found)
