import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { appendToSegment } from '@ptp-tester/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readSpools } from '../../controller/src/analysis/read-spools.ts';
import { verifyDelivery } from '../../controller/src/analysis/verify-delivery.ts';
import { EPOCH, HandAgent, IngestSite, instanceIdOf, poisonAt, RUN_ID, recordAt, recordsAt } from './ingest-support.ts';

let site: IngestSite;
let spools: string;

beforeEach(async () => {
  spools = mkdtempSync(join(tmpdir(), 'ptp-spools-'));
  site = new IngestSite({ lingerMs: 1 });
  await site.start();
});

afterEach(async () => {
  await site.close();
  rmSync(spools, { recursive: true, force: true });
});

interface SpoolContent {
  readonly records: readonly Uint8Array[];
  readonly through: number;
  readonly acked: number;
  readonly tail?: Uint8Array;
}

/** A spool as an agent leaves it on its instance. */
function writeSpool({ records, through, acked, tail = new Uint8Array(0) }: SpoolContent, run = RUN_ID): string {
  const directory = join(spools, 'i-1', 'var', 'lib', 'ptp-tester', 'spool');
  mkdirSync(directory, { recursive: true });
  const segment = join(directory, `${EPOCH}-0000000000000001.seg`);
  writeFileSync(segment, Buffer.concat([...records.map(appendToSegment), tail]));
  const ledger = { run, instance_id: instanceIdOf(1), epochs: [{ epoch: EPOCH, through, acked }] };
  writeFileSync(join(directory, 'ledger.json'), JSON.stringify(ledger));
  return segment;
}

function verify() {
  const problems: string[] = [];
  const reader = site.reader();
  const onProblem = (path: string) => problems.push(path);
  const report = verifyDelivery({ reader, spools: readSpools({ directory: spools, run: RUN_ID, onProblem }) });
  reader.close();
  return { report, problems };
}

describe('verifying a delivery', () => {
  it('finds everything in store or spool, with the same bytes where it is in both', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 20), poisonAt(21), ...recordsAt(22, 25));
    await agent.ackedThrough(25);
    writeSpool({ records: recordsAt(23, 30), through: 30, acked: 22 });
    const { report, problems } = verify();
    expect(problems).toEqual([]);
    expect(report).toMatchObject({ ok: true, instances_without_spool: [] });
    expect(report.totals).toMatchObject({
      produced: 30,
      stored: 24,
      missing: 0,
      undelivered: 5,
      nacked: 1,
      different: 0,
    });
  });

  it('finds what is missing, what differs and what nobody produced', async () => {
    const agent = await HandAgent.streaming(site, { epochs: [{ epoch: EPOCH, first: 4, next: 9 }] });
    agent.sendRecords(...recordsAt(4, 8));
    await agent.ackedThrough(8);
    writeSpool({ records: [recordAt(6, EPOCH, 9)], through: 7, acked: 5 });
    const { report } = verify();
    expect(report.ok).toBe(false);
    expect(report.epochs[0]).toMatchObject({
      missing: [{ first: 1, last: 3 }],
      different: [{ first: 6, last: 6 }],
      extra: [{ first: 8, last: 8 }],
    });
  });

  it('believes the segments where the ledger is behind, and reports a torn end', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 2));
    await agent.ackedThrough(2);
    const segment = writeSpool({ records: recordsAt(1, 5), through: 3, acked: 0, tail: recordAt(6).subarray(0, 30) });
    const { report, problems } = verify();
    expect(problems).toEqual([segment]);
    expect(report.totals).toMatchObject({ produced: 5, missing: 0, undelivered: 3 });
  });

  it('leaves out spools of other runs and names instances without one', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 2));
    await agent.ackedThrough(2);
    writeSpool({ records: [], through: 9, acked: 0 }, '20200101-000000-aaaa');
    expect(verify().report).toMatchObject({ ok: true, epochs: [], instances_without_spool: [instanceIdOf(1)] });
  });
});
