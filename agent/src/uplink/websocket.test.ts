import { expect, test } from 'vitest';
import { agentUrl } from './websocket.ts';

test.each([
  ['http://127.0.0.1:7600', 'ws://127.0.0.1:7600/v1/agent'],
  ['https://controller.example/', 'wss://controller.example/v1/agent'],
  ['https://controller.example/behind/a/proxy/', 'wss://controller.example/behind/a/proxy/v1/agent'],
])('the controller at %s is reached at %s', (controllerUrl, expected) => {
  expect(agentUrl(controllerUrl)).toBe(expected);
});
