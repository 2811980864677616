import { describe, expect, it } from 'vitest';
import { Pseudonyms } from './pseudonyms.ts';
import { makeTextScrubber } from './scrub-text.ts';

function scrub(text: string, known: readonly (readonly [string, string])[] = []): string {
  const pseudonyms = new Pseudonyms(['c7i.large', 'us-east-1']);
  for (const [kind, value] of known) pseudonyms.of(kind, value);
  return makeTextScrubber(pseudonyms).text(text);
}

describe('text is scrubbed', () => {
  it.each([
    ['i-0123456789abcdef0 and i-0123456789abcdef0, i-01234567', 'instance-1 and instance-1, instance-2'],
    ['allow arn:aws:iam::123456789012:user/me now', 'allow arn-1 now'],
    ['account 123456789012.', 'account account-1.'],
    [
      'from 10.0.0.7:7600 via 10.0.0.0/16, fe80::1 and 2600:1f18::5.',
      'from address-1:7600 via address-2, address-3 and address-4.',
    ],
    ['ether 0a:1b:2c:3d:4e:5f up', 'ether mac-1 up'],
    ['see https://bucket.s3.amazonaws.com/a?b=c.', 'see url-1.'],
    ['chronyd follows ntp.corp.example', 'chronyd follows host-1'],
    ['ip-10-0-0-7 login:', 'host-1 login:'],
    ['Nov 21 03:00:00 box chronyd[1]: hi', 'Nov 21 03:00:00 host-1 chronyd[1]: hi'],
    ['read ~/.ssh/id_rsa and /home/me/x.pem', 'read path-1 and path-2'],
    ['Reference ID    : 0A00000B (x)', 'Reference ID    : reference-1 (x)'],
    ['key AKIAABCDEFGHIJKLMNOP', 'key access-key-1'],
    [`sha ${'0a1b'.repeat(16)}`, 'sha token-1'],
  ])('%s', (text, shown) => {
    expect(scrub(text)).toBe(shown);
  });

  it.each([
    'c7i.large and m7i.metal-24xl in us-east-1: 2/3 supported at 00:14:20, and/or more.',
    'The ENA driver 2.17.0g, kernel 6.1.161-183.298.amzn2023.x86_64, chrony 4.3; use1-az4',
    'Reference ID    : 50484330 (PHC0)',
    'Reference ID    : A9FEA97B (169.254.169.123)',
    'crw-rw---- 1 root chrony 248, 0 Nov 21 03:00 /dev/ptp0, /sys/class/ptp/ptp0/clock_name, /etc/chrony.conf',
    'InvalidInstanceID.NotFound, Client.InternalError: InsufficientReservedInstanceCapacity',
    'within 123456789012 ns; report.json; ptp-tester-agent.service; 20261120-231757-k3f9',
  ])('and leaves alone what is the same for everybody: %s', (text) => {
    expect(scrub(text)).toBe(text);
  });

  it('of what is known to the run, in any case and inside longer words', () => {
    const known = [
      ['key', 'MyKeyPair'],
      ['tag-value', 'abc'],
      ['host', 'box.corp'],
    ] as const;
    expect(scrub('mykeypair-old, abc, abcd, x@BOX.corp', known)).toBe('key-1-old, tag-value-1, abcd, mail-1');
  });
});
