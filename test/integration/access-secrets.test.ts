/** A whole run over TLS with secrets that are known to the test: none of them is in a log, a report, an argument list or a console. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { expect, it } from 'vitest';
import { makeToken } from '../../controller/src/fleet/token.ts';
import { type Spine, startSpine } from '../spine/spine-harness.ts';

const AWS = {
  AWS_ACCESS_KEY_ID: 'AKIACANARYCANARY0001',
  AWS_SECRET_ACCESS_KEY: 'canary/secret/access/key/0123456789abcdef',
  AWS_SESSION_TOKEN: 'canary-session-token-0123456789abcdef',
};
/** Where an instance must have its secrets to do its work; `part-001` is the user data as cloud-init keeps it for root. */
const SECRET_FILES: ReadonlySet<string> = new Set(['agent.json', 'identity.json', 'part-001']);
const LARGEST_TEXT = 2_000_000;

/** Collects the argument lists of every process of this machine while the run goes on. */
function watchArguments(): { readonly seen: Set<string>; stop(): void } {
  const seen = new Set<string>();
  const look = () => {
    for (const pid of readdirSync('/proc')) {
      if (!/^\d+$/.test(pid)) continue;
      try {
        seen.add(readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' '));
      } catch {
        // Ended since it was listed.
      }
    }
  };
  const timer = setInterval(look, 20);
  return { seen, stop: () => clearInterval(timer) };
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
    ...tokens,
    ...agents,
  ]);
}

it('shows no secret to anybody', async ({ onTestFinished }) => {
  const spine = await startSpine(onTestFinished);
  const processes = watchArguments();
  onTestFinished(() => processes.stop());
  const controller = spine.run({
    instanceTypes: 'c7i.large:2',
    duration: '6s',
    flags: ['--public-url', `https://127.0.0.1:${spine.proxy.port}`, '--out', join(spine.directory, 'report')],
    environment: { ...AWS, PTP_TESTER_LOG: 'trace' },
  });
  const { run, instances } = await spine.untilCompleted();
  await controller.ended;
  processes.stop();
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
  shown.set('argument lists', [...processes.seen].join('\n'));
  expect(shown.get('argument lists')).toContain('agent.json');
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
