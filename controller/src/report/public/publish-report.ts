/** The report with stand-ins for everything that identifies its owner. It keeps the schema of the report. Pure. */
import { Report } from '../report-schema.ts';
import { isOpenReference } from './open-reference.ts';
import type { Pseudonyms } from './pseudonyms.ts';
import { PUBLIC_DETAILS, PUBLIC_FIELDS, PUBLIC_NAMES, type PublicRule } from './public-fields.ts';
import { makeTextScrubber } from './scrub-text.ts';
import { publicSourceKey } from './source-key.ts';
import { type Leaf, mapTexts, type Places } from './walk-report.ts';

/** Stands where nobody has decided that it may be shown. */
export const WITHHELD = '[withheld]';

const PLACES: Places = { fields: PUBLIC_FIELDS, names: PUBLIC_NAMES, details: PUBLIC_DETAILS };
const REFERENCE_ID = 'reference_id';

/** `pseudonyms` knows what the control database knows, and learns what else the report holds. */
export function publishReport(report: Report, pseudonyms: Pseudonyms): Report {
  // First every identifier that stands in a field of its own: then texts are searched for all of them.
  mapTexts(report, { schema: Report, places: PLACES, turn: (leaf) => learn(leaf, pseudonyms) });
  const scrubber = makeTextScrubber(pseudonyms);
  const turn = ({ text, rule }: Leaf): string => {
    if (rule === null) return WITHHELD;
    if (rule === 'open') return scrubber.known(text);
    if (rule === 'text') return scrubber.text(text);
    return identified({ text, rule }, pseudonyms);
  };
  return withoutReferences(mapTexts(report, { schema: Report, places: PLACES, turn }) as Report, pseudonyms);
}

function learn({ text, rule }: Leaf, pseudonyms: Pseudonyms): string {
  if (rule !== null && rule !== 'open' && rule !== 'text') identified({ text, rule }, pseudonyms);
  return text;
}

interface Identifier {
  readonly text: string;
  readonly rule: Exclude<PublicRule, 'open' | 'text'>;
}

function identified({ text, rule }: Identifier, pseudonyms: Pseudonyms): string {
  return rule === 'source' ? publicSourceKey(text, pseudonyms) : pseudonyms.of(rule.slice('id:'.length), text);
}

/** The one figure that is an address: which source chronyd follows. */
function withoutReferences(report: Report, pseudonyms: Pseudonyms): Report {
  const results = report.results.map((result) => ({
    ...result,
    streams: result.streams.map((stream) => ({
      ...stream,
      figures: stream.figures.map((figures) => {
        if (figures.column !== REFERENCE_ID || figures.kind !== 'last' || figures.last === null) return figures;
        return { ...figures, last: publicReference(figures.last, pseudonyms) };
      }),
    })),
  }));
  return { ...report, results };
}

/** Reference IDs that are the same everywhere stay; others become 1, 2, ... in the order in which they are met. */
export function publicReference(referenceId: number, pseudonyms: Pseudonyms): number {
  if (isOpenReference(referenceId)) return referenceId;
  return Number(pseudonyms.of('reference-id', `reference id ${referenceId}`).slice('reference-id-'.length));
}
