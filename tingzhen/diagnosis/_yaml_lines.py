"""YAML read together with its line numbers, so that every complaint names file and line."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

from tingzhen.errors import KnowledgeError
from tingzhen.language import Text

# The C parser is about ten times quicker; the pure Python one reads the same language.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_TAG: Final = "tag:yaml.org,2002:"
_BOOLS: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}


@dataclass(frozen=True, slots=True, eq=False)
class YamlDocument:
    """One file: its plain data, and the parse tree that knows the lines."""

    name: str
    data: Any
    root: yaml.Node

    def line_of(self, path: Sequence[str | int]) -> int:
        """Line, from 1, of the element at `path`, or of its nearest parent that exists."""
        node, line = self.root, self.root.start_mark.line
        for part in path:
            if isinstance(node, yaml.MappingNode):
                pairs = [(key, value) for key, value in node.value if key.value == str(part)]
                if not pairs:
                    break
                line, node = pairs[0][0].start_mark.line, pairs[0][1]
            elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
                if not 0 <= part < len(node.value):
                    break
                node = node.value[part]
                line = node.start_mark.line
            else:
                break
        return int(line) + 1


def knowledge_problem(name: str, line: int, zh: str, en: str) -> Text:
    """One sentence about one place, with the place in front."""
    return Text(f"{name}:{line}：{zh}", f"{name}:{line}: {en}")


def read_yaml(path: Path) -> YamlDocument:
    """Read one YAML file of plain scalars, lists and mappings.

    Raises KnowledgeError with file and line when it is no UTF-8 YAML, has a key twice, or uses
    tags or anchors that plain data do not need.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise KnowledgeError(
            Text(f"{path.name}：无法以 UTF-8 读取。", f"{path.name}: cannot be read as UTF-8.")
        ) from error
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark is not None else 1
        raise KnowledgeError(
            knowledge_problem(path.name, line, f"不是有效的 YAML：{error.problem}",
                              f"not valid YAML: {error.problem}")
        ) from error  # fmt: skip
    except yaml.YAMLError as error:
        raise KnowledgeError(
            knowledge_problem(path.name, 1, f"不是有效的 YAML：{error}", f"not valid YAML: {error}")
        ) from error
    if root is None:
        raise KnowledgeError(knowledge_problem(path.name, 1, "文件为空", "the file is empty"))
    return YamlDocument(path.name, _plain(root, path.name), root)


def _plain(node: yaml.Node, name: str) -> Any:
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node, name)
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, name) for child in node.value]
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # Keys are identifiers: taken as written, so that "on" is not read as true.
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode) or key in plain:
            line = key_node.start_mark.line + 1
            raise KnowledgeError(
                knowledge_problem(
                    name, line, f"键“{key}”重复或无效", f'key "{key}" twice or no key'
                )
            )
        plain[key] = _plain(value_node, name)
    return plain


def _scalar(node: yaml.ScalarNode, name: str) -> Any:
    tag, value = str(node.tag), str(node.value)
    try:
        if tag in (_TAG + "str", _TAG + "timestamp"):
            return value  # a date stays as it is written; whoever wants one reads it
        if tag == _TAG + "int":
            return int(value)
        if tag == _TAG + "float":
            return float(value)
        if tag == _TAG + "bool":
            return _BOOLS[value.lower()]
    except (ValueError, KeyError):
        pass  # an octal or sexagesimal number: refused below like any other odd scalar
    if tag == _TAG + "null":
        return None
    line = node.start_mark.line + 1
    raise KnowledgeError(
        knowledge_problem(
            name, line, f"不支持的值“{value}”", f'a value of no plain kind: "{value}"'
        )
    )
