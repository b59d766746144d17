"""What a WSGI server loads."""

import os

from webapp.application import create_app
from webapp.settings import read_settings

application = create_app(read_settings(demo=bool(os.environ.get("HUIQIAN_DEMO"))))
