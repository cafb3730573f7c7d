"""Python imports this before everything else where it is on the path: the clocks then begin at CLOCK and go on."""

import os
from datetime import datetime

import time_machine

time_machine.travel(datetime.fromisoformat(os.environ["CLOCK"]), tick=True).start()
