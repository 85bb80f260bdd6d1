"""Store lists come from files: read whole or not at all, the same file twice changes nothing."""

import gzip
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from stores.csvfiles import BadFile
from stores.errors import Refusal
from stores.models import Region, Store, StoreKind
from stores.storefiles import import_stores

pytestmark = pytest.mark.django_db

HEADER = "store_code,store_name,store_kind,region"
THREE = f"{HEADER}\nS1,静安寺店,mall,华东\nS2,徐家汇店,street,华东\nS3,国贸店,hub,华北\n"


def written(folder: Path, text: str | bytes, name: str = "stores.csv") -> Path:
    path = folder / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def table() -> list[tuple]:
    return list(Store.objects.order_by("code").values_list())


def test_a_list_creates_stores_and_their_regions(tmp_path):
    done = import_stores(written(tmp_path, THREE))
    assert (done.created, done.changed, done.unchanged, done.regions_created, done.rejected) == (3, 0, 0, 2, [])
    store = Store.objects.get(code="S1")
    assert (store.name, store.kind, store.region.name, store.time_zone) == (
        "静安寺店",
        StoreKind.MALL,
        "华东",
        "Asia/Shanghai",
    )
    assert all(region.path == f"/{region.pk}/" for region in Region.objects.all())


def test_the_same_file_again_changes_nothing(tmp_path):
    path = written(tmp_path, THREE)
    import_stores(path)
    before = table()
    done = import_stores(path)
    assert (done.created, done.changed, done.unchanged, done.regions_created) == (0, 0, 3, 0)
    assert table() == before


def test_a_new_list_changes_only_what_differs(tmp_path):
    import_stores(written(tmp_path, THREE), time_zone="Europe/London")
    done = import_stores(written(tmp_path, THREE.replace("徐家汇店,street", "徐家汇二店,mall")))
    assert (done.created, done.changed, done.unchanged) == (0, 1, 2)
    store = Store.objects.get(code="S2")
    assert (store.name, store.kind, store.time_zone) == ("徐家汇二店", StoreKind.MALL, "Europe/London")


def test_optional_columns_are_read_and_missing_ones_are_left_as_they_are(tmp_path):
    full = f"{HEADER},city,address,latitude,longitude,time_zone,opened_on\n"
    import_stores(written(tmp_path, full + "S1,静安寺店,mall,华东,上海,南京西路 1 号,31.22,121.44,,2020-05-01\n"))
    import_stores(written(tmp_path, f"{HEADER}\nS1,静安寺店,mall,华东\n"))
    store = Store.objects.get()
    assert (store.city, store.address, store.latitude, store.longitude) == ("上海", "南京西路 1 号", 31.22, 121.44)
    assert store.opened_on.isoformat() == "2020-05-01"


@pytest.mark.parametrize(
    ("row", "code"),
    [
        ("S9,店,kiosk,华东", "unknown_store_kind"),
        (",店,mall,华东", "store_code_missing"),
        ("S9,,mall,华东", "store_name_missing"),
        ("S9,店,mall,", "region_missing"),
        ("S9,店,mall", "wrong_column_count"),
        ("S1,静安寺店,mall,华东", "store_code_twice"),
    ],
)
def test_a_bad_row_is_left_out_with_its_line_and_reason(tmp_path, row, code):
    done = import_stores(written(tmp_path, f"{THREE}{row}\nS5,五角场店,mall,华东\n"))
    assert [(one.line, one.code) for one in done.rejected] == [(5, code)]
    assert done.rejected[0].sentence
    assert sorted(Store.objects.values_list("code", flat=True)) == ["S1", "S2", "S3", "S5"]


@pytest.mark.parametrize(
    ("column", "value", "code"),
    [
        ("latitude", "91", "bad_position"),
        ("longitude", "1e3", "bad_position"),
        ("longitude", "nan", "bad_position"),
        ("time_zone", "Mars/Olympus", "unknown_time_zone"),
        ("opened_on", "2026-02-30", "bad_opening_day"),
        ("city", "长" * 61, "text_too_long"),
    ],
)
def test_a_bad_optional_value_is_left_out_too(tmp_path, column, value, code):
    done = import_stores(written(tmp_path, f"{HEADER},{column}\nS1,静安寺店,mall,华东,{value}\n"))
    assert [(one.line, one.code) for one in done.rejected] == [(2, code)]
    assert not Store.objects.exists()


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "file_empty"),
        (HEADER.encode() + b"\n", "file_no_rows"),
        (b"code,name\nS1,x\n", "columns_missing"),
        (HEADER.encode() + b",colour\nS1,x,mall,y,red\n", "columns_unknown"),
        (THREE.encode("gb18030"), "file_not_utf8"),
        (THREE.encode("utf-16"), "file_not_utf8"),
        (THREE.encode() + b"S4,\0,mall,x\n", "file_nul"),
        (gzip.compress(THREE.encode())[:-9], "file_damaged"),
        (b"PK\x03\x04 a workbook", "file_workbook"),
        (THREE.encode() + b'S4,"open,mall,x\n', "file_quotes"),
    ],
)
def test_a_broken_file_is_refused_whole_and_changes_nothing(tmp_path, content, code):
    with pytest.raises(BadFile) as refused:
        import_stores(written(tmp_path, content))
    assert refused.value.code == code
    assert "%(" not in str(refused.value)
    assert not Store.objects.exists()
    assert not Region.objects.exists()


def test_an_unknown_time_zone_is_refused(tmp_path):
    with pytest.raises(Refusal):
        import_stores(written(tmp_path, THREE), time_zone="Mars/Olympus")
    assert not Store.objects.exists()


def test_the_command_says_what_it_did_and_refuses_a_folder_in_one_sentence(tmp_path, capsys):
    call_command("import_stores", str(written(tmp_path, THREE + "S4,店,kiosk,华东\n")))
    said = capsys.readouterr().out
    assert "3" in said
    assert "5" in said
    with pytest.raises(CommandError) as refused:
        call_command("import_stores", str(tmp_path))
    assert str(tmp_path) in str(refused.value)
