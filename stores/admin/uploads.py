"""Small tables brought in by file: CSV or .xlsx, and no larger than such a table is (large files: members.imports)."""

import re
import tempfile
import uuid
from pathlib import Path
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import SuspiciousOperation
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.utils.translation import gettext_lazy as _
from import_export.tmp_storages import BaseStorage
from unfold.contrib.import_export.forms import ImportForm

from stores import csvfiles, workbooks
from stores.errors import Refusal
from stores.policy import define

MOST_ROWS = define("uploads.most_rows", 5000, _("Rows of an uploaded table at most"), minimum=1, maximum=100_000)
MOST_BYTES = 4 * 1024 * 1024
LIMITS = csvfiles.Limits(size=8 * MOST_BYTES, ratio_counts_from=csvfiles.MIB)  # of a workbook when unpacked


class TableForm(ImportForm):
    """The file of a small table; what is too large is refused before anything reads it."""

    def clean_import_file(self) -> Any:
        """The file, if it has few enough bytes and lines; a workbook comes out as CSV."""
        file: UploadedFile = self.cleaned_data["import_file"]
        if file is not None and file.size <= MOST_BYTES:
            file = self._as_text(file)
        if file is not None and (file.size > MOST_BYTES or self._lines(file) > MOST_ROWS.value + 1):
            most = {"rows": f"{MOST_ROWS.value:,}", "size": f"{MOST_BYTES // 1024 // 1024} MB"}
            raise forms.ValidationError(_("The file is too large: at most %(rows)s rows and %(size)s.") % most)
        return file

    @staticmethod
    def _as_text(file: UploadedFile) -> UploadedFile:
        """The first sheet of a workbook as CSV; any other file as it is."""
        sign = file.read(len(workbooks.SIGN))
        file.seek(0)
        if sign != workbooks.SIGN:
            return file
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "table.csv"
            try:
                csvfiles.receive(file, path, LIMITS)
            except Refusal as refusal:
                raise forms.ValidationError(str(refusal)) from None
            return SimpleUploadedFile(file.name, path.read_bytes(), content_type="text/csv")

    @staticmethod
    def _lines(file: UploadedFile) -> int:
        count = sum(chunk.count(b"\n") for chunk in file.chunks())
        file.seek(0)
        return count


class UploadFolder(BaseStorage):
    """Where a table waits between its preview and the second step: a folder of the service's own, under a name that
    nobody guesses. Swept after a week with the files of order imports, among which it lies."""

    def save(self, data: Any) -> None:
        """Keep the table."""
        self.name = self.name or f"{uuid.uuid4().hex}.table"
        path = self._path()
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.touch(mode=0o600)
        if isinstance(data, bytes):
            path.write_bytes(data)
        else:
            path.write_text(data, encoding=self.encoding)

    def read(self) -> Any:
        """The table. Raises SuspiciousOperation for a name that none has: the form that names it may be anybody's."""
        try:
            return self._path().read_text(self.encoding) if self.read_mode == "r" else self._path().read_bytes()
        except FileNotFoundError:
            raise SuspiciousOperation("no such table") from None

    def remove(self) -> None:
        """The table is in."""
        self._path().unlink(missing_ok=True)

    def _path(self) -> Path:
        if not re.fullmatch(r"[0-9a-f]{32}\.table", str(self.name)):
            raise SuspiciousOperation("no such table")
        return Path(settings.MEDIA_ROOT) / "imports" / str(self.name)
