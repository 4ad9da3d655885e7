# Copyright 2026 The Gregor Authors.
# SPDX-License-Identifier: Apache-2.0
"""The tables: of a run, as text; and those of docs/specs.md, made from the manifests, the mutants and their stored
counterexamples, between the lines `<!-- table NAME -->` and `<!-- end -->`."""

import re


def aligned(rows):
    """Rows of texts as columns; what looks like a number stands to the right."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]

    def cell(text, width):
        return text.rjust(width) if re.fullmatch(r'[\d,.]+( s)?|-', text) else text.ljust(width)
    return [' '.join(cell(text, width) + ' ' for text, width in zip(row, widths)).rstrip() for row in rows]


def counted(number):
    return f'{number:,}' if number else '-'


def duration(seconds):
    return f'{seconds:.0f} s' if seconds < 600 else f'{seconds / 60:.0f} min'


def of_models(results):
    """[(model, outcome)] -> lines."""
    rows = [('spec', 'configuration', 'states', 'distinct', 'depth', 'time', 'verdict', 'expected')]
    for model, outcome in sorted(results, key=lambda r: (r[0].spec, r[0].name)):
        rows.append((model.spec, model.name, counted(outcome.states), counted(outcome.distinct), counted(outcome.depth),
                     f'{outcome.seconds:.0f} s', outcome.result, model.result))
    return aligned(rows)


def of_mutants(results):
    """[(mutant, [(model, property, what is wrong, outcome)])] -> lines."""
    rows = [('mutant', 'configuration', 'property', 'steps', 'time', 'verdict')]
    for mutant, deaths in results:
        for model, name, wrong, outcome in deaths:
            rows.append((mutant.name, model, name, str(steps_of(outcome)) if outcome else '-',
                         f'{outcome.seconds:.0f} s' if outcome else '-', wrong.split('\n')[0][:80] or 'dies'))
    return aligned(rows)


def steps_of(outcome):
    return max(0, len(outcome.trace.steps) - 1) if outcome.trace else 0


def _markdown(head, rows):
    line = '|{}|'.format
    return [line('|'.join(f' {name} ' for name in head)), line('|'.join('---' for _ in head)),
            *(line('|'.join(f' {text} ' for text in row)) for row in rows)]


def models_in_docs(models):
    def mode(model):
        runs = model.simulate
        return f'{runs["traceCount"]:,} random runs of {runs["depth"]} steps' if runs else 'exhaustive'
    rows = [(f'`{m.name}`', 'CI' if m.in_ci else 'deep', mode(m), m.bounds.replace('|', '\\|'), counted(m.states),
             counted(m.distinct), counted(m.depth), duration(m.runtime) if m.states else '-', m.result)
            for m in sorted(models, key=lambda m: (m.spec, not m.in_ci, m.result != 'success', m.name))]
    return _markdown(('configuration', 'part', 'mode', 'bounds', 'states', 'distinct', 'depth', 'time', 'expected'), rows)


def mutants_in_docs(mutants, seconds_of):
    def row(mutant):
        stored = mutant.stored.read_text() if mutant.stored.exists() else ''
        numbers = re.findall(r'^ *(\d+)  \S', stored, re.M)
        deaths = '<br>'.join([f'{name} ({model})' for model, name in mutant.deaths]
                             + [f'{name} ({model}), alone' for model, name in mutant.also])
        return (f'[{mutant.name}](../spec/mutants/{mutant.name}.txt)', mutant.title.replace('|', '\\|'), mutant.source,
                deaths, str(int(numbers[-1]) - 1) if numbers else '-', seconds_of(mutant.name))
    rows = [row(mutant) for mutant in sorted(mutants, key=lambda m: (m.deaths, m.name))]
    return _markdown(('mutant', 'what was broken', 'source', 'dies by', 'steps', 'seconds'), rows)


def seconds_in(text, results):
    """name -> seconds of a mutant, from the last runs, else from the table as it stands."""
    def seconds_of(name):
        known = re.search(rf'^\| \[{re.escape(name)}\].*\| (\S+) \|$', text, re.M)
        measured = results.get(name, {}).get('seconds')
        return f'{measured:.0f}' if measured is not None else known.group(1) if known else '-'
    return seconds_of


def renewed(text, tables):
    """The text with the lines between the markers replaced; tables: name -> lines."""
    for name, lines in tables.items():
        text = re.sub(rf'(<!-- table {name} -->\n).*?(<!-- end -->)',
                      lambda found: found.group(1) + '\n'.join(['', *lines, '', '']) + found.group(2), text, flags=re.S)
    return text


def simulated_in_docs(totals):
    rows = [(f'`{name}`', counted(rounds), counted(runs), counted(states), counted(present),
             duration(seconds) if rounds else '-') for name, rounds, runs, states, present, seconds in totals]
    sums = [sum(column) for column in list(zip(*totals))[1:]] if totals else []
    if sums:
        rows.append(('all', *map(counted, sums[:-1]), duration(sums[-1])))
    return _markdown(('configuration', 'rounds', 'runs', 'states', 'of these with the present text', 'time'), rows)


def docs(text, models, mutants, results, simulated):
    return renewed(text, {'models': models_in_docs(models), 'simulated': simulated_in_docs(simulated),
                          'mutants': mutants_in_docs(mutants, seconds_in(text, results))})
