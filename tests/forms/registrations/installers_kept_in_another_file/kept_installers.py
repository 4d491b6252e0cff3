from functools import partial

from kept_hooks import attach

INSTALLERS = [partial(attach)]
