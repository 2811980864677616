/**
 * A whole run over TLS with secrets that are known to the test: none of them is in a log, a report, an argument list, the environment
 * of an instance, a reply of the API, an event, the log of AWS calls or a console.
 */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { makeToken } from '../../controller/src/fleet/prepare/token.ts';
import { readRunRepository } from '../../controller/src/runs/sqlite-run-repository.ts';
import { type Spine, startSpine } from '../spine/spine-harness.ts';

const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIACANARYCANARY0001',
  AWS_SECRET_ACCESS_KEY: 'canary/secret/access/key/0123456789abcdef',
  AWS_SESSION_TOKEN: 'canary-session-token-0123456789abcdef',
};
/** Where an instance must have its secrets to do its work; `part-001` is the user data as cloud-init keeps it for root. */
const SECRET_FILES: ReadonlySet<string> = new Set(['agent.json', 'identity.json', 'part-001']);
const LARGEST_TEXT = 2_000_000;

interface SeenProcesses {
  readonly argumentLists: Set<string>;
  /** Of processes of the instances: the controller's own has the operator's AWS keys. */
  readonly environments: Set<string>;
}

/** Collects what `/proc` shows of every process of this machine while the run goes on. */
function watchProcesses(marker: string): { readonly seen: SeenProcesses; stop(): void } {
  const seen: SeenProcesses = { argumentLists: new Set(), environments: new Set() };
  const look = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.argumentLists.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
        const environment = readFileSync(`/proc/${pid}/environ`, 'utf8');
        if (environment.includes(marker)) seen.environments.add(environment.replaceAll('\0', '\n'));
      } catch {
        // Ended since it was listed.
      }
    }
  };
  const timer = setInterval(look, 20);
  return { seen, stop: () => clearInterval(timer) };
}

/** What the operators' listener says to its operator and to others, by address. */
async function apiReplies(spine: Spine, paths: readonly string[]): Promise<[string, string][]> {
  const token = readFileSync(join(spine.data, 'operator.token'), 'utf8').trim();
  const asked = paths.flatMap((path) => [
    { path, who: 'operator', authorization: `Bearer ${token}` },
    { path, who: 'stranger', authorization: 'Bearer wrong' },
  ]);
  return await Promise.all(
    asked.map(async ({ path, who, authorization }): Promise<[string, string]> => {
      const reply = await fetch(`http://127.0.0.1:${spine.operatorPort}${path}`, { headers: { authorization } });
      const headers = JSON.stringify([...reply.headers]);
      return [`${reply.status} ${path} to ${who}`, `${headers}\n${await reply.text()}`];
    }),
  );
}

function quickPaths(run: string): string[] {
  const one = `/api/v1/runs/${run}`;
  return [
    '/',
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/api/v1/runs',
    one,
    `${one}/instances`,
    `${one}/events`,
    '/nowhere',
  ];
}

function longPaths(run: string, instanceId: string): string[] {
  const one = `/api/v1/runs/${run}`;
  const samples = ['samples?stream=phc&column=offset_ns', 'raw?stream=phc'];
  return [
    ...['json', 'markdown', 'html', 'junit'].map((format) => `${one}/report?format=${format}`),
    ...samples.map((query) => `${one}/instances/${instanceId}/${query}`),
  ];
}

/** The same controller again, so that slow replies have all the time they need. */
async function repliesAfterwards(spine: Spine, paths: readonly string[]): Promise<[string, string][]> {
  const serving = spine.serve();
  await serving.line(/"ready"|runs that go on|"api"/);
  const replies = await apiReplies(spine, paths);
  await serving.stop();
  return replies;
}

/** What the control database would show to anybody who asks it for events and AWS calls. */
function recorded(spine: Spine, run: string): [string, string][] {
  const repository = readRunRepository(join(spine.data, 'control.db'));
  try {
    const calls = repository.awsCalls(run);
    expect(calls.map(({ action }) => action)).toContain('RunInstances');
    return [
      ['log of AWS calls', JSON.stringify(calls)],
      ['events', JSON.stringify(repository.events(run))],
      ['instances', JSON.stringify(repository.instances(run))],
    ];
  } finally {
    repository.close();
  }
}

