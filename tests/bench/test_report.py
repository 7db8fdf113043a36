"""The table of docs/performance.md."""

from bench.report import BEGIN, END, PAGE, with_table
from bench.runner import Result, as_kept

RUN = as_kept(
    Result("full run", 2.0, "s", "floor", 0.5, ratio_bar=5.0, ratio_aim=2.0), machine="a machine", commit="abc1234"
)
SIZE = as_kept(Result("snapshot", 360.0, "bytes", "values", 56.0, bar=350.0), machine="another", commit="abc1234")


def test_the_page_has_a_table_for_each_machine():
    page = with_table(f"before\n{BEGIN}old\n{END}after\n", [RUN, SIZE])
    assert page.startswith(f"before\n{BEGIN}\na machine:\n\n| what |")
    assert "| full run | 2 s | floor | 0.5 s | 4 | 5 × | 2 × | kept | abc1234 |\n" in page
    assert "another:\n" in page
    assert "| snapshot | 360 bytes | values | 56 bytes | 6.429 | 350 |  | MISSED | abc1234 |\n" in page
    assert page.endswith(f"{END}after\n")
    assert "old" not in page


def test_writing_the_table_twice_changes_nothing():
    page = PAGE.read_text()
    assert with_table(with_table(page, [RUN]), [RUN]) == with_table(page, [RUN])
    assert BEGIN in page
