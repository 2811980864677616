/** The first byte of a column on the wire: which reference is taken away, which predictor, which coding, and whether values are missing. */
import { REFERENCE } from './references.ts';
import { WireError } from './wire-error.ts';

/** What is known of a value from those before it; the rest is the residual. */
export const PREDICTOR = { none: 0, delta: 1, delta2: 2, line: 3 } as const;

/** How the residuals (or, for the last two, the values themselves) are stored. */
export const CODING = { zero: 0, packed: 1, riceSigned: 2, riceFromLow: 3, sparse: 4, raw: 5, planes: 6 } as const;

export interface ColumnHead {
  readonly reference: number;
  readonly predictor: number;
  readonly coding: number;
  readonly hasMissing: boolean;
}

const PLAIN = { reference: REFERENCE.none, predictor: PREDICTOR.none } as const;

/** The head of a column that is stored without prediction. */
export function plainHead(coding: number, hasMissing: boolean): ColumnHead {
  return { ...PLAIN, coding, hasMissing };
}

/** bits 0-1 reference, 2-3 predictor, 4-6 coding, 7 a presence bitmap follows */
export function packHead(head: ColumnHead): number {
  return head.reference | (head.predictor << 2) | (head.coding << 4) | (head.hasMissing ? 0x80 : 0);
}

export function unpackHead(byte: number): ColumnHead {
  const head = {
    reference: byte & 3,
    predictor: (byte >> 2) & 3,
    coding: (byte >> 4) & 7,
    hasMissing: byte >= 0x80,
  };
  if (head.reference > REFERENCE.atMinusMono) throw new WireError('malformed', `column reference ${head.reference}`);
  if (head.coding > CODING.planes) throw new WireError('malformed', `column coding ${head.coding}`);
  if (head.coding >= CODING.raw && (head.reference !== 0 || head.predictor !== 0)) {
    throw new WireError('malformed', 'plain values with a predictor');
  }
  return head;
}
