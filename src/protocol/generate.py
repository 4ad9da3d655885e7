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
NUMBERS = {  # type in the table: (C++ type, enumerator of FieldType, bytes on the wire)
    'bool': ('bool', 'boolean', 1), 'int8': ('std::int8_t', 'int8', 1), 'int16': ('std::int16_t', 'int16', 2),
    'uint16': ('std::uint16_t', 'uint16', 2), 'int32': ('std::int32_t', 'int32', 4),
    'uint32': ('std::uint32_t', 'uint32', 4), 'int64': ('std::int64_t', 'int64', 8),
    'float64': ('double', 'float64', 8), 'error': ('model::ErrorCode', 'error_code', 2),
    'uuid': ('model::Uuid', 'uuid', 16)}
STRINGS = {'string': ('std::string', 2), 'bytes': ('base::Bytes', 4), 'records': ('Records', 4)}
NOTICE = '// Generated from src/protocol/schema.txt by generate.py; not for editing.\n'


class SchemaError(Exception):
    pass


class Versions:
    def __init__(self, text):
        match = re.fullmatch(r'(\d+)(?:(\+)|-(\d+))?', text or '0-0')
        if not match:
            raise SchemaError(f'no range of versions: {text}')
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


def options_of(words, known):
    """['null=3+', 'ignorable'] -> {'null': '3+', 'ignorable': ''}"""
    options = dict(word.partition('=')[::2] for word in words)
    if set(options) - set(known):
        raise SchemaError(f'unknown option: {" ".join(sorted(set(options) - set(known)))}')
    return options


class Field:
    def __init__(self, words):
        self.name, type_text, versions, *options = words
        options = options_of(options, ('null', 'tag', 'default', 'ignorable', 'never-compact'))
        self.array = type_text.startswith('[]')
        self.type = type_text.removeprefix('[]')
        self.versions, self.versions_text = Versions(versions), versions
        self.nullable = Versions(options.get('null'))
        self.tag = int(options['tag']) if 'tag' in options else None
        self.default_null = options.get('default') == 'null' or (self.type == 'records' and not self.array)
        self.default = options.get('default', '0') if not self.default_null else '0'
        self.ignorable, self.never_compact = 'ignorable' in options, 'never-compact' in options
        self.structure = None  # the Struct, where the type is one
        if self.array and self.type in ('bool', 'records') or self.tag is not None and self.type == 'records':
            raise SchemaError(f'{self.name}: no array of {self.type}, no tagged records')
        if self.nullable and self.type in NUMBERS and not self.array:
            raise SchemaError(f'{self.name}: a {self.type} is never null')
        if self.default_null and not self.nullable and self.type != 'records':
            raise SchemaError(f'{self.name}: default=null needs null=')

    member = property(lambda self: snake(self.name))
    optional = property(lambda self: bool(self.nullable) or self.default_null)

    def cpp_type(self):
        one = NUMBERS[self.type][0] if self.type in NUMBERS else STRINGS.get(self.type, [self.type])[0]
        one = f'std::vector<{one}>' if self.array else one
        return f'std::optional<{one}>' if self.optional else one

    def initializer(self):
        if self.optional:
            return '{}' if self.default_null else f' = {self.cpp_type()[len("std::optional<"):-1]}{{}}'
        if self.array or self.structure or self.type in STRINGS or self.type == 'uuid':
            return '{}'
        if self.type == 'int32' and self.default == '-2147483648':
            return ' = std::numeric_limits<std::int32_t>::min()'
        plain = {'bool': 'false', 'error': 'model::ErrorCode::none'}.get(self.type, '0')
        return f' = {self.default if self.default != "0" else plain}'

    def bytes_min(self, version, flexible):
        """The least that the field takes on the wire in this version."""
        if version not in self.versions or self.tag is not None:
            return 0
        if self.array or self.type in STRINGS:
            return 1 if flexible and not self.never_compact else 4 if self.array else STRINGS[self.type][1]
        if self.structure:
            return 1 if version in self.nullable else self.structure.bytes_min_in(version, flexible)
        return NUMBERS[self.type][2]


class Struct:
    def __init__(self, name, message):
        self.name, self.message, self.fields = name, message, []
        self.bytes_min = None

    def cpp_name(self):
        return self.name if self is self.message.root else f'{self.message.name}::{self.name}'

    def table_name(self):
        return snake(self.cpp_name().replace('::', ''))

    def bytes_min_in(self, version, flexible):
        return flexible + sum(field.bytes_min(version, flexible) for field in self.fields)

    def find_bytes_min(self, versions):
        """Sets bytes_min of this struct, which occurs in these versions, and of those inside."""
        sizes = [self.bytes_min_in(v, v in self.message.flexible) for v in versions]
        self.bytes_min = min(sizes + ([] if self.bytes_min is None else [self.bytes_min]), default=0)
        for field in self.fields:
            if field.structure:
                field.structure.find_bytes_min([v for v in versions if v in field.versions])


