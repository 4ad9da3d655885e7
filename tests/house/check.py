#!/usr/bin/env python3
"""Holds every C++ file and TLA+ spec of the checkout against the house rules (rules.py). Exit 0: none broken; 1: complaints on stdout."""

import sys
from pathlib import Path

from rules import check_file, check_spec, read_layers

FOLDERS = ['src', 'proptests', 'bench', 'fuzz', 'interop', 'jepsen']


def main():
    root = Path(__file__).resolve().parents[2]
    rows = read_layers((root / 'src/layers.txt').read_text())
    files = [f for folder in FOLDERS for f in sorted((root / folder).rglob('*')) if f.suffix in ('.h', '.cc', '.inc')]
    complaints = []
    for file in files:
        if 'testdata' not in file.parts:
            complaints += check_file(str(file.relative_to(root)), file.read_text(), rows)
    specs = sorted((root / 'spec').rglob('*.tla'))
    for spec in specs:
        complaints += check_spec(str(spec.relative_to(root)), spec.read_text())
    for complaint in complaints:
        print(complaint)
    print(f'{len(files) + len(specs)} files, {len(complaints)} complaints')
    return 1 if complaints else 0


if __name__ == '__main__':
    sys.exit(main())
