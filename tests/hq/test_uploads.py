"""Small tables brought in by file: CSV alone, bounded in rows and bytes; nothing is written of what is too large."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from members.models import Tag, TagGroup
from stores import policy
from stores.admin import uploads
from tests.makers import make_admin
from tests.stores.test_workbooks import workbook

pytestmark = pytest.mark.django_db
IMPORT = "admin:members_tag_import"


@pytest.fixture(autouse=True)
def _settings_read_anew():
    policy.forget()
    yield
    policy.forget()


@pytest.fixture
def browser():
    """A browser of an administrator."""
    TagGroup.objects.create(name="产地偏好")
    found = Client()
    found.force_login(make_admin())
    return found


def tags() -> int:
    """How many tags the group has."""
    return Tag.objects.filter(group__name="产地偏好").count()


def upload(browser: Client, rows: int, *, name: str = "甜", fmt: str = "0"):
    lines = ["group,name,is_active,position", *(f"产地偏好,{name}{row},1,1" for row in range(rows))]
    file = SimpleUploadedFile("tags.csv", "\n".join(lines).encode())
    return browser.post(reverse(IMPORT), {"import_file": file, "format": fmt})


def test_a_file_with_too_many_rows_is_refused_before_it_is_read(browser):
    policy.change("uploads.most_rows", 20, by=None)
    answer = upload(browser, 22)
    assert "import_file" in answer.context["form"].errors
    assert answer.context.get("result") is None
    assert tags() == 0
    assert upload(browser, 20).context["result"].totals["new"] == 20  # control


def test_a_file_with_too_many_bytes_is_refused(browser, monkeypatch):
    monkeypatch.setattr(uploads, "MOST_BYTES", 1000)
    assert "import_file" in upload(browser, 3, name="甜" * 300).context["form"].errors
    assert upload(browser, 3).context["result"].totals["new"] == 3  # control


@pytest.mark.parametrize("fmt", ["1", "2", "5", "x", "-1"])
def test_nothing_but_csv_is_taken(browser, fmt):
    answer = upload(browser, 3, fmt=fmt)
    assert answer.status_code == 200
    assert answer.context.get("result") is None
    assert tags() == 0


@pytest.mark.parametrize("name", ["../../etc/passwd", "passwd", "0" * 32 + ".table", "", "../imports/x.new"])
def test_the_second_step_reads_no_file_that_somebody_names(browser, name, settings, tmp_path):
    """The page after the preview names the file, as anybody could."""
    (tmp_path / "passwd").write_text("group,name,is_active,position\n产地偏好,甜,1,1\n")
    settings.MEDIA_ROOT = tmp_path / "media"
    form = {"import_file_name": name, "original_file_name": "x.csv", "format": "0", "resource": ""}
    answer = browser.post(reverse("admin:members_tag_process_import"), form)
    assert answer.status_code in (200, 302, 400)
    assert tags() == 0


def test_the_second_step_brings_in_what_was_looked_at_and_keeps_no_file(browser, settings, tmp_path):
    """Control."""
    settings.MEDIA_ROOT = tmp_path
    confirm = upload(browser, 3).context["confirm_form"].initial
    assert browser.post(reverse("admin:members_tag_process_import"), confirm).status_code == 302
    assert tags() == 3
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_workbook_is_read_as_its_first_sheet_within_the_same_limits(browser):
    titles = ["group", "name", "is_active", "position"]
    content = workbook(titles, ["产地偏好", "甜0", 1, 1], ["产地偏好", "甜1", True, 2], 说明=[["不读"]])
    file = SimpleUploadedFile("tags.xlsx", content)
    answer = browser.post(reverse(IMPORT), {"import_file": file, "format": "0"})
    assert answer.context["result"].totals["new"] == 2
    assert browser.post(reverse("admin:members_tag_process_import"), answer.context["confirm_form"].initial)
    assert tags() == 2
    policy.change("uploads.most_rows", 20, by=None)
    for content, sign in ((workbook(titles, *[["产地偏好", "甜", 1, 1]] * 30), "20"), (b"PK\x03\x04 no", "xlsx")):
        answer = browser.post(reverse(IMPORT), {"import_file": SimpleUploadedFile("t.xlsx", content), "format": "0"})
        assert sign in str(answer.context["form"].errors["import_file"])
    assert tags() == 2