class Message:
    def __init__(self, name, kind, versions, flexible, identity, file):
        self.name, self.kind, self.id, self.file = name, kind, identity, file
        self.versions, self.flexible = Versions(versions), Versions(flexible)
        self.structs = {}  # by name, each after those that it uses, except the root
        self.root = Struct(name, self)

    def finish(self):
        def resolve(structure, done):
            for field in structure.fields:
                if field.type not in NUMBERS and field.type not in STRINGS:
                    if field.type not in self.structs:
                        raise SchemaError(f'{self.name}: {field.name} is of unknown type {field.type}')
                    field.structure = self.structs[field.type]
                    resolve(field.structure, done)
            members = [field.member for field in structure.fields]
            if len(set(members)) < len(members):
                raise SchemaError(f'{self.name}: {structure.name} names a field twice')
            if structure is not self.root:
                if not members:
                    raise SchemaError(f'{self.name}: {structure.name} has no fields')
                done.setdefault(structure.name, structure)
            return done
        self.structs = resolve(self.root, {})
        self.root.find_bytes_min(range(self.versions.first, self.versions.last + 1))


class Api:
    def __init__(self, words):
        key, self.name, self.versions, *options = words
        self.key, self.options = int(key), options_of(options, ('flexible', 'kafka41', 'kafka39', 'on', 'unstable'))


class Table:
    """The parsed schema: apis and messages, both in the order of the text."""
    def __init__(self, text):
        self.apis, self.messages, self.file, self.stack = [], [], None, []
        for number, line in enumerate(text.splitlines(), 1):
            try:
                if line.strip() and not line.lstrip().startswith('#'):
                    self.directive(line)
            except (SchemaError, ValueError, IndexError, KeyError) as error:
                raise SchemaError(f'line {number}: {error!r}') from error
        for message in self.messages:
            message.finish()

    def directive(self, line):
        depth, words = (len(line) - len(line.lstrip())) // 2, line.split()
        if depth == 0 and words[0] == 'file':
            self.file = words[1]
        elif depth == 0 and words[0] == 'api':
            self.apis.append(Api(words[1:]))
        elif depth == 0 and words[0] in ('request', 'response'):
            api = self.apis[-1]
            self.begin(api.name + words[0].capitalize(), words[0], api.versions, api.options.get('flexible'), api.key,
                       snake(api.name))
        elif depth == 0 and words[0] == 'message':
            options = options_of(words[4:], ('flexible', 'id'))
            self.begin(*words[1:4], options.get('flexible'), int(options.get('id', -1)), self.file)
        elif depth >= 1 and words[0] == 'struct':
            self.stack[1:] = [self.declare(words[1])]
        elif depth >= 1:
            field = Field(words)
            parent = self.stack[depth - 1]
            if parent is None:
                raise SchemaError('the struct above has its fields already')
            parent.fields.append(field)
            self.stack[depth:] = []
            if field.type not in NUMBERS and field.type not in STRINGS:
                # The fields of a shared struct were given before.
                known = field.type in self.messages[-1].structs
                self.stack.append(None if known else self.declare(field.type))
        else:
            raise SchemaError(f'unknown directive {words[0]}')

    def begin(self, name, kind, versions, flexible, identity, file):
        self.messages.append(Message(name, kind, versions, flexible, identity, file))
        self.stack = [self.messages[-1].root]

    def declare(self, name):
        message = self.messages[-1]
        if name in message.structs or not name[0].isupper():
            raise SchemaError(f'{name} is declared twice or no type')
        message.structs[name] = Struct(name, message)
        return message.structs[name]

    def files(self):
        return list(dict.fromkeys(message.file for message in self.messages))


def struct_text(structure, indent, head=''):
    message = structure.message
    out = [f'{indent}struct {structure.name} {{', *head]
    for field in structure.fields:
        tag = '' if field.tag is None else f', tag {field.tag}'
        null = ', may be null' if field.nullable else ''
        out.append(f'{indent}  {field.cpp_type()} {field.member}{field.initializer()};'
                   f'  // {field.versions_text}{tag}{null}')
    if message.flexible:
        out.append(f'{indent}  std::vector<UnknownTag> unknown_tags{{}};')
    out.append(f'{indent}  friend bool operator==(const {structure.name}&, const {structure.name}&) = default;')
    return out + [f'{indent}}};']


def header_text(table, file):
    out = [NOTICE, '#pragma once\n', '#include "protocol/values.h"\n', 'namespace gregor::protocol {\n']
    for message in (m for m in table.messages if m.file == file):
        head = [f'  static constexpr Versions versions{message.versions.cpp()};', '  static const MessageType message_type;']
        if message.kind in ('request', 'response'):
            head.insert(0, f'  static constexpr model::ApiKey api_key{{{message.id}}};')
        for structure in message.structs.values():
            head += [''] + struct_text(structure, '  ')
        out += [*struct_text(message.root, '', head + ['']), '']
    return '\n'.join(out + ['}  // namespace gregor::protocol\n'])


