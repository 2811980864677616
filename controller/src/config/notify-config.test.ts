import { expect, it } from 'vitest';
import { ConfigError } from './config-error.ts';
import { parseNotifyConfig } from './notify-config.ts';

function refusal(url: string): string {
  try {
    parseNotifyConfig('notify.json', JSON.stringify({ webhooks: [{ url }] }));
    return '';
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return error.problems.map(({ field, reason }) => `${field} ${reason}`).join('\n');
  }
}

it('refuses a URL to which no request could ever be sent, and does not repeat it', () => {
  expect(refusal('https://hooks.example/T0KEN')).toBe('');
  for (const url of ['https://user:T0KEN@hooks.example/', 'https://[T0KEN/']) {
    expect(refusal(url)).toMatch(/^notify\.json: webhooks\.0\.url is no URL/);
    expect(refusal(url)).not.toContain('T0KEN');
  }
});
