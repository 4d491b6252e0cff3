from functools import partial

from hooks import attach

INSTALLERS = [partial(attach)]
