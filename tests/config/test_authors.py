"""Commands and background work are named in the change history as well."""

import sys

import pytest
from celery import current_app

import manage
from stores import policy, signin
from stores.models import Region, RegionHistory, SettingHistory

pytestmark = pytest.mark.django_db
FILE = "store_code,store_name,store_kind,region\nS1,滨河路店,street,华东\n"


@pytest.mark.django_db(transaction=True)
def test_a_command_is_named(tmp_path, monkeypatch):
    path = tmp_path / "stores.csv"
    path.write_text(FILE, encoding="utf-8")
    monkeypatch.setattr(sys, "argv", ["manage.py", "import_stores", str(path)])
    manage.main()
    assert Region.objects.get().name == "华东"
    assert RegionHistory.objects.first().pgh_context == {"door": "command", "command": "import_stores"}


def test_a_task_is_named():
    @current_app.task(name="tests.change_a_setting")
    def change_a_setting() -> None:
        policy.change(signin.TRIES.name, 7, by=None)

    change_a_setting()
    assert SettingHistory.objects.get().pgh_context == {"door": "task", "task": "tests.change_a_setting"}
    del current_app.tasks["tests.change_a_setting"]
