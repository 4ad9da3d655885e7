#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Turns schema.txt into C++: structs, their field lists, and the tables of APIs and messages.

    generate.py SCHEMA FOLDER          writes the files below FOLDER
    generate.py SCHEMA FOLDER --list   only prints their names, ';' between them, for CMake

Reads the table (parse), works out C++ names and types (the Field and Struct properties), prints (the functions that
end in _text). What the generated parts mean is explained in values.h and schema.h; the table's format in schema.txt.
"""
import re
import sys
from pathlib import Path

SOURCES = 10  # the field lists are spread over so many .cc files, to compile side by side
LATER = 32767  # any_later_version
NUMBERS = {  # type in the table: (C++ type, bytes on the wire)
    'bool': ('bool', 1), 'int8': ('std::int8_t', 1), 'int16': ('std::int16_t', 2), 'uint16': ('std::uint16_t', 2),
    'int32': ('std::int32_t', 4), 'uint32': ('std::uint32_t', 4), 'int64': ('std::int64_t', 8),
    'float64': ('double', 8), 'error': ('model::ErrorCode', 2), 'uuid': ('model::Uuid', 16)}
STRINGS = {'string': ('std::string', 2), 'bytes': ('base::Bytes', 4), 'records': ('Records', 4)}  # bytes: of a length
NOTICE = '// Generated from src/protocol/schema.txt by generate.py; not for editing.\n'


class Versions:
    def __init__(self, text):
        match = re.fullmatch(r'(\d+)(?:(\+)|-(\d+))?', text or '0-0')
        if not match:
            raise ValueError(f'no range of versions: {text}')
        self.first = int(match[1]) if text else 0
        self.last = -1 if not text else LATER if match[2] else int(match[3] or match[1])

    def __contains__(self, version):
        return self.first <= version <= self.last

    def __bool__(self):
        return self.first <= self.last

    def cpp(self):
        last = 'any_later_version' if self.last == LATER else self.last
        return f'{{{self.first}, {last}}}' if self else '{}'


def snake(name):
    return re.sub(r'(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])', '_', name.replace('KRaft', 'Kraft')).lower()


def options_of(words, *known):
    """['null=3+', 'ignorable'] -> {'null': '3+', 'ignorable': ''}"""
    options = dict(word.partition('=')[::2] for word in words)
    if unknown := set(options).difference(known):
        raise ValueError(f'unknown option: {" ".join(unknown)}')
    return options


class Field:
    def __init__(self, words):
        self.name, type_text, versions, *options = words
        options = options_of(options, 'null', 'tag', 'default', 'ignorable', 'never-compact')
        self.array = type_text.startswith('[]')
        self.type = type_text.removeprefix('[]')
        self.versions, self.versions_text = Versions(versions), versions
        self.nullable = Versions(options.get('null'))
        self.tag = int(options['tag']) if 'tag' in options else None
        self.default_null = options.get('default') == 'null' or (self.type == 'records' and not self.array)
        self.default = '' if self.default_null else options.get('default', '')
        self.ignorable, self.never_compact = 'ignorable' in options, 'never-compact' in options
        self.member, self.optional = snake(self.name), bool(self.nullable) or self.default_null
        self.structure = None  # the Struct, where the type is one
        if self.array and self.type in ('bool', 'records') or self.tag is not None and self.type == 'records':
            raise ValueError(f'{self.name}: no array of {self.type}, no tagged records')
        if self.tag is not None and self.tag > 63:
            raise ValueError(f'{self.name}: the reader keeps a bit for each tag, up to 63')
        if self.nullable and self.type in NUMBERS and not self.array:
            raise ValueError(f'{self.name}: a {self.type} is never null')
        if self.default_null and not self.nullable and self.type != 'records':
            raise ValueError(f'{self.name}: default=null needs null=')

    def cpp_type(self):
        one = NUMBERS[self.type][0] if self.type in NUMBERS else STRINGS.get(self.type, [self.type])[0]
        one = f'std::vector<{one}>' if self.array else one
        return f'std::optional<{one}>' if self.optional else one

    def initializer(self):
        if self.optional:
            return '{}' if self.default_null else f' = {self.cpp_type()[len("std::optional<"):-1]}{{}}'
        if self.array or self.structure or self.type in STRINGS or self.type == 'uuid':
            return '{}'
        plain = {'bool': 'false', 'error': 'model::ErrorCode::none'}.get(self.type, '0')
        return f' = {self.default or plain}'

    def bytes_min(self, version, flexible):
        """The least that the field takes on the wire in this version."""
        if version not in self.versions or self.tag is not None:
            return 0
        if self.array or self.type in STRINGS:
            return 1 if flexible and not self.never_compact else 4 if self.array else STRINGS[self.type][1]
        if self.structure:
            return 1 if version in self.nullable else self.structure.bytes_min_in(version)
        return NUMBERS[self.type][1]


class Struct:
    def __init__(self, name, message):
        self.name, self.message, self.fields = name, message, []
        self.cpp_name = name if name == message.name else f'{message.name}::{name}'
        self.table_name = snake(self.cpp_name.replace('::', '')) + '_list'

    def with_parts(self):
        for field in self.fields:
            yield from field.structure.with_parts() if field.structure else ()
        yield self

    def bytes_min_in(self, version):
        flexible = version in self.message.flexible
        return flexible + sum(field.bytes_min(version, flexible) for field in self.fields)

    def bytes_min(self):
        """The least over the versions that have any of its fields."""
        versions = range(self.message.versions.first, self.message.versions.last + 1)
        return min((self.bytes_min_in(v) for v in versions if any(v in f.versions for f in self.fields)), default=1)


class Message:
    def __init__(self, name, kind, versions, flexible, identity, file):
        self.name, self.kind, self.id, self.file = name, kind, identity, file
        self.versions, self.flexible = Versions(versions), Versions(flexible)
        self.declared = {}  # structs by name
        self.root = Struct(name, self)

    def declare(self, name):
        if name in self.declared or not name[0].isupper():
            raise ValueError(f'{name} is declared twice or no type')
        return self.declared.setdefault(name, Struct(name, self))

    def structs(self):
        """Each once and after those that it uses, so that the root comes last."""
        return list(dict.fromkeys(self.root.with_parts()))


class Table:
    """The parsed schema: apis and messages, both in the order of the text."""
    def __init__(self, text):
        self.apis, self.messages, self.file, self.stack = [], [], None, []
        for number, line in enumerate(text.splitlines(), 1):
            text = line.lstrip()
            try:
                if text and not text.startswith('#'):
                    self.directive((len(line) - len(text)) // 2, text.split())
            except (ValueError, IndexError) as error:
                raise ValueError(f'line {number}: {error!r}') from error
        if empty := [s.cpp_name for m in self.messages for s in m.structs()[:-1] if not s.fields]:
            raise ValueError(f'{", ".join(empty)} has no fields')

    def directive(self, depth, words):
        if depth > 0 and words[0] == 'struct':
            self.stack[1:] = [self.messages[-1].declare(words[1])]
        elif depth > 0:
            self.field(depth, Field(words))
        elif words[0] == 'file':
            self.file = words[1]
        elif words[0] == 'api':
            options = options_of(words[4:], 'flexible', 'kafka41', 'kafka39', 'on', 'unstable')
            key, name, versions = words[1:4]
            self.apis.append({'key': int(key), 'name': name, 'file': snake(name), 'versions': versions, **options})
        elif words[0] in ('request', 'response'):
            api, kind = self.apis[-1], words[0]
            self.file = api['file']
            self.begin(api['name'] + kind.capitalize(), kind, api['versions'], api.get('flexible'), api['key'])
        elif words[0] == 'message':
            options = options_of(words[4:], 'flexible', 'id')
            self.begin(*words[1:4], options.get('flexible'), int(options.get('id', -1)))
        else:
            raise ValueError(f'unknown directive {words[0]}')

    def begin(self, *message):
        self.messages.append(Message(*message, self.file))
        self.stack = [self.messages[-1].root]  # by depth, where the next field goes

    def field(self, depth, field):
        parent = self.stack[depth - 1]
        if parent is None:
            raise ValueError('the struct above has its fields already')
        if field.member in [other.member for other in parent.fields]:
            raise ValueError(f'{field.name} occurs twice')
        parent.fields.append(field)
        self.stack[depth:] = []
        if field.type not in NUMBERS and field.type not in STRINGS:
            shared = self.messages[-1].declared.get(field.type)
            field.structure = shared or self.messages[-1].declare(field.type)
            self.stack.append(None if shared else field.structure)


def struct_text(structure, head=()):
    out = [f'struct {structure.name} {{', *head]
    for field in structure.fields:
        tag = '' if field.tag is None else f', tag {field.tag}'
        null = ', may be null' if field.nullable else ''
        out.append(f'  {field.cpp_type()} {field.member}{field.initializer()};  // {field.versions_text}{tag}{null}')
    if structure.message.flexible:
        out.append('  std::vector<UnknownTag> unknown_tags{};')
    out.append(f'  friend bool operator==(const {structure.name}&, const {structure.name}&) = default;')
    return '\n'.join(out + ['};', ''])


def header_text(table, file):
    out = [NOTICE, '#pragma once\n', '#include "protocol/values.h"\n', 'namespace gregor::protocol {\n']
    for message in (m for m in table.messages if m.file == file):
        # Not nested in the message: clang takes a nested struct with initializers for one that needs arguments.
        parts, inner = message.structs()[:-1], snake(message.name)
        if parts:
            out += [f'namespace {inner} {{\n', *map(struct_text, parts), f'}}  // namespace {inner}\n']
        has_key = message.kind in ('request', 'response')
        head = [f'  static constexpr model::ApiKey api_key{{{message.id}}};'] if has_key else []
        head += [f'  static constexpr Versions versions{message.versions.cpp()};']
        head += ['  static const MessageType message_type;', *(f'  using {s.name} = {inner}::{s.name};' for s in parts)]
        out.append(struct_text(message.root, head + ['']))
    return '\n'.join(out + ['}  // namespace gregor::protocol\n'])


def field_text(field):
    kind = 'structure' if field.structure else {'bool': 'boolean', 'error': 'error_code'}.get(field.type, field.type)
    text = f'    Field{{.name = "{field.name}", .offset = offsetof(S, {field.member}), .type = FieldType::{kind}'
    for option in ('array', 'optional', 'never_compact', 'ignorable', 'default_null'):
        text += f', .{option} = true' if getattr(field, option) else ''
    container = field.array or field.structure and field.optional
    others = {'versions': field.versions.cpp(), 'nullable': field.nullable and field.nullable.cpp(),
              'default_number': field.default, 'tag': field.tag,
              'structure': field.structure and f'&{field.structure.table_name}::type',
              'container': container and f'&ContainerOf<decltype(S::{field.member})>::value'}
    return text + ''.join(f', .{name} = {value}' for name, value in others.items() if value) + '},'


def field_list_text(structure):
    out = [f'namespace {structure.table_name} {{', f'using S = {structure.cpp_name};',
           'static_assert(std::is_standard_layout_v<S>);']
    tagged = sorted((f for f in structure.fields if f.tag is not None), key=lambda f: f.tag)
    for name, fields in (('fields', [f for f in structure.fields if f.tag is None]), ('tagged', tagged)):
        out += [f'constexpr std::array<Field, {len(fields)}> {name}{{{{', *map(field_text, fields), '}};']
    unknown = 'offsetof(S, unknown_tags)' if structure.message.flexible else 'no_unknown_tags'
    out.append(f'constexpr StructType type{{"{structure.name}", fields, tagged, {unknown}, {structure.bytes_min()}}};')
    return '\n'.join(out + ['}\n'])


def source_text(messages):
    out = [NOTICE, '#include <array>', '#include <type_traits>\n', '#include "protocol/schema.h"']
    out += sorted({f'#include "protocol/messages/{m.file}.h"' for m in messages})
    out += ['', 'namespace gregor::protocol {', 'namespace {', '']
    out += [field_list_text(s) for m in messages for s in m.structs()]
    out += ['}  // namespace', '']
    out += [f'constinit const MessageType {m.name}::message_type = message_type_of<{m.name}>("{m.name}",\n'
            f'    MessageKind::{m.kind.replace("-", "_")}, {m.id}, {m.flexible.cpp()}, {m.root.table_name}::type);'
            for m in messages]
    return '\n'.join(out + ['', '}  // namespace gregor::protocol', ''])


def tables_text(table):
    out = [NOTICE, '#include "protocol/api_table.h"', '#include "protocol/schema.h"']
    out += sorted({f'#include "protocol/messages/{message.file}.h"' for message in table.messages})
    out += ['', 'namespace gregor::protocol {', 'namespace {', 'constexpr Api apis[] = {']
    for api in table.apis:
        ranges = ', '.join(Versions(api.get(k)).cpp() for k in ('versions', 'flexible', 'kafka41', 'kafka39'))
        flags = ', '.join(str(flag).lower() for flag in ('unstable' in api, 'broker' in api.get('on', '').split(',')))
        out.append(f'    {{model::ApiKey{{{api["key"]}}}, "{api["name"]}", {ranges}, {flags}, '
                   f'&{api["name"]}Request::message_type, &{api["name"]}Response::message_type}},')
    out += ['};', 'constexpr const MessageType* messages[] = {']
    out += [f'    &{message.name}::message_type,' for message in table.messages]
    out += ['};', '}  // namespace', '', 'std::span<const Api> all_apis() { return apis; }',
            'std::span<const MessageType* const> all_messages() { return messages; }', '']
    return '\n'.join(out + ['}  // namespace gregor::protocol', ''])


def keys_text(table):
    out = [NOTICE, '#pragma once\n', '#include "model/ids.h"\n', 'namespace gregor::protocol::api_key {\n']
    out += [f'inline constexpr model::ApiKey {api["file"]}{{{api["key"]}}};' for api in table.apis]
    return '\n'.join(out + ['', '}  // namespace gregor::protocol::api_key', ''])


def outputs(table):
    """File name -> its text."""
    files = dict.fromkeys(message.file for message in table.messages)
    return {**{f'protocol/messages/{file}.h': header_text(table, file) for file in files},
            **{f'field_lists_{i}.cc': source_text(table.messages[i::SOURCES]) for i in range(SOURCES)},
            'protocol/api_keys.h': keys_text(table), 'tables.cc': tables_text(table)}


def main(schema, folder, mode='--write'):
    texts = outputs(Table(Path(schema).read_text()))
    if mode == '--list':
        print(';'.join(texts), end='')
    for name, text in texts.items() if mode == '--write' else ():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == '__main__':
    main(*sys.argv[1:])
