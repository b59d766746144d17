"""Forms: a JSON Schema that is the single truth, a layout, field rights per step and a print layout."""

from workflows.forms.form import Form, read_form
from workflows.forms.lookups import AnyCode, Lookups
from workflows.forms.printing import amount_in_words
from workflows.forms.showing import shown
from workflows.forms.submission import Submission, prefill, submit
from workflows.forms.values import from_fields, from_json, from_stored

__all__ = [
    "AnyCode",
    "Form",
    "Lookups",
    "Submission",
    "amount_in_words",
    "from_fields",
    "from_json",
    "from_stored",
    "prefill",
    "read_form",
    "shown",
    "submit",
]
