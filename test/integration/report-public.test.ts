/** A run with a recognisable identifier in every field, in a real store, reported by the real program with --public: none is in any file. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { promisify } from 'node:util';
import { DuckDBInstance } from '@duckdb/node-api';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BOOTED_AT,
  every,
  INSTANCE_ID,
  madeBatch,
  madeInstance,
  madeRun,
  PTP_STATUS,
} from '../../controller/src/analysis/made-run.fixture.ts';
import { batchWrite, epochStarted, eventWrite, gapWrite } from '../../controller/src/analysis/made-store.fixture.ts';
import { decodeCommand } from '../../controller/src/fleet/aws/refusal-reason.ts';
import type { Report } from '../../controller/src/report/report-schema.ts';
import { openRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { sampleDatabasePath } from '../../controller/src/store/sample-database.ts';
import { openSampleWriter } from '../../controller/src/store/sqlite-sample-writer.ts';

/** Known to the run only because it says so: no pattern would find these words. */
const WORDS = {
  keyName: 'canarykeypair',
  placementGroup: 'canary cluster (prod)',
  precisionGroup: 'CanaryPrecision',
  owner: 'canaryowner',
  profile: 'canaryprofile',
  tagValue: 'canarytagvalue',
  shortTag: 'cnr',
  zone: 'us-east-1q',
  ntpServer: 'canaryntp',
};
/** Not said by the run: only their shape tells. */
const SHAPES = {
  account: '424242424242',
  arn: 'arn:aws:iam::424242424242:role/canary',
  otherInstance: 'i-0c0ffee0c0ffee001',
  oldInstance: 'i-c0ffee01',
  vpc: 'vpc-0c0ffee0c0ffee002',
  networkInterface: 'eni-0c0ffee0c0ffee003',
  volume: 'vol-0c0ffee0c0ffee004',
  address: '10.99.88.77',
  v6: '2600:1f18:c0ff:ee00::77',
  mac: '0a:c0:ff:ee:00:01',
  privateName: 'ip-10-99-88-77.ec2.internal',
  host: 'bastion.canary-corp.example',
  url: 'https://canary-bucket.s3.amazonaws.com/agent',
  mail: 'canary.person@canary-corp.example',
  path: '/home/canary/secret.pem',
  accessKey: 'AKIACANARYCANARY0001',
  uuid: 'c0ffee00-c0ff-4eec-8c0f-fee00c0ffee0',
  hash: 'c0ffee'.repeat(10),
};
const FACTS = {
  subnet: 'subnet-0c0ffee0c0ffee005',
  moreSubnet: 'subnet-0c0ffee0c0ffee006',
  group: 'sg-0c0ffee0c0ffee007',
  image: 'ami-0c0ffee0c0ffee008',
  privateIp: '172.31.99.88',
  privateIpHex: 'AC1F6358',
  publicHost: 'controller-canary.internal',
  boot: 'b007c0ff-ee00-4eec-8c0f-fee00c0ffee0',
  instance: INSTANCE_ID,
  reference: String(0x0a636363),
};
const CANARIES: Readonly<Record<string, string>> = { ...WORDS, ...SHAPES, ...FACTS };
const ALL = Object.entries(CANARIES)
  .filter(([name]) => name !== 'reference')
  .map(([name, value]) => `${name}=${value}`)
  .join(', ');
const CONSOLE = `Nov 21 03:00:00 canaryhostname chronyd[12]: Selected source ${SHAPES.address}\nReference ID    : 0A636363 (${WORDS.ntpServer})\n${ALL}`;

/** What AWS encoded of a denial: neither long enough nor with a digit, so that no shape of a token tells. */
const ENCODED = 'canaryEncodedReason';

const folder = mkdtempSync(join(tmpdir(), 'ptp-tester-public-'));
const data = join(folder, 'data');
const out = join(folder, 'out');
const run = makeRun();

