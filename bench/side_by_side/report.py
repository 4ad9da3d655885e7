# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""Samples in, results out: ratios pair by pair, their median and range; JSON, CSV and one HTML page that needs nothing."""

import csv
import html
import json
import os
import pathlib
import platform
import statistics
import subprocess
import time

OTHERS = {'kafka': 'Kafka', 'null': 'null', 'traced': 'traced'}  # what Gregor is held against, and its heading
HIGHER_IS_BETTER = ('megabytes_per_second', 'records_per_second', 'requests_per_second')


def environment():
    def output(*command):
        done = subprocess.run(command, capture_output=True, text=True)
        return done.stdout.strip()
    cpu = next((line.split(':')[1].strip() for line in pathlib.Path('/proc/cpuinfo').read_text().split('\n')
                if line.startswith('model name')), '')
    project = pathlib.Path(__file__).resolve().parents[2]
    return {'date': time.strftime('%Y-%m-%d'), 'cores': os.cpu_count(), 'cpu': cpu, 'kernel': platform.release(),
            'commit': output('git', '-C', str(project), 'rev-parse', '--short', 'HEAD'),
            'java': output('java', '-version') or subprocess.run(['java', '-version'], capture_output=True, text=True).stderr.split('\n')[0]}


def cases_of(samples):
    return list(dict.fromkeys((s['row'], s['case']) for s in samples))


def summary(samples):
    """One line a (row, case, measure): median by target, and ratios of Gregor to the others."""
    lines = []
    for row, case in cases_of(samples):
        mine = [s for s in samples if (s['row'], s['case']) == (row, case)]
        for measure in mine[0]['measures']:
            by_target = {}
            for sample in mine:
                by_target.setdefault(sample['target'], {})[sample['pair']] = sample['measures'][measure]
            line = {'row': row, 'case': case, 'measure': measure, 'noisy': any(s['noisy'] for s in mine),
                    'median': {t: statistics.median(v.values()) for t, v in by_target.items()}, 'ratio': {}}
            for other in OTHERS:
                ratios = [by_target['gregor'][p] / by_target[other][p] for p in by_target.get(other, {})
                          if p in by_target.get('gregor', {}) and by_target[other][p] > 0]
                if ratios:
                    line['ratio'][other] = {'median': statistics.median(ratios), 'low': min(ratios), 'high': max(ratios)}
            lines.append(line)
    return lines


def ratio_text(ratio):
    return f"{ratio['median']:.2f} ({ratio['low']:.2f}–{ratio['high']:.2f})" if ratio else '–'


def text_of(samples):
    out = []
    for line in summary(samples):
        medians = '  '.join(f'{t} {v:.4g}' for t, v in line['median'].items())
        ratios = '   '.join(f'×{other} {ratio_text(ratio)}' for other, ratio in line['ratio'].items())
        out.append(f"  {line['measure']:32} {medians}   {ratios}{'   noisy' if line['noisy'] else ''}")
    return '\n'.join(out)


def write(folder, samples, run):
    folder.mkdir(parents=True, exist_ok=True)
    lines = summary(samples)
    about = environment() | run
    (folder / 'results.json').write_text(json.dumps({'about': about, 'summary': lines, 'samples': samples}, indent=1))
    with open(folder / 'results.csv', 'w', newline='') as file:
        writer = csv.writer(file)
        writer.writerow(['row', 'case', 'measure', 'target', 'pair', 'value', 'noisy'])
        for s in samples:
            for measure, value in s['measures'].items():
                writer.writerow([s['row'], s['case'], measure, s['target'], s['pair'], value, int(s['noisy'])])
    (folder / 'index.html').write_text(page(lines, about))


COLOURS = {'gregor': '#2d7d46', 'kafka': '#5a6b7b', 'null': '#c8cdd2', 'traced': '#b5892d'}


def bars(line):
    """A small horizontal bar chart of the medians, as SVG."""
    top = max(line['median'].values()) or 1
    parts = []
    for number, (target, value) in enumerate(line['median'].items()):
        width = max(value / top * 220, 1)
        parts.append(f'<rect x="60" y="{number * 16 + 2}" width="{width:.1f}" height="12" fill="{COLOURS[target]}"/>'
                     f'<text x="55" y="{number * 16 + 12}" text-anchor="end">{target}</text>'
                     f'<text x="{width + 64:.1f}" y="{number * 16 + 12}">{value:.4g}</text>')
    return f'<svg width="360" height="{len(line["median"]) * 16 + 2}">{"".join(parts)}</svg>'


def page(lines, about):
    rows = ''.join(
        f'<tr><td>{line["row"]}</td><td>{html.escape(line["case"])}</td><td>{line["measure"].replace("_", " ")}'
        f'{" ↑" if line["measure"] in HIGHER_IS_BETTER else ""}{" (noisy)" if line["noisy"] else ""}</td><td>{bars(line)}</td>'
        + ''.join(f'<td>{ratio_text(line["ratio"].get(other))}</td>' for other in OTHERS) + '</tr>'
        for line in lines)
    headings = ''.join(f'<th>× {heading}' for heading in OTHERS.values())
    facts = ''.join(f'<li>{html.escape(str(k))}: {html.escape(str(v))}</li>' for k, v in about.items())
    return f'''<!doctype html><meta charset="utf-8"><title>Gregor side by side</title>
<style>body{{font:14px system-ui;margin:2em;max-width:1100px}}td,th{{padding:4px 10px;border-bottom:1px solid #ddd;
text-align:left;vertical-align:middle}}svg text{{font:11px system-ui}}</style>
<h1>Gregor, Apache Kafka 4.1.0 and the null broker</h1>
<p>Each number is the median over the pairs; ratios are Gregor over the other, pair by pair: median (lowest–highest).
Lower is better unless marked ↑. The null broker reads, checks, writes and replies, and nothing else: the floor.</p>
<ul>{facts}</ul><table><tr><th>row<th>case<th>measure<th>median{headings}</tr>{rows}</table>'''
