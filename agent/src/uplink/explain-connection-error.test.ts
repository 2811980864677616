import { expect, test } from 'vitest';
import { explainConnectionError } from './explain-connection-error.ts';

test.each([
  ['SELF_SIGNED_CERT_IN_CHAIN', /not of the authority that this instance was given/],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', /not of the authority that this instance was given/],
  ['CERT_HAS_EXPIRED', /has expired, or this machine's clock is ahead/],
  ['CERT_NOT_YET_VALID', /clock is behind/],
  ['ERR_TLS_CERT_ALTNAME_INVALID', /start the controller with the --public-url/],
])('%s comes with what to do', (code, remedy) => {
  const text = explainConnectionError(Object.assign(new Error('it failed'), { code }));
  expect(text).toContain(`it failed (${code}): `);
  expect(text).toMatch(remedy);
});

test('any other failure is said as it is', () => {
  expect(explainConnectionError(Object.assign(new Error('connect refused'), { code: 'ECONNREFUSED' }))).toBe(
    'connect refused',
  );
  expect(explainConnectionError(new Error('odd'))).toBe('odd');
});
