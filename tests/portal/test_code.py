"""Codes are kept, and the store does not hold them."""

from pathlib import Path

from tests.portal.house import house
from trigate.portal.code import KIND, Code, keep_code, read_code

CODE = Code(
    login="l", client="c", title="t", redirect="r", challenge="x", resource="m", scope="s", user="u", how="password",
    key="", servers=("*",), organisation="", known=True, made=1,
)  # fmt: skip


async def test_a_code_is_found_by_its_secret_alone(tmp_path: Path):
    async with house(tmp_path) as built:
        secret = await keep_code(built.office.archive, CODE)
        slip = await built.office.archive.find(KIND, secret)
        assert slip is not None
        assert read_code(slip.body) == CODE
        assert secret.encode() not in slip.body
