"""A call that waits, as one row."""

from trigate.store.approval import Approval


def test_a_row_says_nothing_that_was_not_given() -> None:
    row = Approval(
        id="a",
        time=1,
        expires=2,
        state="pending",
        digest=b"d",
        rule="r",
        request="q",
        action="x",
        resource="y",
        key="k",
    )
    assert (row.user, row.decided, row.decided_by, row.comment, row.sealed) == ("", 0, "", "", b"")