def field_text(field):
    kind = NUMBERS[field.type][1] if field.type in NUMBERS else field.type if field.type in STRINGS else 'structure'
    text = f'    {{.name = "{field.name}", .offset = offsetof(S, {field.member}), .type = FieldType::{kind}'
    for option in ('array', 'optional', 'never_compact', 'ignorable', 'default_null'):
        text += f', .{option} = true' if getattr(field, option) else ''
    text += f', .versions = {field.versions.cpp()}'
    text += f', .nullable = {field.nullable.cpp()}' if field.nullable else ''
    text += f', .default_number = {field.default}' if field.default != '0' else ''
    text += f', .tag = {field.tag}' if field.tag is not None else ''
    text += f', .structure = &{field.structure.table_name()}::type' if field.structure else ''
    if field.array or field.structure and field.optional:
        text += f', .container = &ContainerOf<decltype(S::{field.member})>::value'
    return text + '},'


def field_list_text(structure):
    out = [f'namespace {structure.table_name()} {{', f'using S = {structure.cpp_name()};',
           'static_assert(std::is_standard_layout_v<S>);']
    tagged = sorted((f for f in structure.fields if f.tag is not None), key=lambda f: f.tag)
    for name, fields in (('fields', [f for f in structure.fields if f.tag is None]), ('tagged', tagged)):
        body = ' = {\n' + '\n'.join(map(field_text, fields)) + '\n}' if fields else ''
        out.append(f'constexpr Field {name}[]{body};' if fields else f'constexpr std::span<const Field> {name};')
    unknown = 'offsetof(S, unknown_tags)' if structure.message.flexible else 'no_unknown_tags'
    out.append(f'constexpr StructType type{{"{structure.name}", fields, tagged, {unknown}, {structure.bytes_min}}};')
    return '\n'.join(out + ['}', ''])


def source_text(messages):
    out = [NOTICE, '#include <type_traits>\n', '#include "protocol/schema.h"']
    out += sorted({f'#include "protocol/messages/{m.file}.h"' for m in messages})
    out += ['', 'namespace gregor::protocol {', 'namespace {', '']
    out += [field_list_text(s) for m in messages for s in [*m.structs.values(), m.root]]
    out += ['}  // namespace', '']
    for m in messages:
        out.append(f'constinit const MessageType {m.name}::message_type = message_type_of<{m.name}>(\n    "{m.name}", MessageKind::'
                   f'{m.kind.replace("-", "_")}, {m.id}, {m.flexible.cpp()}, {m.root.table_name()}::type);')
    return '\n'.join(out + ['', '}  // namespace gregor::protocol', ''])


def tables_text(table):
    out = [NOTICE, '#include "protocol/api_table.h"', '#include "protocol/schema.h"']
    out += [f'#include "protocol/messages/{file}.h"' for file in sorted(table.files())]
    out += ['', 'namespace gregor::protocol {', 'namespace {', 'constexpr Api apis[] = {']
    for api in table.apis:
        kafka = ', '.join(Versions(api.options.get(k)).cpp() for k in ('flexible', 'kafka41', 'kafka39'))
        out.append(f'    {{model::ApiKey{{{api.key}}}, "{api.name}", {Versions(api.versions).cpp()}, {kafka}, '
                   f'{str("unstable" in api.options).lower()}, {str("broker" in api.options.get("on", "").split(",")).lower()}, '
                   f'&{api.name}Request::message_type, &{api.name}Response::message_type}},')
    out += ['};', 'constexpr const MessageType* messages[] = {']
    out += [f'    &{message.name}::message_type,' for message in table.messages]
    out += ['};', '}  // namespace', '', 'std::span<const Api> all_apis() { return apis; }',
            'std::span<const MessageType* const> all_messages() { return messages; }', '', '}  // namespace gregor::protocol']
    return '\n'.join(out) + '\n'


def keys_text(table):
    out = [NOTICE, '#pragma once\n', '#include "model/ids.h"\n', 'namespace gregor::protocol::api_key {\n']
    out += [f'inline constexpr model::ApiKey {snake(api.name)}{{{api.key}}};' for api in table.apis]
    return '\n'.join(out + ['', '}  // namespace gregor::protocol::api_key', ''])


def outputs(table):
    """File name -> its text."""
    out = {f'protocol/messages/{file}.h': header_text(table, file) for file in table.files()}
    out['protocol/api_keys.h'] = keys_text(table)
    out['tables.cc'] = tables_text(table)
    for i in range(SOURCES):
        out[f'field_lists_{i}.cc'] = source_text(table.messages[i::SOURCES])
    return out


def main(schema, folder, mode=''):
    texts = outputs(Table(Path(schema).read_text()))
    if mode == '--list':
        print(';'.join(texts), end='')
        return
    for name, text in texts.items():
        path = Path(folder) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


if __name__ == '__main__':
    main(*sys.argv[1:])
