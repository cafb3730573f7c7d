"""The house rules: who may import whom, and which modules may touch what."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "crawler"
MODULES = sorted(PACKAGE.rglob("*.py"))

PURE = ("items", "schedule", "sources", "urls", "discovery", "extraction", "identity", "sites")
OUTSIDE_WORLD = {
    "scrapy",
    "twisted",
    "sqlite3",
    "socket",
    "requests",
    "urllib.request",
    "subprocess",
    "multiprocessing",
}
SEPARATE = ("spiders", "pipelines", "extensions", "commands")


def name_of(path):
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def room_of(module):
    """The part of the house a module belongs to: the first name below crawler."""
    return module.split(".")[1] if "." in module else module


def imports_of(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: imports are absolute"
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms_imported(path):
    return {room_of(name) for name in imports_of(path) if name.startswith("crawler.")}


def touches(path, outside):
    return {name for name in imports_of(path) for root in outside if name == root or name.startswith(f"{root}.")}


@pytest.fixture(params=MODULES, ids=name_of)
def module(request):
    return request.param


def test_pure_modules_know_no_framework_database_or_network(module):
    if room_of(name_of(module)) in PURE:
        assert not touches(module, OUTSIDE_WORLD)
        assert not rooms_imported(module) & {"state", "output", "politeness", "workers", "settings", *SEPARATE}


def test_pure_modules_read_no_clock_and_no_file(module):
    if room_of(name_of(module)) not in PURE:
        return
    calls = [node for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))) if isinstance(node, ast.Call)]
    used = {ast.unparse(call.func) for call in calls}
    clocks = {"time.time", "time.monotonic", "datetime.now", "datetime.utcnow", "date.today", "datetime.today"}
    assert not used & (clocks | {"open"})
    readers = {name for name in used if name.endswith((".read_text", ".read_bytes", ".open"))}
    allowed = {"path.read_text"} if name_of(module) == "crawler.sources" else set()
    assert readers <= allowed


def test_state_and_output_never_import_scrapy(module):
    if room_of(name_of(module)) in ("state", "output"):
        assert not touches(module, {"scrapy", "twisted"})


def test_only_state_speaks_sql(module):
    if room_of(name_of(module)) != "state":
        assert not touches(module, {"sqlite3"})


def test_nobody_imports_settings(module):
    assert "settings" not in rooms_imported(module)


def test_spiders_pipelines_extensions_and_commands_do_not_import_each_other(module):
    room = room_of(name_of(module))
    if room in SEPARATE:
        assert not rooms_imported(module) & (set(SEPARATE) - {room})


def test_extraction_never_imports_sites(module):
    if room_of(name_of(module)) == "extraction":
        assert "sites" not in rooms_imported(module)


def test_nothing_imports_tests(module):
    assert not touches(module, {"tests", "conftest"})


def test_every_module_says_what_it_is_for(module):
    assert ast.get_docstring(ast.parse(module.read_text(encoding="utf-8"))), f"{module} has no docstring"


def test_the_rules_are_checked_on_the_whole_house():
    assert {room_of(name_of(path)) for path in MODULES} >= {*PURE, *SEPARATE, "state", "output"}
