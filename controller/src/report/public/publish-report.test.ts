import fc from 'fast-check';
import Value from 'typebox/value';
import { describe, expect, it } from 'vitest';
import { madeInstance, madeRun } from '../../analysis/made-run.fixture.ts';
import { madeReport } from '../made-report.fixture.ts';
import { renderMarkdown } from '../render-markdown.ts';
import { Report } from '../report-schema.ts';
import { knownIdentifiers } from './known-identifiers.ts';
import { Pseudonyms } from './pseudonyms.ts';
import { PUBLIC_FIELDS, PUBLIC_NAMES } from './public-fields.ts';
import { publishReport, WITHHELD } from './publish-report.ts';

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly enum?: unknown;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly items?: Schema | readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly patternProperties?: Readonly<Record<string, Schema>>;
}

interface OpenPlace {
  readonly place: string;
  readonly kind: 'text' | 'names';
}

/** The places of the schema whose text is not spelled out by it, and its records with free names. */
function* openPlaces(schema: Schema, place = ''): Generator<OpenPlace> {
  for (const one of [schema.anyOf ?? [], schema.items ?? []].flat()) yield* openPlaces(one, place);
  for (const [name, one] of Object.entries(schema.properties ?? {})) {
    yield* openPlaces(one, place === '' ? name : `${place}.${name}`);
  }
  for (const one of Object.values(schema.patternProperties ?? {})) {
    if (Object.keys(one).length === 0) continue;
    yield { place, kind: 'names' };
    yield* openPlaces(one, `${place}.*`);
  }
  if (isFreeText(schema)) yield { place, kind: 'text' };
}

function isFreeText({ type, description, enum: words, const: word }: Schema): boolean {
  return type === 'string' && words === undefined && word === undefined && description?.startsWith('RFC 3339') !== true;
}

describe('a public report', () => {
  it('has a decision for each text of the report: give a new one its rule in public-fields.ts', () => {
    const places = [...openPlaces(Report as Schema)];
    expect(places.length).toBeGreaterThan(50);
    const undecided = places.filter(
      ({ place, kind }) => (kind === 'text' ? PUBLIC_FIELDS : PUBLIC_NAMES)[place] === undefined,
    );
    expect([...new Set(undecided.map(({ place }) => place))]).toEqual([]);
  });

  it('withholds a text that nobody has decided on, and is a report by its schema', () => {
    const report = madeReport();
    const [first] = report.results;
    const environment = { kernel: '6.1.0', brand_new: 'who knows', 'odd name': 3 };
    const extended = { ...report, results: [{ ...first, environment }] } as Report;
    const shown = publishReport(extended, new Pseudonyms());
    expect(shown.results[0]?.environment).toEqual({ kernel: '6.1.0', brand_new: WITHHELD, [WITHHELD]: 3 });
    expect([...Value.Errors(Report, shown)]).toEqual([]);
  });

  it('gives what stands below a name the rule of that name', () => {
    const report = madeReport();
    const [first] = report.results;
    const [event] = first?.events.items ?? [];
    const detail = { boot_id: { before: 'boot-x', after: 'boot-y' }, kernel: { before: '6.1', after: '6.12' } };
    const events = { total: 1, items: [{ ...event, event: 'environment_changed', detail }] };
    const shown = publishReport({ ...report, results: [{ ...first, events }] } as Report, new Pseudonyms());
    expect(shown.results[0]?.events.items[0]?.detail).toEqual({
      boot_id: { before: 'boot-1', after: 'boot-2' },
      kernel: { before: '6.1', after: '6.12' },
    });
  });

  it('is the same report when there is nothing to hide', () => {
    const report = madeReport();
    const open = new Pseudonyms([
      'i-0123456789abcdef0',
      'ami-0123456789abcdef0',
      'subnet-12345678',
      'my-cluster-pg',
      'us-east-1a',
      'boot-a',
    ]);
    expect(publishReport(report, open)).toEqual(report);
  });

  it('shows no identifier of the run, whatever it is called and wherever it stands', () => {
    const identifier = fc.stringMatching(/^[A-Za-z][A-Za-z0-9 _.@/:+-]{7,30}[A-Za-z0-9]$/);
    const names = fc.record({
      key: identifier,
      group: identifier,
      owner: identifier,
      tag: identifier,
      subnet: identifier,
    });
    const made = madeReport();
    const unnamed = publishReport(made, new Pseudonyms());
    const clean = `${JSON.stringify(unnamed)}${renderMarkdown(unnamed)}`.toLowerCase();
    fc.assert(
      fc.property(
        names,
        fc.constantFrom(' ', '', ', ', '"', '/', '='),
        ({ key, group, owner, tag, subnet }, between) => {
          const run = madeRun(
            {},
            { keyName: key, placementGroup: group, subnetId: subnet, tags: { a: tag }, fleet: { owner } },
          );
          const all = [key, group, owner, tag, subnet];
          const said = `was: ${all.join(between)} ${all.join(`${between} `)}`;
          const report = withTexts(made, { said, group, subnet });
          const known = knownIdentifiers({
            run,
            instances: [madeInstance()],
            preparation: null,
            here: { hosts: [], paths: [] },
          });
          const shown = publishReport(report, known);
          const text = `${JSON.stringify(shown)}${renderMarkdown(shown)}`.toLowerCase();
          // A word of the report itself may be called like that; then nothing can tell the two apart.
          const found = all.filter((one) => text.includes(one.toLowerCase()) && !clean.includes(one.toLowerCase()));
          expect(found).toEqual([]);
        },
      ),
      { numRuns: 50 },
    );
  });
});

interface Said {
  readonly said: string;
  readonly group: string;
  readonly subnet: string;
}

function withTexts(report: Report, { said, group, subnet }: Said): Report {
  const [first] = report.results;
  if (first === undefined) throw new Error('the made report has results');
  const verdict = { ...first.verdict, setup: { value: 'failed' as const, reason: said } };
  const [event] = first.events.items;
  if (event === undefined) throw new Error('the made report has events');
  const events = { total: 1, items: [{ ...event, detail: { reason: said, before: said } }] };
  const failure = { kind: 'other', message: said };
  const results = [{ ...first, verdict, events, failure, placement_group: group, subnet_id: subnet }];
  return { ...report, run: { ...report.run, stop_reason: said }, results };
}
