"""`tingzhen experience`: state rules of experience, see their record, take them out of force."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tingzhen.errors import ExperienceError, TingzhenError
from tingzhen.language import Language, Text
from tingzhen.serving.commands.errors import settings_or_stop, stop_with

if TYPE_CHECKING:
    from tingzhen.diagnosis import KnowledgeBase
    from tingzhen.diagnosis.experience.store import ExperienceStore

LANG = typer.Option(help="Language of what is said: zh or en.")
DB = typer.Option(metavar="URL", help="Database, before TINGZHEN_DATABASE_URL.")
BY = typer.Option(metavar="KEY", help="Key of who does this; without it the author's.")
WHO = typer.Option("--by", metavar="KEY", help="Key of who does this.")
REASON = typer.Option(metavar="TEXT", help="Why; it stands in the history.")
RULE_ID = typer.Argument(metavar="ID", help="Id of the rule, such as x3f9a1c2b7d.")
AS_JSON = typer.Option("--json", help="Print one JSON object.")
experience = typer.Typer(
    name="experience",
    help="Technicians' experience: when you hear X under Y, look at Z first. 技师经验。",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@dataclass(frozen=True, slots=True)
class _At:
    """What every command here works with."""

    store: "ExperienceStore"
    knowledge: "KnowledgeBase"
    language: Language
    today: date


@contextmanager
def _opened(lang: Language | None, db: str | None) -> Iterator[_At]:
    """An error for people ends the command with status 2."""
    from tingzhen.diagnosis import load_knowledge  # noqa: PLC0415 - only when needed
    from tingzhen.serving.experience.in_use import open_rules  # noqa: PLC0415 - only when needed
    from tingzhen.serving.settings import default_language  # noqa: PLC0415 - only when needed

    settings = settings_or_stop()
    try:
        knowledge = load_knowledge(settings.knowledge)
        store = open_rules(db or settings.cases_url())
        try:
            yield _At(store, knowledge, lang or default_language(settings), date.today())
        finally:
            store.close()
    except TingzhenError as error:
        stop_with(error)


@experience.command()
def add(
    by: Annotated[str | None, BY] = None,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Ask for one rule and keep it once it is confirmed. 填写一条经验。"""
    from tingzhen.diagnosis.experience import rule_sentence  # noqa: PLC0415 - only here
    from tingzhen.serving.experience.form import ask_in_terminal, fill_in  # noqa: PLC0415 - only here

    with _opened(lang, db) as at:
        who = _key(by) if by is not None else None
        try:
            statement = fill_in(
                at.knowledge, at.language, ask=ask_in_terminal, say=typer.echo, today=at.today
            )  # fmt: skip
            sentence = rule_sentence(at.knowledge, statement.rule, statement.strength)
            typer.echo(f"\n{sentence.zh}\n{sentence.en}")
            question = Text("保存吗？[y/N]", "Keep it? [y/N]").to(at.language)
            kept = ask_in_terminal(question).strip().casefold() in ("y", "yes", "是", "好")
        except EOFError:
            kept = False
        if not kept:
            typer.echo(Text("未保存。", "Nothing was kept.").to(at.language))
            raise typer.Exit(1)
        at.store.add([statement], by=who)
        typer.echo(statement.rule.id)
        _begin_record(at, db)


