"""How a text holds its columns: what stands between them, and where the numbers begin."""

import re
from dataclasses import dataclass

COMMENTS = ("#", "%", "//")
_MISSING = re.compile(r"(?i)^(?:nan|na|n/a|null|none|-)?$")
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+(?:[eE][+-]?\d+)?")
_ALIKE, _ALIKE_WITH_WORDS = 2, 4  # lines in a row that must be of one form


@dataclass(frozen=True, slots=True)
class Form:
    """What holds for every line of numbers."""

    delimiter: str | None  # None: blanks
    decimal_comma: bool
    numeric: tuple[bool, ...]  # per column, whether it holds numbers
    first_line: int  # lines before it are the head
    trailing: bool  # lines end with a delimiter behind which nothing comes

    def fields(self, line: str) -> list[str]:
        """The fields of a line."""
        parts = [part.strip().strip('"') for part in line.split(self.delimiter)]
        return parts[:-1] if self.trailing and not parts[-1] else parts


def find_form(lines: list[str]) -> Form | None:
    """The form of the first lines that look like rows of numbers; None where there are none."""
    told = [i for i, line in enumerate(lines) if line.strip() and not is_comment(line)]
    for place, i in enumerate(told):
        form = _form_of(lines[i], i)
        if not any(form.numeric):
            continue
        many = _ALIKE if all(form.numeric) else _ALIKE_WITH_WORDS
        alike = [_form_of(lines[j], i) for j in told[place + 1 : place + many]]
        if all(other == form for other in alike) and not _counts_of_head(lines, i, form):
            return form
    return None


def is_comment(line: str) -> bool:
    """Whether the line is a remark of the file's writer."""
    return line.lstrip().startswith(COMMENTS)


def is_missing(field: str) -> bool:
    """Whether the field says that there is no value."""
    return bool(_MISSING.match(field))


def _form_of(line: str, at: int) -> Form:
    line = line.strip("\r\n ")
    blanks = line.split()
    comma_numbers = any(_DECIMAL_COMMA.fullmatch(part) for part in re.split(r"[\t; ]+", line))
    delimiter = next((mark for mark in "\t;" if mark in line), None)
    if delimiter is None and "," in line:
        # "1,5 2,5": blanks between, as no field of a comma-separated line would end in the middle
        spaced = len(blanks) > 1 and all(_DECIMAL_COMMA.fullmatch(part) for part in blanks)
        delimiter = None if spaced else ","
    decimal_comma = comma_numbers and delimiter != ","
    trailing = delimiter is not None and line.endswith(delimiter)
    parts = [part.strip().strip('"') for part in line.split(delimiter)]
    parts = parts[:-1] if trailing else parts
    numeric = tuple(_is_number(part, decimal_comma) for part in parts)
    return Form(delimiter, decimal_comma, numeric, at, trailing)


def _is_number(field: str, decimal_comma: bool) -> bool:
    try:
        float(field.replace(",", ".") if decimal_comma else field)
    except ValueError:
        return is_missing(field)
    return True


def _counts_of_head(lines: list[str], at: int, form: Form) -> bool:
    """Whether a line of numbers still belongs to the head: column numbers, or a length each."""
    fields = form.fields(lines[at])
    if len(fields) < 2:
        return False
    told = [field for field in fields if field]
    if told == [str(i) for i in range(len(told))]:
        return at == 0
    lengths = len(set(fields)) == 1 and fields[0].isdecimal() and int(fields[0]) > 1
    return lengths and any("/sample" in line or "samples/" in line for line in lines[:at])
