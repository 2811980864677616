import { encodeRecord, LIMITS } from '@ptp-tester/wire';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NODE_CODEC } from '../../controller/src/store/node-codec-environment.ts';
import {
  damagedAt,
  EPOCH,
  HandAgent,
  IngestSite,
  instanceIdOf,
  poisonAt,
  RUN_ID,
  rawBatch,
  recordAt,
  recordsAt,
} from './ingest-support.ts';

let site: IngestSite;

beforeEach(async () => {
  site = new IngestSite({ instances: 2 });
  await site.start();
});

afterEach(() => site.close());

function stored() {
  const reader = site.reader();
  try {
    return reader.coverage(instanceIdOf(1), EPOCH);
  } finally {
    reader.close();
  }
}

describe('delivery', () => {
  it('stores the very bytes that were sent, with their events and samples', async () => {
    const agent = await HandAgent.streaming(site);
    const records = recordsAt(1, 30);
    agent.sendRecords(...records.slice(0, 10));
    agent.sendRecords(...records.slice(10));
    await agent.ackedThrough(30);
    const reader = site.reader();
    for (const [index, bytes] of records.entries()) {
      expect(reader.recordBytes(instanceIdOf(1), EPOCH, index + 1)).toEqual(bytes);
    }
    expect(reader.series()).toMatchObject([{ stream: 'raw', records: 29, samples: 145, intervalNs: 1_000_000_000 }]);
    expect(reader.events()).toMatchObject([{ event: 'epoch_started', sequence: 1, epoch: EPOCH }]);
    expect(reader.epochs()).toMatchObject([
      { epoch: EPOCH, bootId: 'b7a4c0de-0000-4000-8000-000000000001', through: 30, nacked: 0 },
    ]);
    const batches = [...reader.batches({ instanceId: instanceIdOf(1), stream: 'raw', key: '' })];
    expect(batches.map(({ sequence }) => sequence)).toEqual(Array.from({ length: 29 }, (_, index) => index + 2));
    reader.close();
  });

  it('acknowledges duplicates again and stores them once', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 5));
    await agent.ackedThrough(5);
    agent.received.length = 0;
    agent.sendRecords(...recordsAt(1, 5));
    agent.sendRecords(...recordsAt(3, 8), ...recordsAt(3, 8));
    await agent.ackedThrough(8);
    expect(stored().records).toEqual([{ first: 1, last: 8 }]);
    expect(site.liveAgents.get(instanceIdOf(1))?.recordsStored).toBe(8);
  });

  it('resumes after the last ack on a new connection', async () => {
    const first = await HandAgent.streaming(site);
    first.sendRecords(...recordsAt(1, 7));
    await first.ackedThrough(7);
    await first.close();
    await site.restart();
    const second = await HandAgent.connect(site);
    second.hello([{ epoch: EPOCH, first: 5, next: 12 }]);
    expect((await second.next('enrolled')).stored).toEqual([{ epoch: EPOCH, through: 7 }]);
    second.sendRecords(...recordsAt(8, 11));
    await second.ackedThrough(11);
    expect(stored().records).toEqual([{ first: 1, last: 11 }]);
  });

  it('refuses a hole and keeps what came before it', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 3), recordAt(5));
    expect(await agent.next('refuse')).toMatchObject({ code: 'sequence_hole', retry: true });
    expect(agent.received).toContainEqual({ type: 'ack', epoch: EPOCH, through: 3 });
    expect(stored().records).toEqual([{ first: 1, last: 3 }]);
  });

  it('passes over what hello says the agent no longer has, and keeps that on record', async () => {
    const agent = await HandAgent.streaming(site, { epochs: [{ epoch: EPOCH, first: 5, next: 7 }] });
    agent.sendRecords(...recordsAt(5, 6));
    await agent.ackedThrough(6);
    expect(stored()).toMatchObject({ records: [{ first: 5, last: 6 }], skipped: [{ first: 1, last: 4 }] });
    expect(site.events('data_gap')).toMatchObject([{ detail: { epoch: EPOCH, from: 1, to: 4 } }]);
  });

  it('takes a gap record for all the sequences it stands for', async () => {
    const agent = await HandAgent.streaming(site);
    const at = 1_763_680_677_000_000_000n;
    const loss = { stream: 'raw', key: '', samples: 30, fromAt: at, toAt: at + 29n, reason: 'spool_full' } as const;
    const losses = [{ ...loss, fromMonoRawNs: 1n, toMonoRawNs: 30n }];
    const content = { kind: 'gap', firstSequence: 3, lostEvents: 1, losses } as const;
    const gap = encodeRecord({ epoch: EPOCH, sequence: 6 }, content, NODE_CODEC);
    agent.sendRecords(...recordsAt(1, 2), gap, recordAt(7));
    await agent.ackedThrough(7);
    expect(stored().gaps).toEqual([{ first: 3, last: 6 }]);
    const reader = site.reader();
    expect(reader.losses()).toEqual([{ ...losses[0], instanceId: instanceIdOf(1), epoch: EPOCH, sequence: 6 }]);
    reader.close();
  });

  it('nacks a poison record and lets the rest flow', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 3), poisonAt(4), ...recordsAt(5, 6));
    expect(await agent.next('nack')).toMatchObject({ epoch: EPOCH, sequence: 4, code: 'unknown_kind' });
    await agent.ackedThrough(6);
    expect(stored()).toMatchObject({
      records: [
        { first: 1, last: 3 },
        { first: 5, last: 6 },
      ],
      nacked: [4],
    });
    expect(site.events('record_nacked')).toHaveLength(1);
    agent.sendRecords(poisonAt(4), recordAt(7));
    await agent.ackedThrough(7);
    expect(stored().nacked).toEqual([4]);
  });

  it('raises an event when an instance begins a second epoch', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 2));
    await agent.ackedThrough(2);
    agent.sendRecords(...recordsAt(1, 2, 'bbbbbbbbbbbbbbbb'));
    await agent.ackedThrough(2, 'bbbbbbbbbbbbbbbb');
    expect(site.events('agent_restarted')).toMatchObject([{ detail: { epoch: 'bbbbbbbbbbbbbbbb' } }]);
  });
});

