"""What a WSGI server loads."""

import os
import signal
import threading

from webapp.application import create_app
from webapp.pages import live
from webapp.settings import read_settings

application = create_app(read_settings(demo=bool(os.environ.get("HUIQIAN_DEMO"))))


def _stop_with_the_server() -> None:
    """End the pages that wait as soon as the process is told to stop: the server waits for them.

    The server sets the handlers of its signals after this module is loaded; this pipe is told all the same.
    """
    reading, writing = os.pipe()
    os.set_blocking(writing, False)
    signal.set_wakeup_fd(writing, warn_on_full_buffer=False)
    threading.Thread(target=_wait_for_the_end, args=(reading,), name="end", daemon=True).start()


def _wait_for_the_end(reading: int) -> None:
    while os.read(reading, 1)[0] not in (signal.SIGTERM, signal.SIGINT):
        continue
    application.extensions[live.EXTENSION].stop()


_stop_with_the_server()