/** The user data of each instance as EC2 has it, and a part of it that is in no other file. */
function userDataOf(spine: Spine, run: string, indexes: readonly number[]): [string, string][] {
  const repository = readRunRepository(join(spine.data, 'control.db'));
  try {
    return indexes.map((index) => {
      const request: { UserData?: string } = JSON.parse(repository.launch(run, index, 1)?.requestJson ?? '{}');
      return [`user data ${index}`, request.UserData ?? ''];
    });
  } finally {
    repository.close();
  }
}

function filesBelow(folder: string): string[] {
  if (!existsSync(folder)) return [];
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The secrets of the finished run, by name. */
function secretsOf(spine: Spine, run: string, indexes: readonly number[]): Map<string, string> {
  const text = (name: string) => readFileSync(join(spine.data, name), 'utf8').trim();
  const key = text('controller.key');
  const tokens = indexes.map((index) => {
    return [`token ${index}`, makeToken(Buffer.from(key, 'hex'), { run, index, attempt: 1 })] as const;
  });
  const identities = filesBelow(spine.kept).filter((path) => basename(path) === 'identity.json');
  const agents = identities.map(
    (path, at) => [`agent secret ${at}`, JSON.parse(readFileSync(path, 'utf8')).secret] as const,
  );
  expect(agents).toHaveLength(indexes.length);
  const authorityKey = /PRIVATE KEY-----\n(.{40,})\n/.exec(text('agent-ca.pem'))?.[1] ?? '';
  return new Map([
    ['controller key', key],
    ['operator token', text('operator.token')],
    ['key of the authority', authorityKey],
    ['AWS secret key', AWS.AWS_SECRET_ACCESS_KEY],
    ['AWS session token', AWS.AWS_SESSION_TOKEN],
    ...userDataOf(spine, run, indexes),
    ...tokens,
    ...agents,
  ]);
}

it('shows no secret to anybody', async ({ onTestFinished }) => {
  const spine = await startSpine(onTestFinished);
  const processes = watchProcesses(spine.marker);
  onTestFinished(() => processes.stop());
  const controller = spine.run({
    instanceTypes: 'c7i.large:2',
    duration: '6s',
    flags: ['--public-url', `https://127.0.0.1:${spine.proxy.port}`, '--out', join(spine.directory, 'report')],
    environment: { ...AWS, PTP_TESTER_LOG: 'trace' },
  });
  const soaking = await spine.untilMeasuring();
  const during = await apiReplies(spine, quickPaths(soaking.run.id));
  const { run, instances } = await spine.untilCompleted();
  await controller.ended;
  processes.stop();
  const after = await repliesAfterwards(spine, longPaths(run.id, instances[0]?.instanceId ?? ''));
  const replies = [...during, ...after];
  expect(run.spec.publicUrl).toMatch(/^https:/);
  await spine.expectClean(run.id);

  const secrets = secretsOf(
    spine,
    run.id,
    instances.map(({ index }) => index),
  );
  for (const [name, secret] of secrets) expect(secret.length, name).toBeGreaterThanOrEqual(32);
  const instanceFiles = filesBelow(spine.kept).filter((path) => !SECRET_FILES.has(basename(path)));
  const reports = [...filesBelow(join(spine.directory, 'report')), ...filesBelow(join(spine.data, 'runs', run.id))];
  const texts = [...instanceFiles, ...reports].filter((path) => statSync(path).size <= LARGEST_TEXT);
  expect(texts.map((path) => basename(path))).toEqual(expect.arrayContaining(['report.json', 'report.md']));
  const shown = new Map(texts.map((path) => [path, readFileSync(path, 'latin1')]));
  shown.set('all programs', spine.printed);
  for (const [where, text] of [...replies, ...recorded(spine, run.id)]) shown.set(where, text);
  expect(replies.filter(([where]) => where.startsWith('200')).length).toBeGreaterThanOrEqual(15);
  shown.set('argument lists', [...processes.seen.argumentLists].join('\n'));
  expect(shown.get('argument lists')).toContain('agent.json');
  shown.set('environments of instances', [...processes.seen.environments].join('\n'));
  expect(processes.seen.environments.size).toBeGreaterThan(1);
  const leaks = [...secrets].flatMap(([name, secret]) => {
    return [...shown].filter(([, text]) => text.includes(secret)).map(([where]) => `${name} in ${where}`);
  });
  expect(leaks).toEqual([]);
  const modes = [
    join(spine.data, 'agent-ca.pem'),
    ...filesBelow(spine.kept).filter((path) => SECRET_FILES.has(basename(path))),
  ];
  for (const path of modes) expect(statSync(path).mode & 0o077, path).toBe(0);
});
