import { expect, it } from 'vitest';
import { chooseTlsMode, hostOf, isLoopback } from './tls-mode.ts';

const FILES = { tlsCert: 'server.pem', tlsKey: 'server.key' };

it.each([
  ['127.0.0.1', null, {}, 'plain'],
  ['localhost', null, {}, 'plain'],
  ['::1', null, {}, 'plain'],
  ['127.0.0.1', 'http://127.0.0.1:7601', {}, 'plain'],
  ['127.0.0.1', 'https://clock.example', {}, 'own'],
  ['10.0.0.5', null, {}, 'own'],
  ['fd00::5', null, {}, 'own'],
  ['0.0.0.0', 'https://10.0.0.5:7600', {}, 'own'],
  ['0.0.0.0', 'https://10.0.0.5:7600', FILES, 'given'],
  ['127.0.0.1', null, FILES, 'given'],
  ['0.0.0.0', 'http://10.0.0.5:7600', { plainHttp: true }, 'plain'],
  ['10.0.0.5', 'https://balancer.example', { plainHttp: true }, 'plain'],
] as const)('listening on %s, called at %s, with %j speaks as %s', (...[listenHost, publicUrl, flags, kind]) => {
  expect(chooseTlsMode({ flags, listenHost, publicUrl })).toMatchObject({ kind });
});

it.each([
  ['0.0.0.0', null, {}, ['--public-url']],
  ['::', null, {}, ['--public-url']],
  ['0.0.0.0', 'http://10.0.0.5:7600', {}, ['--public-url']],
  ['127.0.0.1', 'http://127.0.0.1:7600', FILES, ['--public-url']],
  ['127.0.0.1', null, { tlsCert: 'server.pem' }, ['--tls-key']],
  ['127.0.0.1', null, { tlsKey: 'server.key' }, ['--tls-cert']],
  ['127.0.0.1', null, { tlsCa: 'ca.pem' }, ['--tls-ca']],
  ['127.0.0.1', null, { ...FILES, plainHttp: true }, ['--plain-http']],
  ['0.0.0.0', null, { tlsCert: 'server.pem', tlsCa: 'ca.pem' }, ['--tls-key', '--public-url']],
] as const)('listening on %s, called at %s, with %j names %j', (...[listenHost, publicUrl, flags, fields]) => {
  const problems = chooseTlsMode({ flags, listenHost, publicUrl });
  expect('kind' in problems ? problems.kind : problems.map(({ field }) => field)).toEqual(fields);
});

it('finds the host of a URL, and takes no other address for loopback', () => {
  expect(hostOf('https://[fd00::1]:7600')).toBe('fd00::1');
  expect(hostOf('https://clock.example')).toBe('clock.example');
  expect(['127.9.9.9', '::1', '0.0.0.0', '10.0.0.1', 'localhost.example'].map(isLoopback)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});
