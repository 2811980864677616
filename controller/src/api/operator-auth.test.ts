import { expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { checkCaller, checkToken } from './operator-auth.ts';

function codeOf(check: () => void): string {
  try {
    check();
  } catch (error) {
    return error instanceof ApiError ? error.code : String(error);
  }
  return 'accepted';
}

it.each([
  ['Bearer abc', 'accepted'],
  ['bearer abc', 'accepted'],
  ['Bearer abcd', 'unauthorized'],
  ['Bearer ab', 'unauthorized'],
  ['Bearer', 'unauthorized'],
  ['Bearer abc abc', 'unauthorized'],
  ['Basic abc', 'unauthorized'],
  ['', 'unauthorized'],
  [undefined, 'unauthorized'],
])('takes the header %j as %s', (authorization, code) => {
  expect(codeOf(() => checkToken({ authorization }, 'abc'))).toBe(code);
});

it.each([
  ['localhost:7601', undefined, 'accepted'],
  ['LOCALHOST', undefined, 'accepted'],
  ['127.0.0.1:7601', 'http://127.0.0.1:7601', 'accepted'],
  ['[::1]:7601', 'http://[::1]:7601', 'accepted'],
  ['10.0.0.9:7601', undefined, 'accepted'],
  ['[fd00::9]:7601', undefined, 'accepted'],
  ['clock.example:443', 'https://clock.example:443', 'accepted'],
  ['evil.example', undefined, 'forbidden_host'],
  ['127.0.0.1.evil.example', undefined, 'forbidden_host'],
  ['10.0.0.9.example', undefined, 'forbidden_host'],
  ['localhost:7601:1', undefined, 'forbidden_host'],
  ['', undefined, 'forbidden_host'],
  [undefined, undefined, 'forbidden_host'],
  ['localhost:7601', 'http://localhost:8080', 'forbidden_origin'],
  ['localhost:7601', 'http://evil.example', 'forbidden_origin'],
  ['localhost:7601', 'null', 'forbidden_origin'],
])('takes a request for host %j from origin %j as %s', (host, origin, code) => {
  expect(codeOf(() => checkCaller({ host, origin }, ['clock.example']))).toBe(code);
});
