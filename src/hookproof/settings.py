"""One frozen `Settings`: defaults < `[tool.hookproof]` of the nearest pyproject.toml < command line."""

from __future__ import annotations

import fnmatch
import os
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct, field

from hookproof.exit_status import SettingsError
from hookproof.facts.atlas import VERSION
from hookproof.facts.versions import Torch, asked_for
from hookproof.finding import Confidence, Finding
from hookproof.source.cache import FOLDER
from hookproof.source.discover import DEFAULT_EXCLUDE, upward
from hookproof.source.pins import Pin, Pins, beside, check_versions
from hookproof.source.text import SourceError, read_regular
from hookproof.worlds import registry

_CODES = (
    "select",
    "extend-select",
    "ignore",
    "fixable",
    "unfixable",
    "extend-safe-fixes",
    "extend-unsafe-fixes",
)

OutputFormat: TypeAlias = Literal[
    "full",
    "concise",
    "json",
    "json-lines",
    "grouped",
    "github",
    "gitlab",
    "junit",
    "pylint",
    "sarif",
]


class VerifySettings(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """The table `[tool.hookproof.verify]`: how findings are checked against torch.

    `factories` and `inputs` map a module class (`pkg.mod:Net`) to a function (`pkg.testing:make_net`)
    that makes an instance, or a tuple of inputs. `tests` are the project's own, which are run to reach
    a finding, as pytest spells them (`tests/test_net.py::test_export`). `python` lists interpreters;
    `timeout` is in seconds and `memory` in megabytes, both for one experiment. `writable` lists folders
    that experiments may write in. Relative paths are relative to the file's folder.
    """

    factories: dict[str, str] = field(default_factory=dict)
    inputs: dict[str, str] = field(default_factory=dict)
    tests: tuple[str, ...] = ()
    python: tuple[str, ...] = ()
    timeout: float = 20.0
    memory: int = 4096
    writable: tuple[str, ...] = ()


class Settings(Struct, frozen=True, rename="kebab", forbid_unknown_fields=True):
    """What the user asked for. Every field but the last three is a key of `[tool.hookproof]`.

    `root` is the folder that patterns and `src` are relative to, `config` the file that was read.
    `assume_scripted` is true, or the qualified names of the module classes that may be ScriptModules;
    `assume` lists the worlds that any module may go to.
    `fixable` and `unfixable` say which findings are fixed, `extend_safe_fixes` and `extend_unsafe_fixes`
    whose fixes count as safe or unsafe, whatever they are.
    `torch` lists the versions that the project supports, ranges (`>=2.4`), or files of facts; where there is
    nothing, what the project itself says it needs, and else the newest. `torch_from` is where that was said.
    `min_confidence` None means the default mode. `cache_dir` is relative to `root` too. Raises nothing;
    `resolve` is what checks values.
    """

    select: tuple[str, ...] = ("HKP",)
    extend_select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    per_file_ignores: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fixable: tuple[str, ...] = ("HKP",)
    unfixable: tuple[str, ...] = ()
    extend_safe_fixes: tuple[str, ...] = ()
    extend_unsafe_fixes: tuple[str, ...] = ()
    exclude: tuple[str, ...] = DEFAULT_EXCLUDE
    extend_exclude: tuple[str, ...] = ()
    force_exclude: bool = False
    src: tuple[str, ...] = (".", "src")
    assume_scripted: bool | tuple[str, ...] = False
    assume: tuple[str, ...] = ()
    torch: tuple[str, ...] = ()
    output_format: OutputFormat = "full"
    min_confidence: Confidence | None = None
    cache_dir: str = FOLDER
    verify: VerifySettings = VerifySettings()
    root: str = ""
    config: str | None = None
    torch_from: str = "the newest that is known"

    @property
    def excluded(self) -> tuple[str, ...]:
        """All patterns of files and folders that are not looked at."""
        return (*self.exclude, *self.extend_exclude)

    @property
    def import_roots(self) -> tuple[str, ...]:
        """The folders that imports start from."""
        return tuple(os.path.join(self.root, folder) for folder in self.src)

    @property
    def cache_folder(self) -> str:
        """The folder that holds what earlier runs learned."""
        return os.path.join(self.root, self.cache_dir)

    def is_enabled(self, code: str) -> bool:
        """Whether the rule with this code is selected: the longest prefix decides, `ignore` wins a tie."""
        chosen = _longest_prefix(code, (*self.select, *self.extend_select))
        return chosen > _longest_prefix(code, self.ignore)

    def is_fixable(self, code: str) -> bool:
        """Whether findings with this code are fixed: the longest prefix decides, `unfixable` wins a tie."""
        return _longest_prefix(code, self.fixable) > _longest_prefix(code, self.unfixable)

    def is_safe(self, code: str, said: bool) -> bool:
        """Whether a fix counts as safe that is `said` to be: for these codes the project says so itself."""
        safe = _longest_prefix(code, self.extend_safe_fixes)
        unsafe = _longest_prefix(code, self.extend_unsafe_fixes)
        return safe > unsafe or (said and not unsafe)

    def is_ignored_in(self, code: str, path: str) -> bool:
        """Whether `per-file-ignores` has this code for this path."""
        return any(
            code.startswith(tuple(codes)) and self._matches(path, pattern)
            for pattern, codes in self.per_file_ignores.items()
            if codes
        )

    def wants(self, finding: Finding) -> bool:
        """Whether the finding's code is selected in the finding's file."""
        return self.is_enabled(finding.code) and not self.is_ignored_in(finding.code, finding.path)

    @property
    def torches(self) -> tuple[Torch, ...]:
        """The versions of torch that the project speaks of, the newest last."""
        return asked_for(self.torch or (VERSION,))

    def supports(self, since: str | None, until: str | None) -> bool:
        """Whether a rule that holds from torch `since` to before `until` concerns this project."""
        return not self.torch or any(torch.is_within(since, until) for torch in self.torches)

    def may_be_scripted(self, module_class: str | None) -> bool:
        """Whether library mode holds for this module class (None: for any module)."""
        if isinstance(self.assume_scripted, bool):
            return self.assume_scripted
        return module_class in self.assume_scripted

    @property
    def assumed(self) -> frozenset[str]:
        """The worlds that any module may go to: those of `assume`, and TorchScript's in library mode."""
        scripted = registry.suites().get("scripted", ()) if self.assume_scripted is True else ()
        return frozenset((*self.assume, *scripted))

    def _matches(self, path: str, pattern: str) -> bool:
        absolute = os.path.abspath(path)
        relative = os.path.relpath(absolute, self.root or os.curdir).replace(os.sep, "/")
        return any(
            fnmatch.fnmatch(name, pattern) for name in (relative, os.path.basename(path), absolute)
        ) or relative.startswith(pattern.rstrip("/") + "/")


Group: TypeAlias = tuple[Settings, tuple[str, ...]]


def resolve(
    paths: Iterable[str],
    overrides: Mapping[str, Any] | None = None,
    *,
    config: str | None = None,
    isolated: bool = False,
) -> tuple[Group, ...]:
    """Return the effective settings for `paths`, with the paths each of them is for, in their order.

    `overrides` are the command line's, by field name, those that were given. Raises `SettingsError`.
    """
    given = overrides or {}
    groups: dict[tuple[str | None, Pin | None], list[str]] = {}
    pins = Pins()
    for path in paths:
        found = config if config is not None else None if isolated else _nearest_config(path)
        pin = None if isolated or given.get("torch") else pins.of(path, found)
        groups.setdefault((found, pin), []).append(path)
    return tuple((_load(found, given, pin), tuple(members)) for (found, pin), members in groups.items())


def show(settings: Settings) -> str:
    """Return the settings as people read them, one `key = value` a line."""
    values = msgspec.to_builtins(settings)
    return "".join(f"{key} = {_show(value)}\n" for key, value in values.items())


def _show(value: object) -> str:
    return msgspec.json.encode(value).decode()


def _nearest_config(path: str) -> str | None:
    """Return the nearest pyproject.toml with a `[tool.hookproof]` table, or else the nearest of all."""
    nearest: str | None = None
    for folder in upward(os.path.abspath(path)):
        candidate = os.path.join(folder, "pyproject.toml")
        if os.path.isfile(candidate):
            nearest = nearest or candidate
            if b"tool.hookproof" in _read(candidate):
                return candidate
    return nearest


def _read(config: str) -> bytes:
    try:
        return read_regular(config)
    except SourceError as error:
        raise SettingsError(f"{config}: cannot be read: {str(error).rpartition(': ')[2]}") from None


def _load(config: str | None, overrides: Mapping[str, Any], pin: Pin | None = None) -> Settings:
    values: dict[str, Any] = {}
    if config is not None:
        values = _read_table(config)
        _reject_unknown_codes(config, values)
    root = os.path.dirname(os.path.abspath(config)) if config else os.getcwd()
    settings = _convert(config, values)
    given = {name: value for name, value in overrides.items() if value is not None}
    if given:
        _reject_unknown_codes(None, {name.replace("_", "-"): value for name, value in given.items()})
        settings = msgspec.structs.replace(settings, **given)
        check_versions("--torch", settings.torch)
        _check_worlds("--assume", settings.assume)
    settings = msgspec.structs.replace(settings, root=root, config=config)
    settings = _with_torch(settings, "--torch" if given.get("torch") else config, pin)
    _reject_patterns(settings)
    # A command line may name any folder, a checked tree only its own.
    if given.get("cache_dir") is None and settings.cache_dir != FOLDER:
        _reject_outside(settings)
    _reject_empty_selection(settings, overrides)
    return settings


def _with_torch(settings: Settings, said_by: str | None, pin: Pin | None) -> Settings:
    """Return the settings with the versions of torch that hold, and where that was said."""
    if settings.torch:
        return msgspec.structs.replace(settings, torch_from=said_by or "")
    if pin is None:
        return settings
    return msgspec.structs.replace(settings, torch=(pin.specifier,), torch_from=pin.path)


def _read_table(config: str) -> dict[str, Any]:
    # Imported here: a run without a pyproject.toml needs no TOML reader.
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    try:
        document = tomllib.loads(_read(config).decode("utf-8-sig").replace("\r\n", "\n"))
    except RecursionError:
        raise SettingsError(f"{config}: is too deeply nested") from None
    except ValueError as error:
        raise SettingsError(f"{config}: is not TOML: {str(error)[:200]}") from None
    tool = document.get("tool", {})
    table = tool.get("hookproof", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise SettingsError(f"{config}: tool.hookproof: must be a table")
    return table


def _convert(config: str | None, values: dict[str, Any]) -> Settings:
    for key in ("root", "config", "torch-from"):
        if key in values:
            raise SettingsError(f"{config}: tool.hookproof.{key}: unknown key")
    if isinstance(values.get("torch"), str):
        values = {**values, "torch": [values["torch"]]}
    if config is not None and isinstance(values.get("torch"), list):
        values = {**values, "torch": [beside(config, version) for version in values["torch"]]}
    try:
        settings = msgspec.convert(values, Settings, strict=True)
    except msgspec.ValidationError as error:
        raise SettingsError(f"{config}: {_explain(str(error))}") from None
    except RecursionError:
        raise SettingsError(f"{config}: is too deeply nested") from None
    check_versions(f"{config}: tool.hookproof.torch", settings.torch)
    _check_worlds(f"{config}: tool.hookproof.assume", settings.assume)
    return settings


def _explain(message: str) -> str:
    """Turn msgspec's "Expected `bool`, got `str` - at `$.key`" into "tool.hookproof.key: expected …"."""
    text, _, location = message.partition(" - at `$")
    location = location.rstrip("`").replace("[...]", "")
    unknown = re.fullmatch(r"Object contains unknown field `(.*)`", text)
    if unknown:
        return f"tool.hookproof{location}.{unknown[1]}: unknown key"
    expected = text.replace("array", "list").replace("object", "table")
    return f"tool.hookproof{location}: {expected[:1].lower()}{expected[1:]}"


def _check_worlds(key: str, names: Iterable[str]) -> None:
    known = [world.name for world in registry.worlds()] if names else []
    for name in names:
        if name not in known:
            raise SettingsError(f"{key}: `{name}` is not a world: {', '.join(known)}")


def _reject_unknown_codes(config: str | None, values: Mapping[str, Any]) -> None:
    for key, code in _codes(values):
        if not (isinstance(code, str) and _is_known(code)):
            where = f"{config}: tool.hookproof.{key}" if config else f"--{key}"
            raise SettingsError(f"{where}: unknown code `{code}` (`hookproof rules` lists them)")


def _codes(values: Mapping[str, Any]) -> Iterator[tuple[str, object]]:
    for key in _CODES:
        listed = values.get(key, ())
        if isinstance(listed, list | tuple):
            yield from ((key, code) for code in listed)
    per_file = values.get("per-file-ignores", {})
    if isinstance(per_file, dict):
        for pattern, listed in per_file.items():
            if isinstance(listed, list | tuple):
                yield from ((f'per-file-ignores."{pattern}"', code) for code in listed)


def _is_known(prefix: str) -> bool:
    return prefix == "HKP" or bool(prefix and _all_codes(prefix))


def _all_codes(prefix: str = "") -> tuple[str, ...]:
    # Imported here: only settings that name codes need the list of rules.
    from hookproof.rules.registry import codes

    return codes(prefix)


def _reject_outside(settings: Settings) -> None:
    root, folder = os.path.realpath(settings.root), os.path.realpath(settings.cache_folder)
    if os.path.commonpath([root, folder]) != root or folder == root:
        raise SettingsError(f"{settings.config}: cache-dir: leads out of the project (`--cache-dir` may)")


def _reject_patterns(settings: Settings) -> None:
    if settings.exclude == DEFAULT_EXCLUDE and not settings.extend_exclude:
        return
    from hookproof.source.ignore_patterns import is_pattern  # most settings have no patterns

    for key, patterns in (("exclude", settings.exclude), ("extend-exclude", settings.extend_exclude)):
        for pattern in patterns:
            if not is_pattern(pattern):
                raise SettingsError(
                    f"{settings.config or 'command line'}: {key}: `{pattern[:40]}` is no pattern"
                )


def _reject_empty_selection(settings: Settings, overrides: Mapping[str, Any]) -> None:
    if settings.select == ("HKP",) and not settings.ignore:
        return
    if any(settings.is_enabled(code) for code in _all_codes()):
        return
    key = next((name for name in ("select", "ignore") if overrides.get(name) is not None), None)
    where = f"--{key}" if key else f"{settings.config}: tool.hookproof.select"
    raise SettingsError(f"{where}: no rule is left selected")


def _longest_prefix(code: str, prefixes: Iterable[str]) -> int:
    return max((len(prefix) for prefix in prefixes if code.startswith(prefix)), default=0)