function makeRun() {
  const phc = { interval_ms: 250, readings: 3, mode: 'device' } as const;
  return madeRun(
    {
      state: 'ended',
      stopReason: `stopped: ${ALL}`,
      resources: { securityGroupId: FACTS.group, placementGroup: null },
    },
    {
      subnetId: FACTS.subnet,
      amiId: FACTS.image,
      securityGroupId: FACTS.group,
      placementGroup: WORDS.placementGroup,
      keyName: WORDS.keyName,
      publicUrl: `https://${FACTS.publicHost}:7600`,
      tags: { Team: WORDS.tagValue, Code: WORDS.shortTag },
      sources: { raw: { interval_ms: 1000 }, phc, chrony: { interval_ms: 1000 }, chrony_source: { interval_ms: 1000 } },
      fleet: {
        moreSubnetIds: [FACTS.moreSubnet],
        precisionTime: WORDS.precisionGroup,
        instanceProfile: WORDS.profile,
        owner: WORDS.owner,
        agentUrl: SHAPES.url,
      },
    },
  );
}

function makeInstance() {
  return madeInstance({
    facts: {
      instance_id: INSTANCE_ID,
      instance_type: 'c7i.large',
      availability_zone: WORDS.zone,
      region: 'us-east-1',
      architecture: 'x86_64',
      image_id: FACTS.image,
      private_ip: FACTS.privateIp,
    },
    ptpStatus: {
      ...PTP_STATUS,
      error_message: ALL,
      clock_name: `ena-ptp-05 ${WORDS.keyName}`,
      diagnostic_output: { 'chronyc -n sources': CONSOLE, [`ls ${SHAPES.path}`]: ALL },
    },
    verdict: {
      capability: { value: 'supported', reason: ALL },
      setup: { value: 'locked', reason: ALL },
      quality: { value: 'pass', reason: ALL },
    },
    failure: { kind: 'other', message: CONSOLE },
    evidence: [ALL, `why: ${decodeCommand(ENCODED)}`],
  });
}

function writeSamples(path: string): void {
  const writer = openSampleWriter({ path });
  const reference = (row: number) => (row % 2 === 0 ? 0x50484330 : Number(FACTS.reference));
  const times = every(1, 20);
  writer.commit([
    epochStarted(FACTS.boot, {
      detail: { chrony_config_path: SHAPES.path, kernel: '6.1.161', secret_note: ALL, [WORDS.keyName]: 1 },
    }),
    batchWrite(madeBatch({ stream: 'phc', sequence: 2, times: every(0.25, 80), columns: { offset_ns: () => -30 } })),
    batchWrite(madeBatch({ stream: 'chrony', sequence: 3, times, columns: { reference_id: reference } })),
    batchWrite(madeBatch({ stream: 'chrony_source', key: SHAPES.address, sequence: 4, times })),
    batchWrite(madeBatch({ stream: 'chrony_source', key: WORDS.ntpServer, sequence: 5, times })),
    batchWrite(madeBatch({ stream: 'chrony_source', key: '169.254.169.123', sequence: 6, times })),
    gapWrite(7, [
      {
        stream: 'chrony_source',
        key: SHAPES.host,
        samples: 3,
        fromAt: BOOTED_AT,
        toAt: BOOTED_AT + 3_000_000_000n,
        fromMonoRawNs: 0n,
        toMonoRawNs: 3_000_000_000n,
        reason: 'spool_full',
      },
    ]),
    eventWrite({
      event: 'source_failed',
      sequence: 8,
      at: 8.5,
      detail: { problem: ALL, unheard_of: ALL, nested: { deep: [ALL] } },
    }),
  ]);
  writer.close();
}

beforeAll(async () => {
  const samples = sampleDatabasePath(data, run.id);
  writeSamples(samples);
  const repository = openRunRepository(join(data, 'control.db'), { now: () => run.createdAt });
  repository.createRun(run, [makeInstance()]);
  const event = { run: run.id, at: run.createdAt };
  repository.addEvent({
    ...event,
    instanceId: INSTANCE_ID,
    event: 'security_refused',
    detail: { reason: ALL, address: SHAPES.address },
  });
  repository.addEvent({
    ...event,
    instanceId: null,
    event: 'left_behind',
    detail: { leftovers: [{ kind: 'instance', id: SHAPES.otherInstance, reason: ALL, command: ALL }] },
  });
  repository.addEvent({
    ...event,
    instanceId: null,
    event: 'call_denied',
    detail: { action: 'RunInstances', code: 'UnauthorizedOperation', decode: decodeCommand(ENCODED) },
  });
  repository.addAwsCall({
    run: run.id,
    action: 'RunInstances',
    at: 0,
    durationMs: 5,
    attempts: 1,
    requestId: SHAPES.uuid,
    result: 'UnauthorizedOperation',
  });
  repository.close();
  await report(['--public', '--out', out, '--csv', '--parquet']);
});
afterAll(() => rmSync(folder, { recursive: true }));

