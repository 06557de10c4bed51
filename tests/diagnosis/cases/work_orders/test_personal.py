"""No VIN, name or number of a person stands in the database."""

from pathlib import Path

import pytest

from tests.diagnosis.cases.work_orders.importing import GOOD, HEADER, bring_in, kept
from tingzhen.diagnosis.cases import open_cases
from tingzhen.diagnosis.cases.work_orders import installation_secret
from tingzhen.diagnosis.cases.work_orders.personal import HIDDEN, vehicle_key, without_personal


@pytest.mark.parametrize(
    ("text", "without"),
    [
        ("车架号LSVAA4187E2184841异响", "车架号[…]异响"),
        ("请回电13800138000，谢谢", "请回电[…]，谢谢"),
        ("电话 +86 138-0013-8000", "电话 […]"),
        ("座机010-62345678", "座机[…]"),
        ("京A12345 冷车异响", "[…] 冷车异响"),
        ("沪AD12345充电异响", "[…]充电异响"),
        ("身份证11010519491231002X", "身份证[…]"),
        ("王先生反映刹车响", "[…]反映刹车响"),
        ("mail a.b@example.com please", "mail […] please"),
        ("Mr. Smith hears a knock", "[…] hears a knock"),
        ("行驶 13800 km 后 P0301，转速 1500", "行驶 13800 km 后 P0301，转速 1500"),
        ("GD202501030001 更换皮带 12345678901", "GD202501030001 更换皮带 12345678901"),
    ],
)
def test_what_is_taken_out_of_text(text: str, without: str) -> None:
    assert without_personal(text) == without.replace("[…]", HIDDEN)


def test_nothing_personal_reaches_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    said = GOOD.replace("冷车启动吱吱响", "张女士说冷车启动吱吱响 电话13912345678")
    path.write_text(HEADER + said, encoding="utf-8")
    store = open_cases(f"sqlite:///{tmp_path / 'cases.sqlite3'}")
    bring_in(store, path)
    (case,) = kept(store)
    store.close()
    assert case.complaint == "[…]说冷车启动吱吱响 电话[…]"
    on_disk = b"".join(file.read_bytes() for file in tmp_path.glob("cases.sqlite3*"))
    assert "冷车启动".encode() in on_disk
    for personal in ("LSVAA4187E2184841", "王小明", "13800138000", "张女士", "13912345678"):
        assert personal.encode() not in on_disk


def test_one_vehicle_has_one_key_within_one_installation() -> None:
    key = vehicle_key(" lsvaa4187e2184841 ", b"one")
    assert key == vehicle_key("LSVAA4187E2184841", b"one")
    assert key != vehicle_key("LSVAA4187E2184841", b"two")
    assert key != vehicle_key("LSVAA4187E2184842", b"one")
    # RFC 2104 over SHA-256, by another implementation (openssl dgst -sha256 -hmac one).
    assert key == "4c530c2e47bccc18f71867ebb9c2b3fd"


def test_the_secret_is_made_once_and_for_the_owner_alone(tmp_path: Path) -> None:
    first = installation_secret(tmp_path / "data")
    assert installation_secret(tmp_path / "data") == first
    assert installation_secret(tmp_path / "other") != first
    assert len(first) == 64
    (file,) = (tmp_path / "data").iterdir()
    assert file.stat().st_mode & 0o777 == 0o600
