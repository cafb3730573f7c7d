"""``scrapy completion SHELL``: writes the script with which bash, zsh or fish complete commands and their options."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from scrapy.cmdline import _get_commands_dict
from scrapy.exceptions import UsageError
from scrapy.settings import SETTINGS_PRIORITIES
from scrapy.spiderloader import get_spider_loader

from crawler.offline import OfflineCommand
from crawler.sources import SourcesError, load_sources
from crawler.terminal import show

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from scrapy.commands import ScrapyCommand

#: Options whose value is a file, and commands whose argument may be one.
FILES = ("-o", "-O", "--output", "--overwrite-output", "--logfile", "--pidfile", "--base")
READERS = ("extract", "sources", "runspider")
LEVELS = ("CRITICAL", "ERROR", "WARNING", "INFO", "DEBUG")


@attrs.frozen(kw_only=True)
class Words:
    """All that can be typed after ``scrapy``."""

    commands: Mapping[str, str]
    """What each does, in a line."""
    options: Mapping[str, Mapping[str, str]]
    """Of each command: what each option does."""
    arguments: Mapping[str, Sequence[str]]
    """Of each spider: what -a may be followed by."""
    settings: Sequence[str]
    sources: Sequence[str]


class Command(OfflineCommand):
    """Writes completions out of the commands as they are."""

    def syntax(self) -> str:
        return "bash|zsh|fish"

    def short_desc(self) -> str:
        return "Write a script that completes commands, options and source names in bash, zsh or fish"

    def long_desc(self) -> str:
        return (
            'bash: eval "$(scrapy completion bash)" in ~/.bashrc; zsh: the same with zsh, after compinit, in ~/.zshrc; '
            "fish: scrapy completion fish > ~/.config/fish/completions/scrapy.fish. Names of sources are those of "
            "SOURCES_FILE at that moment."
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:  # noqa: ARG002  # Scrapy's signature
        """Print the script."""
        scripts = {"bash": _bash, "zsh": _zsh, "fish": _fish}
        if len(args) != 1 or args[0] not in scripts:
            raise UsageError(f"expected the name of a shell: {', '.join(scripts)}")
        show(scripts[args[0]](self._words()))

    def _words(self) -> Words:
        settings = self.settings
        assert settings is not None
        commands: dict[str, ScrapyCommand] = _get_commands_dict(settings, inproject=True)
        for command in commands.values():
            command.settings = settings
        spiders = get_spider_loader(settings)
        try:
            sources = tuple(load_sources(Path(settings["SOURCES_FILE"])))
        except SourcesError:
            sources = ()  # `scrapy sources` says what is wrong with the file
        ours = SETTINGS_PRIORITIES["project"]
        return Words(
            commands={name: commands[name].short_desc() for name in sorted(commands)},
            options={name: _options(command) for name, command in sorted(commands.items())},
            arguments={name: getattr(spiders.load(name), "arguments", ()) for name in sorted(spiders.list())},
            settings=tuple(sorted(name for name in settings if (settings.getpriority(name) or 0) >= ours)),
            sources=sources,
        )


def _options(command: ScrapyCommand) -> dict[str, str]:
    parser = argparse.ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    actions: list[Any] = parser._actions
    return {option: _line(action.help) for action in actions for option in action.option_strings}


def _line(text: str | None) -> str:
    """Return help without what argparse fills in, as one line."""
    return re.sub(r"\s+", " ", re.sub(r"\s*\(default: %\(default\)s\)|%\([a-z]+\)s", "", text or "")).strip()


def _list(words: Sequence[str]) -> str:
    return shlex.quote(" ".join(words))


def _bash(words: Words) -> Iterator[str]:
    """Yield a completion function of bash; zsh understands it too (zshcompsys(1), bashcompinit)."""
    yield "# bash completion of scrapy, written by `scrapy completion bash`"
    yield '_scrapy_words() { COMPREPLY=($(compgen -W "$1" -- "$word")); }'
    yield '_scrapy_glued() { _scrapy_words "$1"; compopt -o nospace 2>/dev/null; }'
    yield "_scrapy() {"
    yield '    local word="${COMP_WORDS[COMP_CWORD]}" before="${COMP_WORDS[COMP_CWORD-1]}" command="${COMP_WORDS[1]}"'
    yield '    local spider="" options="" arguments="" given'
    yield "    COMPREPLY=()"
    yield f'    if [ "$COMP_CWORD" -eq 1 ]; then _scrapy_words {_list(tuple(words.commands))}; return; fi'
    yield '    case "$word" in'  # in zsh, a name and its value are one word
    named = f'compgen -P source= -W {_list(words.sources)} -- "${{word#source=}}"'
    yield f"        source=*) COMPREPLY=($({named})); return;;"
    yield '        file=*) COMPREPLY=($(compgen -P file= -f -- "${word#file=}")); return;;'
    yield "    esac"
    # bash ends a word at "=", so a name and its value are two words with one between them.
    yield '    if [ "$word" = "=" ]; then word=""; before="="; given="${COMP_WORDS[COMP_CWORD-1]}"'
    yield '    elif [ "$before" = "=" ]; then given="${COMP_WORDS[COMP_CWORD-2]}"; fi'
    yield '    case "$before $given" in'
    yield f'        "= source") _scrapy_words {_list(words.sources)}; return;;'
    yield '        "= file") COMPREPLY=($(compgen -f -- "$word")); return;;'
    yield '        "="*) return;;'
    yield "    esac"
    yield '    case "$command" in'
    for name, options in words.options.items():
        yield f"        {name}) options={_list(tuple(options))};;"
    yield "    esac"
    yield '    for given in "${COMP_WORDS[@]}"; do case "$given" in'
    for spider, arguments in words.arguments.items():
        yield f"        {spider}) spider={spider} arguments={_list([f'{argument}=' for argument in arguments])};;"
    yield "    esac; done"
    yield '    case "$before" in'
    yield '        -a) _scrapy_glued "$arguments"; return;;'
    yield f"        -s|--set) _scrapy_glued {_list([f'{name}=' for name in words.settings])}; return;;"
    yield f"        -L|--loglevel) _scrapy_words {_list(LEVELS)}; return;;"
    yield f'        {"|".join(FILES)}) COMPREPLY=($(compgen -f -- "$word")); return;;'
    yield "    esac"
    yield '    case "$word" in -*) _scrapy_words "$options"; return;; esac'
    yield '    case "$command" in'
    spiders = _list(tuple(words.arguments))
    yield f'        crawl) if [ -z "$spider" ] || [ "$spider" = "$word" ]; then _scrapy_words {spiders}; fi;;'
    yield "        completion) _scrapy_words 'bash zsh fish';;"
    yield f'        {"|".join(READERS)}) COMPREPLY=($(compgen -f -- "$word"));;'
    yield "    esac"
    yield "}"
    yield "complete -F _scrapy scrapy"


def _zsh(words: Words) -> Iterator[str]:
    yield "# zsh completion of scrapy, written by `scrapy completion zsh`"
    yield "autoload -U +X bashcompinit && bashcompinit"
    yield from _bash(words)


def _fish(words: Words) -> Iterator[str]:
    yield "# fish completion of scrapy, written by `scrapy completion fish`"
    yield "complete -c scrapy -e"
    yield "complete -c scrapy -f"
    for name, does in words.commands.items():
        yield f"complete -c scrapy -n __fish_use_subcommand -a {name} -d {_quoted(does)}"
    for name, options in words.options.items():
        is_this = f"complete -c scrapy -n '__fish_seen_subcommand_from {name}'"
        for option, does in options.items():
            dashes = "-l" if option.startswith("--") else "-s"
            value = _fish_value(option, words)
            yield f"{is_this} {dashes} {option.lstrip('-')}{value} -d {_quoted(does)}"
    for spider, arguments in words.arguments.items():
        yield f"complete -c scrapy -n '__fish_seen_subcommand_from crawl' -a {spider}"
        values = [f"{argument}=" for argument in arguments]
        values += [f"source={source}" for source in words.sources] if "source" in arguments else []
        condition = f"'__fish_seen_subcommand_from crawl; and __fish_seen_subcommand_from {spider}'"
        yield f"complete -c scrapy -n {condition} -s a -x -a {_quoted(' '.join(values))}"
    yield "complete -c scrapy -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'"
    for name in READERS:
        yield f"complete -c scrapy -n '__fish_seen_subcommand_from {name}' -F"


def _fish_value(option: str, words: Words) -> str:
    """Return what tells fish which values an option takes."""
    if option in FILES:
        return " -r -F"
    if option in ("-s", "--set"):
        return f" -x -a {_quoted(' '.join(f'{name}=' for name in words.settings))}"
    return f" -x -a {_quoted(' '.join(LEVELS))}" if option in ("-L", "--loglevel") else ""


def _quoted(text: str) -> str:
    """Quote for fish, which knows two escapes within single quotes (fishshell.com, Quotes)."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