async function report(flags: readonly string[]): Promise<string> {
  const main = join(import.meta.dirname, '../../controller/src/main.ts');
  const words = ['--disable-warning=ExperimentalWarning', main, 'report', run.id, '--data', data, ...flags];
  return (await promisify(execFile)(process.execPath, words, { maxBuffer: 1 << 26 })).stdout;
}

function filesBelow(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** Each file as text; Parquet as the rows that DuckDB reads, and its bytes with the names that it carries. */
async function textOf(path: string): Promise<string> {
  const bytes = readFileSync(path, 'latin1');
  if (!path.endsWith('.parquet')) return bytes;
  const instance = await DuckDBInstance.create(':memory:');
  const connection = await instance.connect();
  try {
    const rows = (await connection.runAndReadAll(`SELECT * FROM '${path}'`)).getRows();
    return `${bytes}\n${rows.map((row) => row.map(String).join('|')).join('\n')}`;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

function leaksIn(text: string): string[] {
  const lower = text.toLowerCase();
  return Object.entries({ ...CANARIES, encoded: ENCODED, journalHost: 'canaryhostname', here: hostname() })
    .filter(
      ([name, value]) =>
        lower.includes(value.toLowerCase()) && !(name === 'here' && (value === 'localhost' || value.length < 6)),
    )
    .map(([name]) => name);
}

describe('report --public', () => {
  it('leaks no identifier in any file, file name or format', async () => {
    const files = filesBelow(out);
    expect(files.map((path) => path.split('.').at(-1))).toEqual(
      expect.arrayContaining(['json', 'md', 'html', 'xml', 'csv', 'parquet']),
    );
    const leaks: string[] = [];
    for (const path of files) {
      const name = relative(out, path);
      leaks.push(...leaksIn(`${name}\n${await textOf(path)}`).map((leak) => `${leak} in ${name}`));
    }
    expect(leaks).toEqual([]);
  });

  it('says the same identifier everywhere in the same way', () => {
    const { results } = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    const [result] = results;
    expect(result).toMatchObject({
      instance_id: 'instance-1',
      subnet_id: 'subnet-1',
      placement_group: 'placement-group-1',
    });
    expect(result?.failure?.message).toContain(`instance=${result?.instance_id}`);
    expect(result?.failure?.message).toContain('subnet=subnet-1, moreSubnet=subnet-2');
    expect(filesBelow(join(out, 'streams', 'instance-1')).map((path) => path.split('/').at(-1))).toContain('phc.csv');
  });

  it('keeps what is the same for everybody: types, region, kernel, AWS time server, figures', async () => {
    const shown = JSON.parse(readFileSync(join(out, 'report.json'), 'utf8')) as Report;
    const own = JSON.parse(await report(['--format', 'json'])) as Report;
    expect(own.results[0]?.instance_id).toBe(INSTANCE_ID);
    const [mine, theirs] = [own.results[0], shown.results[0]];
    expect(theirs).toMatchObject({
      instance_type: 'c7i.large',
      environment: { kernel: '6.1.161', clocksource: 'tsc' },
      ptp_status: { ena_driver_version: '2.17.0g', clock_device: '/dev/ptp0' },
    });
    expect(shown.run.region).toBe('us-east-1');
    const keys = theirs?.streams.filter(({ stream }) => stream === 'chrony_source').map(({ key }) => key);
    expect(keys).toContain('169.254.169.123');
    const phc = ({ streams }: NonNullable<typeof mine>) => streams.find(({ stream }) => stream === 'phc')?.figures;
    expect(theirs && phc(theirs)).toEqual(mine && phc(mine));
  });

  it('prints the same report as it writes', async () => {
    const printed = await report(['--public', '--format', 'junit']);
    expect(printed).toBe(readFileSync(join(out, 'report.junit.xml'), 'utf8'));
    expect(leaksIn(await report(['--public']))).toEqual([]);
  });
});
