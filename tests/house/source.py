"""What the house rules need to know of a C++ file: its code without comments and literals, its includes, its functions."""

import re
from dataclasses import dataclass


@dataclass
class Function:
    name: str
    line: int  # 1-based, where its body opens
    lines: int


_TOKEN = re.compile(
    r'//[^\n]*'
    r'|/\*.*?\*/'
    r'|R"(?P<mark>[^()\s\\]{0,16})\(.*?\)(?P=mark)"'
    r'|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9a-fA-F])'(?:\\.|[^'\\\n])+'",
    re.S,
)


def code_of(text):
    """The text with comments and literals blanked; every line keeps its number."""

    def blank(match):
        return re.sub(r'[^\n]', ' ', match.group(0))

    return _TOKEN.sub(blank, text)


def includes_of(text):
    """(line, path) of each quoted include, comments ignored."""
    found = []
    for number, line in enumerate(text.split('\n'), 1):
        match = re.match(r'\s*#\s*include\s+"([^"]+)"', line)
        if match:
            found.append((number, match.group(1)))
    return found


_HEAD = re.compile(r'([~\w:<>,]+|operator\s*\S+)\s*\([^;{}]*\)\s*[^;{}()]*(?:\([^;{}]*\)[^;{}]*)*$', re.S)
_NOT_A_FUNCTION = re.compile(r'^(if|for|while|switch|catch|constexpr|return|namespace|class|struct|enum|union|do|else|try)\b')


def functions_of(text):
    """Every function with a body that does not lie in another function; lambdas count as part of theirs."""
    code = re.sub(r'^[ \t]*#.*(?:\\\n.*)*$', lambda m: re.sub(r'[^\n]', ' ', m.group(0)), code_of(text), flags=re.M)
    found, stack, start = [], [], 0
    inside = 0  # how many open braces belong to a function
    parentheses = 0  # open ones outside functions: a brace within them is an initialiser
    for at, char in enumerate(code):
        if not inside and char in '()':
            parentheses += 1 if char == '(' else -1
        elif char == ';' and not inside and not parentheses:
            start = at + 1
        elif char == '{':
            head = '' if inside or parentheses else _without_braces(code[start:at]).strip()
            is_initialiser = parentheses > 0 or (stack and stack[-1][1]) or _opens_a_member(code[start:at])
            is_function = not is_initialiser and _is_function_head(head)
            stack.append((is_function, is_initialiser, at, head))
            inside += is_function or inside > 0
            start = start if is_initialiser else at + 1
        elif char == '}' and stack:
            is_function, is_initialiser, opened, head = stack.pop()
            inside -= inside > 0
            if is_function:
                found.append(_function(code, head, opened, at))
            start = start if is_initialiser else at + 1
    return found


# A constructor's "…) : a_{1}, b_": the brace that follows initialises a member.
_MEMBER_INITIALISER = re.compile(r'\)[^;{}]*[^:]:[^:]\s*(?:[^{}]*,\s*)?[\w:<>]+\s*$', re.S)


def _opens_a_member(text):
    return text.rstrip()[-1:] not in ('}', ')') and bool(_MEMBER_INITIALISER.search(_without_braces(text)))


def _without_braces(head):
    while True:
        shorter = re.sub(r'\{[^{}]*\}', '', head)
        if shorter == head:
            return head
        head = shorter


def _is_function_head(head):
    head = re.sub(r'^(public|private|protected)\s*:', '', head).strip()
    head = re.sub(r'^template\s*<[^{}]*?>\s*(?=\w)', '', head)
    return bool(head) and not _NOT_A_FUNCTION.match(head) and '(' in head and bool(_HEAD.search(head)) \
        and not re.search(r'=\s*$', head)


def _function(code, head, opened, closed):
    name = re.search(r'([~\w:]+)\s*\(', head)
    first = code.count('\n', 0, opened) + 1
    last = code.count('\n', 0, closed) + 1
    return Function(name.group(1) if name else head[:40], first, last - first + 1)