describe('what arrives broken', () => {
  it('closes the connection with a reason, after acknowledging what was good', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 3));
    agent.sendBytes(Buffer.from('garbage'));
    expect(await agent.next('refuse')).toMatchObject({ code: 'broken_frame', retry: true });
    await agent.closed;
    expect(agent.received).toContainEqual({ type: 'ack', epoch: EPOCH, through: 3 });
    expect(site.events('connection_refused')).toHaveLength(1);
  });

  it('counts a record with a wrong checksum as broken', async () => {
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 3), damagedAt(4), recordAt(5));
    expect(await agent.next('refuse')).toMatchObject({ code: 'broken_frame' });
    expect(agent.received).toContainEqual({ type: 'ack', epoch: EPOCH, through: 3 });
    expect(stored().records).toEqual([{ first: 1, last: 3 }]);
  });

  it('nacks the record that is due when it arrives broken for the third time in a row', async () => {
    const hello = async () => {
      const agent = await HandAgent.connect(site);
      agent.hello([{ epoch: EPOCH, first: 1, next: 7 }]);
      await agent.next('enrolled');
      return agent;
    };
    const agent = await HandAgent.streaming(site);
    agent.sendRecords(...recordsAt(1, 3), damagedAt(4));
    await agent.closed;
    const second = await hello();
    second.sendBytes(Buffer.from('not even a frame'));
    await second.closed;
    expect(second.received.map(({ type }) => type)).not.toContain('nack');
    const third = await hello();
    third.sendRecords(damagedAt(4), recordAt(5));
    expect(await third.next('nack')).toMatchObject({ epoch: EPOCH, sequence: 4, code: 'broken_three_times' });
    await third.closed;
    const fourth = await hello();
    expect((await fourth.next('enrolled')).stored).toEqual([{ epoch: EPOCH, through: 4 }]);
    fourth.sendRecords(...recordsAt(5, 6));
    await fourth.ackedThrough(6);
    expect(stored()).toMatchObject({ nacked: [4] });
  });

  it('ends a connection whose frame is too large, and serves the others', async () => {
    const large = await HandAgent.streaming(site);
    const other = await HandAgent.streaming(site, { index: 2 });
    large.sendBytes(new Uint8Array(LIMITS.frameBytes + 1));
    expect((await large.closed).code).toBe(1009);
    other.sendRecords(...recordsAt(1, 2));
    await other.ackedThrough(2);
    expect(site.events('connection_refused')).toMatchObject([{ instanceId: instanceIdOf(1) }]);
  });

  it('takes the largest batch there may be', async () => {
    const agent = await HandAgent.streaming(site);
    const content = rawBatch({ rows: LIMITS.rows });
    agent.sendRecords(recordAt(1), encodeRecord({ epoch: EPOCH, sequence: 2 }, content, NODE_CODEC));
    await agent.ackedThrough(2);
    expect(site.liveAgents.get(instanceIdOf(1))?.samplesStored).toBe(LIMITS.rows);
    expect(site.repository.run(RUN_ID)).not.toBeNull();
  });
});
