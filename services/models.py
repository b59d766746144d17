"""Every table, imported once so that the metadata is complete."""

from services.background import models as background
from services.cases import models as cases
from services.complaints import models as complaints
from services.database import Base
from services.discussion import models as discussion
from services.incidents import models as incidents
from services.notices import models as notices
from services.people import models as people
from services.planning import models as planning
from services.play import models as play
from services.processes import models as processes
from services.registers import models as registers
from services.registers.imports import models as imports
from services.search import models as search
from services.tasks import models as tasks
from services.visits import models as visits

__all__ = [
    "Base",
    "background",
    "cases",
    "complaints",
    "discussion",
    "imports",
    "incidents",
    "notices",
    "people",
    "planning",
    "play",
    "processes",
    "registers",
    "search",
    "tasks",
    "visits",
]
