"""Every table, imported once so that the metadata is complete."""

from services.background import models as background
from services.cases import models as cases
from services.database import Base
from services.discussion import models as discussion
from services.notices import models as notices
from services.people import models as people
from services.processes import models as processes
from services.registers import models as registers
from services.search import models as search
from services.tasks import models as tasks

__all__ = [
    "Base",
    "background",
    "cases",
    "discussion",
    "notices",
    "people",
    "processes",
    "registers",
    "search",
    "tasks",
]
