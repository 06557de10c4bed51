"""YAML in and out: read together with its places, written as a person would."""

import math
from pathlib import Path
from typing import Any, Final

import yaml

from tingzhen.diagnosis.knowledge_files.document import Document
from tingzhen.diagnosis.knowledge_files.finding import ElementPath, Finding, Place
from tingzhen.errors import KnowledgeError
from tingzhen.language import Text

# The C parser is about ten times quicker; the pure Python one reads the same language.
_LOADER: Final[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_DUMPER: Final[Any] = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_TAG: Final = "tag:yaml.org,2002:"
_BOOLS: Final = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_WIDTH: Final = 100


class _WithoutAliases(_DUMPER):  # type: ignore[misc]
    """Data that happen to share an object are written out twice; a reader takes no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


class _Unusable(Exception):
    """A node that plain data do not need."""

    def __init__(self, node: yaml.Node, zh: str, en: str) -> None:
        super().__init__(en)
        self.place = node.start_mark.line + 1, node.start_mark.column + 1
        self.text = Text(zh, en)


def read_yaml(path: Path) -> Document | Finding:
    """Read one YAML file of plain scalars, lists and mappings.

    A finding "file_unreadable" when it is no UTF-8 YAML, has a key twice, or uses tags or anchors
    that plain data do not need.
    """
    try:
        root = yaml.compose(path.read_text(encoding="utf-8-sig"), Loader=_LOADER)
        if root is None:
            return _unreadable(path, 1, 1, "文件为空", "the file is empty")
        data = _plain(root, set())
    except (OSError, UnicodeDecodeError):
        return _unreadable(path, 1, 1, "无法以 UTF-8 读取", "cannot be read as UTF-8")
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)
        said = getattr(error, "problem", None) or str(error)
        return _unreadable(
            path, line, column, f"不是有效的 YAML：{said}", f"not valid YAML: {said}"
        )
    except _Unusable as error:
        return _unreadable(path, *error.place, error.text.zh, error.text.en)
    return Document(path.name, data, lambda wanted: _place_of(path.name, root, wanted))


def open_yaml(path: Path) -> Document:
    """The same for whoever cannot go on without it. Raises KnowledgeError with file and line."""
    document = read_yaml(path)
    if isinstance(document, Finding):
        raise KnowledgeError(document.line())
    return document


def write_yaml(data: Any) -> str:
    """The data as YAML text: keys in their order, small mappings on one line, Chinese as it is."""
    text: str = yaml.dump(
        data, Dumper=_WithoutAliases, allow_unicode=True, sort_keys=False, default_flow_style=None,
        width=_WIDTH,
    )  # fmt: skip
    return text


def _unreadable(path: Path, line: int, column: int, zh: str, en: str) -> Finding:
    return Finding("file_unreadable", Place(path.name, line, column), Text(zh, en))


def _place_of(name: str, root: yaml.Node, path: ElementPath) -> Place:
    node, mark = root, root.start_mark
    for part in path:
        if isinstance(node, yaml.MappingNode):
            pairs = [(key, value) for key, value in node.value if key.value == str(part)]
            if not pairs:
                break
            mark, node = pairs[0][0].start_mark, pairs[0][1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(part, int):
            if not 0 <= part < len(node.value):
                break
            node = node.value[part]
            mark = node.start_mark
        else:
            break
    return Place(name, mark.line + 1, mark.column + 1)


def _plain(node: yaml.Node, seen: set[int]) -> Any:
    if id(node) in seen:  # an alias; a few of them can unfold into gigabytes
        raise _Unusable(node, "不支持锚点与别名", "anchors and aliases are not taken")
    seen.add(id(node))
    if isinstance(node, yaml.ScalarNode):
        return _scalar(node)
    if node.tag not in (_TAG + "seq", _TAG + "map"):
        raise _Unusable(node, f"不支持标签 {node.tag}", f"the tag {node.tag} is not taken")
    if isinstance(node, yaml.SequenceNode):
        return [_plain(child, seen) for child in node.value]
    plain: dict[str, Any] = {}
    for key_node, value_node in node.value:
        # Keys are identifiers: taken as written, so that "on" is not read as true.
        key = key_node.value
        if not isinstance(key_node, yaml.ScalarNode) or key in plain:
            raise _Unusable(key_node, f"键“{key}”重复或无效", f'key "{key}" twice or no key')
        plain[key] = _plain(value_node, seen)
    return plain


def _scalar(node: yaml.ScalarNode) -> Any:
    tag, value = str(node.tag), str(node.value)
    try:
        if tag in (_TAG + "str", _TAG + "timestamp"):
            return value  # a date stays as it is written; whoever wants one reads it
        if tag == _TAG + "int":
            return int(value)
        if tag == _TAG + "float" and math.isfinite(float(value)):
            return float(value)
        if tag == _TAG + "bool":
            return _BOOLS[value.lower()]
    except (ValueError, KeyError):
        pass  # an octal or sexagesimal number: refused below like any other odd scalar
    if tag == _TAG + "null":
        return None
    raise _Unusable(node, f"不支持的值“{value}”", f'a value of no plain kind: "{value}"')
