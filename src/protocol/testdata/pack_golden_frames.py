#!/usr/bin/env python3
# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Packs captured frames into golden_frames.bin and golden_frames.txt, beside this script.

    pack_golden_frames.py FOLDER

FOLDER holds a file for every captured frame (without its size prefix) and index.json, whose "frames" lists them as
{"file", "direction": "request" | "response", "api": key or null, "version", "trailingBytesInRequest": optional}.

golden_frames.bin is all the frames, one after the other. golden_frames.txt describes them in the same order, a line
each:  <bytes> <request|response> <API key> <version> <surplus bytes> <name>. The name says which client or broker sent
it and in which situation. Tokens of SASL without a frame of their own are left out.
"""
import json
import sys
from pathlib import Path


def main(folder):
    here, folder = Path(__file__).parent, Path(folder)
    frames = [f for f in json.loads((folder / 'index.json').read_text())['frames'] if f['api'] is not None]
    contents, lines = [], ['# bytes direction API-key version surplus-bytes name; see pack_golden_frames.py']
    for frame in frames:
        content = (folder / frame['file']).read_bytes()
        surplus = frame.get('trailingBytesInRequest', 0) if frame['direction'] == 'request' else 0
        contents.append(content)
        lines.append(f'{len(content)} {frame["direction"]} {frame["api"]} {frame["version"]} {surplus} '
                     f'{Path(frame["file"]).stem}')
    (here / 'golden_frames.bin').write_bytes(b''.join(contents))
    (here / 'golden_frames.txt').write_text('\n'.join(lines) + '\n')


if __name__ == '__main__':
    main(*sys.argv[1:])