@experience.command(name="import")
def import_(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rules, YAML or JSON.")],
    by: Annotated[str | None, BY] = None,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Keep the rules of a file; what does not fit is named. 导入经验文件。"""
    from tingzhen.diagnosis.experience import read_rule_file  # noqa: PLC0415 - only here

    with _opened(lang, db) as at:
        found = read_rule_file(file, at.knowledge)
        added = at.store.add(found.statements, by=_key(by) if by is not None else None)
        for problem in found.problems:
            typer.echo(problem.to(at.language), err=True)
        known = len(found.statements) - added
        typer.echo(
            Text(f"新增 {added} 条，已有 {known} 条，有误 {len(found.problems)} 处",
                 f"{added} added, {known} known already, {len(found.problems)} problems")
            .to(at.language)
        )  # fmt: skip
        _begin_record(at, db)
        raise typer.Exit(1 if found.problems else 0)


@experience.command()
def check(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Rules, YAML or JSON.")],
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Say what is wrong in a file and what its rules contradict; keep nothing. 检查经验文件。"""
    from tingzhen.diagnosis.experience import opposing, read_rule_file  # noqa: PLC0415
    from tingzhen.diagnosis.experience.link import by_rule  # noqa: PLC0415 - only here
    from tingzhen.serving.experience.view import rule_as_dict, rule_lines  # noqa: PLC0415

    with _opened(lang, db) as at:
        found = read_rule_file(file, at.knowledge)
        links = by_rule(found.statements, {})
        own = {link.rule.id for link in links}
        kept = [link for link in at.store.links() if link.rule.id not in own]
        against = opposing(at.knowledge, [*links, *kept])
        for link in links:
            rule = rule_as_dict(
                at.knowledge, link, at.language, at.today, against.get(link.rule.id, ())
            )
            typer.echo("\n".join(rule_lines(rule, at.language)))
        for problem in found.problems:
            typer.echo(problem.to(at.language), err=True)
        raise typer.Exit(1 if found.problems else 0)


@experience.command(name="list")
def list_(
    retired: Annotated[bool, typer.Option("--all", help="Retired rules too.")] = False,
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """All rules, what they weigh, and faults that the base does not know. 列出经验。"""
    from tingzhen.serving.experience import view  # noqa: PLC0415 - only here

    with _opened(lang, db) as at:
        links = [link for link in at.store.links() if retired or not link.retired]
        rules = view.rules_as_dict(at.knowledge, links, at.language, at.today)
        if as_json:
            typer.echo(json.dumps(rules, ensure_ascii=False))
            return
        for rule in rules["rules"]:
            typer.echo("\n".join(view.rule_lines(rule, at.language)))
        for line in view.unknown_lines(rules["unknown_faults"], at.language):
            typer.echo(line)


@experience.command()
def show(
    rule_id: Annotated[str, RULE_ID],
    as_json: Annotated[bool, AS_JSON] = False,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """One rule with its record, its history, and what contradicts it. 查看一条经验及其记录。"""
    from tingzhen.diagnosis.experience import opposing  # noqa: PLC0415 - only here
    from tingzhen.serving.experience import view  # noqa: PLC0415 - only here

    with _opened(lang, db) as at:
        link = at.store.link(rule_id)
        against = opposing(at.knowledge, at.store.links()).get(rule_id, [])
        rule = view.rule_as_dict(at.knowledge, link, at.language, at.today, against)
        record = view.record_as_list(link)
        history = view.history_as_list(at.store.history(rule_id))
        if as_json:
            typer.echo(json.dumps(rule | {"cases": record, "history": history}, ensure_ascii=False))
            return
        typer.echo("\n".join(view.rule_lines(rule, at.language)))
        for other in against:
            other_rule = view.rule_as_dict(
                at.knowledge, at.store.link(other), at.language, at.today, [rule_id]
            )
            typer.echo("\n".join(view.rule_lines(other_rule, at.language)))
        for line in view.record_lines(record, history, at.language):
            typer.echo(line)


@experience.command()
def retire(
    rule_id: Annotated[str, RULE_ID],
    by: Annotated[str, WHO],
    reason: Annotated[str | None, REASON] = None,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Take a rule out of force; nothing is deleted. 停用一条经验。"""
    with _opened(lang, db) as at:
        at.store.retire(rule_id, by=_key(by), reason=reason)


@experience.command()
def restore(
    rule_id: Annotated[str, RULE_ID],
    by: Annotated[str, WHO],
    reason: Annotated[str | None, REASON] = None,
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Put a retired rule into force again. 恢复一条经验。"""
    with _opened(lang, db) as at:
        at.store.restore(rule_id, by=_key(by), reason=reason)


@experience.command()
def export(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to write, YAML.")],
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Write the statements of all rules in force, as `import` reads them. 导出经验。"""
    from tingzhen.diagnosis.experience import write_rule_file  # noqa: PLC0415 - only here

    with _opened(lang, db) as at:
        statements = [
            statement for link in at.store.links() if not link.retired
            for statement in link.statements
        ]  # fmt: skip
        write_rule_file(file, statements)
        typer.echo(f"{file}: {len(statements)}")


@experience.command()
def learn(
    lang: Annotated[Language | None, LANG] = None,
    db: Annotated[str | None, DB] = None,
) -> None:
    """Count all confirmed cases for and against the rules anew. 用已确认的案例检验经验。"""
    from tingzhen.diagnosis.cases.store import open_cases  # noqa: PLC0415 - only here
    from tingzhen.diagnosis.experience import workshops_of  # noqa: PLC0415 - only here
    from tingzhen.serving.experience.in_use import kept_cases, learn_from_cases  # noqa: PLC0415

    settings = settings_or_stop()
    with _opened(lang, db) as at:
        cases = open_cases(db or settings.cases_url())
        try:
            counted = learn_from_cases(
                at.store, at.knowledge, kept_cases(cases), workshops=workshops_of(cases),
                all_of_them=True,
            )  # fmt: skip
        finally:
            cases.close()
        typer.echo(Text(f"新计入 {counted} 次", f"{counted} trials counted").to(at.language))


def _begin_record(at: _At, db: str | None) -> None:
    """New rules begin with what the kept cases say of them."""
    from tingzhen.diagnosis.cases.store import open_cases  # noqa: PLC0415 - only here
    from tingzhen.serving.cases.importing import with_experience_bar  # noqa: PLC0415 - only here

    cases = open_cases(db or settings_or_stop().cases_url())
    try:
        with_experience_bar(cases, at.knowledge, at.language)
    finally:
        cases.close()


def _key(by: str) -> str:
    """Raises ExperienceError for what is no key."""
    from tingzhen.diagnosis.experience.rule_file import problems_at  # noqa: PLC0415

    found = problems_at({"author": by}, ["author"])
    if found:
        raise ExperienceError(Text(f"--by：{found[0].zh}", f"--by: {found[0].en}"))
    return by
