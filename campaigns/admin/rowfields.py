"""A form field of several rows with the same columns, such as steps of a reduction; blank rows are left out."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django import forms
from django.template.loader import render_to_string
from django.utils.translation import gettext_lazy as _
from unfold.widgets import BASE_INPUT_CLASSES, SELECT_CLASSES

BLANK_ROWS = 2
Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """One column: its name in the rows, its label, and the field that checks a value of it."""

    name: str
    label: Any
    field: forms.Field
    wide: bool = False

    @property
    def choices(self) -> Sequence[tuple[Any, Any]]:
        """What a column of choices offers; nothing for others."""
        return list(getattr(self.field, "choices", ()))


class RowsWidget(forms.Widget):
    """A table of inputs with two blank rows at its end, and a button for more."""

    template_name = "campaigns/hq/promotions/_rows.html"
    columns: Sequence[Column] = ()

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        """The rows to show and the classes of the theme."""
        rows = list(value or [])
        cells = [[(column, row.get(column.name)) for column in self.columns] for row in [*rows, *[{}] * BLANK_ROWS]]
        context = super().get_context(name, value, attrs)
        return context | {
            "rows": cells,
            "columns": self.columns,
            "input_classes": " ".join(BASE_INPUT_CLASSES),
            "select_classes": " ".join(SELECT_CLASSES),
        }

    def _render(self, template_name: str, context: Any, renderer: Any = None) -> Any:
        """From the project's templates; forms look only into those of apps."""
        return render_to_string(template_name, context)

    def value_from_datadict(self, data: Any, files: Any, name: str) -> list[Row]:
        """The rows as texts, blank ones left out; each column comes as a list of its own."""
        lists = [data.getlist(f"{name}-{column.name}") for column in self.columns]
        names = [column.name for column in self.columns]
        rows = [dict(zip(names, values, strict=True)) for values in zip(*lists, strict=False)]
        return [row for row in rows if any(text.strip() for text in row.values())]

    def value_omitted_from_data(self, data: Any, files: Any, name: str) -> bool:
        """Whether the form did not have it."""
        return not any(f"{name}-{column.name}" in data for column in self.columns)


class RowsField(forms.Field):
    """Cleans to a list of rows by column name; a wrong value is named with its row."""

    widget = RowsWidget

    def __init__(self, columns: Sequence[Column], **kwargs: Any) -> None:
        kwargs.setdefault("required", False)
        super().__init__(**kwargs)
        self.columns = columns
        self.widget.columns = columns

    def __deepcopy__(self, memo: Any) -> "RowsField":
        """A field of its own for each form; columns are shared."""
        made = super().__deepcopy__(memo)
        made.widget.columns = self.columns
        return made

    def clean(self, value: Any) -> list[Row]:
        """The rows with clean values. Raises ValidationError with all that is wrong."""
        rows, wrong = [], []
        for nth, row in enumerate(value or [], start=1):
            cleaned: Row = {}
            for column in self.columns:
                try:
                    cleaned[column.name] = column.field.clean(row.get(column.name))
                except forms.ValidationError as error:
                    words = {"row": nth, "column": column.label, "why": " ".join(error.messages)}
                    wrong.append(_("Row %(row)s, %(column)s: %(why)s") % words)
            rows.append(cleaned)
        if wrong:
            raise forms.ValidationError(wrong)
        return rows

    def has_changed(self, initial: Any, data: Any) -> bool:
        """Whether any cell is another than before."""
        return [*map(_texts, initial or [])] != [*map(_texts, data or [])]


def _texts(row: Mapping[str, Any]) -> dict[str, str]:
    return {name: "" if value in (None, "") else str(value) for name, value in row.items()}


def money_column(name: str, label: Any, *, required: bool = True) -> Column:
    """A column of yuan."""
    field = forms.DecimalField(min_value=Decimal(0), max_digits=9, decimal_places=2, required=required)
    return Column(name, label, field)


def count_column(name: str, label: Any, *, most: int = 100_000) -> Column:
    """A column of whole numbers from 1."""
    return Column(name, label, forms.IntegerField(min_value=1, max_value=most))


def text_column(name: str, label: Any, *, required: bool = True, wide: bool = True) -> Column:
    """A column of short texts."""
    return Column(name, label, forms.CharField(max_length=200, required=required), wide)
