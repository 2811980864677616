/** Two weeks of one instance at the default cadence, straight into the store: 4.8 million PHC samples and 1.2 million of chrony. SIMULATED. */
import { type Batch, type ColumnValues, makeColumn, STREAMS, type StreamName } from '@ptp-tester/measurement';
import { encodeRecord } from '@ptp-tester/wire';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import type { SampleWriter, StoreWrite } from '../../controller/src/store/sample-store.ts';
import { summarizeBatch } from '../../controller/src/store/summarize-batch.ts';
import { SeededRandom } from '../bench/seeded-random.ts';
import { STARTED_AT } from '../simulation/simulate-samples.ts';

export const TWO_WEEKS_S = 14 * 86_400;
const ROWS = 60;
const GROUP = 1000;
const EPOCH = '00112233445566aa';

interface Filled {
  readonly stream: StreamName;
  readonly intervalMs: number;
  value(column: string, second: number, random: SeededRandom): number;
}

const DAY_S = 86_400;
const STREAMS_FILLED: readonly Filled[] = [
  {
    stream: 'phc',
    intervalMs: 250,
    value: (column, second, random) => {
      if (column === 'offset_ns')
        return Math.round(60 * Math.sin((2 * Math.PI * second) / DAY_S) + 22 * random.normal());
      if (column === 'read_delay_ns') return 1500 + Math.round(80 * random.exponential());
      if (column === 'readings_ok') return 3;
      return column === 'error_bound_ns' ? 14_000 : 0;
    },
  },
  {
    stream: 'chrony',
    intervalMs: 1000,
    value: (column, second) => {
      if (column === 'clock_error_bound_ns') return 21_000 + Math.round(900 * Math.sin(second / 9000));
      return column === 'phc_selected' || column === 'stratum' ? 1 : 0;
    },
  },
];

/** Returns how many samples were stored. */
export function fillWeeks(writer: SampleWriter, instanceId: string): number {
  const random = new SeededRandom(14);
  let group: StoreWrite[] = [];
  let sequence = 0;
  let samples = 0;
  for (const filled of STREAMS_FILLED) {
    const batchS = (ROWS * filled.intervalMs) / 1000;
    for (let fromS = 0; fromS < TWO_WEEKS_S; fromS += batchS) {
      sequence += 1;
      const batch = makeWeekBatch(filled, fromS, random);
      const bytes = encodeRecord({ epoch: EPOCH, sequence }, batch, NODE_CODEC);
      const receivedAt = STARTED_AT + BigInt(Math.round(fromS + batchS)) * 1_000_000_000n;
      group.push({
        kind: 'batch',
        instanceId,
        epoch: EPOCH,
        sequence,
        receivedAt,
        bytes,
        summary: summarizeBatch(instanceId, batch),
      });
      samples += ROWS;
      if (group.length < GROUP) continue;
      writer.commit(group);
      group = [];
    }
  }
  writer.commit(group);
  return samples;
}

function makeWeekBatch({ stream, intervalMs, value }: Filled, fromS: number, random: SeededRandom): Batch {
  const columns = STREAMS[stream].columns.map(({ name, kind }): ColumnValues => {
    const column = makeColumn(kind, ROWS);
    for (let row = 0; row < ROWS; row += 1) {
      const second = fromS + (row * intervalMs) / 1000;
      const ns = BigInt(Math.round(second * 1e9));
      if (column instanceof BigInt64Array) column[row] = name === 'at' ? STARTED_AT + ns : ns;
      else if (!(column instanceof BigUint64Array)) column[row] = value(name, second, random);
    }
    return column;
  });
  const head = { stream, key: '', generation: 1, intervalNs: intervalMs * 1_000_000, missedTicks: 0 } as const;
  return { kind: 'batch', ...head, rows: ROWS, columns };
}
