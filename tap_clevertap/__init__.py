"""Singer tap for CleverTap."""

import logging

logger = logging.getLogger(__name__.replace("_", "-"))
