import { describe, expect, test } from 'vitest';
import { installTargets, parseUnitFile } from './unit-file.ts';
import { parseTimeSpan, splitWords } from './unit-syntax.ts';

const AGENT = `# comment
[Unit]
Description=Measures clocks
StartLimitIntervalSec=0
Wants=other.service

[Service]
; another comment
Type=exec
ExecStart=/opt/agent run --config "/etc/a b.json" \\
  --name %N
Environment=A=1 "B=two words"
EnvironmentFile=-/etc/absent
Restart=on-failure
RestartSec=1min 500ms
RestartPreventExitStatus=3 4
UMask=0077
NoNewPrivileges=yes

[Install]
WantedBy=multi-user.target network-online.target
`;

describe('a unit file', () => {
  test('is read with continued lines, quotes, specifiers and time spans; unknown settings are ignored', () => {
    expect(parseUnitFile('agent.service', AGENT)).toMatchObject({
      description: 'Measures clocks',
      type: 'simple',
      execStart: [{ words: ['/opt/agent', 'run', '--config', '/etc/a b.json', '--name', 'agent'], mayFail: false }],
      environment: { A: '1', B: 'two words' },
      environmentFiles: [{ path: '/etc/absent', mayBeAbsent: true }],
      restart: 'on-failure',
      restartDelayMs: 60_500,
      neverRestartCodes: [3, 4],
      umask: '0077',
      startLimit: { burst: 5, intervalMs: 0 },
      wants: ['other.service'],
    });
    expect(installTargets(AGENT)).toEqual(['multi-user.target', 'network-online.target']);
  });

  test('who its processes are is read, root by default, and a plus sign is for root', () => {
    const plain = parseUnitFile('x.service', '[Service]\nExecStart=/bin/a\n');
    expect(plain.identity).toEqual({
      user: undefined,
      group: undefined,
      noNewPrivileges: false,
      hasNoCapabilities: false,
    });
    expect(plain.showsOnConsole).toBe(false);
    const text = `[Service]
ExecStart=/bin/a
ExecStartPre=+/bin/b
User=agent
Group=time
NoNewPrivileges=yes
CapabilityBoundingSet=
StandardOutput=journal+console
`;
    const limited = parseUnitFile('x.service', text);
    expect(limited.identity).toEqual({ user: 'agent', group: 'time', noNewPrivileges: true, hasNoCapabilities: true });
    expect(limited.execStartPre[0]?.isPrivileged).toBe(true);
    expect(limited.showsOnConsole).toBe(true);
  });

  test('an empty value takes back what was set before, as drop-ins need it', () => {
    const text = '[Service]\nExecStart=/bin/a\n[Service]\nExecStart=\nExecStart=-/bin/b';
    expect(parseUnitFile('x.service', text).execStart).toEqual([
      { words: ['/bin/b'], isPrivileged: false, mayFail: true },
    ]);
  });

  test('restarts after 100 ms and never by default', () => {
    expect(parseUnitFile('x.service', '[Service]\nExecStart=/bin/a')).toMatchObject({
      restart: 'no',
      restartDelayMs: 100,
    });
  });

  test('an instance of a template knows its name', () => {
    const text = '[Service]\nExecStart=/bin/echo %i %p %n %%';
    expect(parseUnitFile('probe@eth0.service', text).execStart[0]?.words).toEqual([
      '/bin/echo',
      'eth0',
      'probe',
      'probe@eth0.service',
      '%',
    ]);
  });

  test.each([
    ['[Service]\n', 'Service has no ExecStart'],
    ['[Service]\nExecStart=/bin/a\nExecStart=/bin/b', 'more than one ExecStart'],
    ['[Service]\nType=forking\nExecStart=/bin/a', 'does not know Type=forking'],
    ['[Service]\nExecStart=/bin/a\nRestart=perhaps', 'does not know Restart=perhaps'],
    ['[Service]\nExecStart=/bin/a\nRestartSec=soon', 'not a time span: soon'],
    ['[Service]\nExecStart /bin/a', 'not a setting: ExecStart /bin/a'],
  ])('%j is refused: %s', (text, message) => {
    expect(() => parseUnitFile('x.service', text)).toThrow(message);
  });
});

test.each([
  ['5', 5000],
  ['1h 30min', 5_400_000],
  ['250ms', 250],
  ['1.5s', 1500],
  ['infinity', Number.POSITIVE_INFINITY],
])('the time span %s is %d ms', (text, expected) => {
  expect(parseTimeSpan(text)).toBe(expected);
});

test('words keep what is quoted together', () => {
  expect(splitWords(`a "b c" 'd "e"' f\\ g h"i j"k "l\\nm" ""`)).toEqual([
    'a',
    'b c',
    'd "e"',
    'f g',
    'hi jk',
    'l\nm',
    '',
  ]);
});
