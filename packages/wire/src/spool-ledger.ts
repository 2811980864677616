/** The spool's ledger file: how far each epoch is written and acknowledged. The agent writes it, `ptp-tester verify` reads it too. */
import Type, { type Static } from 'typebox';
import { lazySchema } from './lazy-schema.ts';
import { LIMITS } from './limits.ts';
import { EpochIdText, InstanceId, RunId } from './messages.ts';
import { WireError } from './wire-error.ts';

const closed = { additionalProperties: false } as const;
const Sequence = Type.Integer({ minimum: 0, maximum: LIMITS.sequence });

export const SpoolLedger = Type.Object(
  {
    run: RunId,
    instance_id: InstanceId,
    /** Oldest first. `through`: last sequence written; `acked`: last sequence that the controller has (0 = none). */
    epochs: Type.Array(Type.Object({ epoch: EpochIdText, through: Sequence, acked: Sequence }, closed)),
  },
  closed,
);
export type SpoolLedger = Static<typeof SpoolLedger>;

const schema = lazySchema(SpoolLedger);

/** Parses the ledger file's text. Throws `WireError` (`message_invalid`). */
export function parseSpoolLedger(text: string): SpoolLedger {
  if (text.length > LIMITS.ledgerBytes) throw new WireError('too_large', `ledger of ${text.length} characters`);
  const value = parseJson(text);
  if (!schema.check(value)) throw new WireError('message_invalid', `spool ledger: ${schema.fault(value)}`);
  const wrong = value.epochs.find((epoch) => epoch.acked > epoch.through);
  if (wrong !== undefined) throw new WireError('message_invalid', `spool ledger: epoch ${wrong.epoch} acked > through`);
  return value;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new WireError('message_invalid', 'spool ledger is not JSON', { cause });
  }
}
