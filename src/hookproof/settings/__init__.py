"""Settings: defaults < `hookproof.toml` or `[tool.hookproof]` in `pyproject.toml` < command line."""

from hookproof.settings.model import OutputFormat, Settings, VerifySettings
from hookproof.settings.resolving import Group, resolve

__all__ = ["Group", "OutputFormat", "Settings", "VerifySettings", "resolve"]
