import { expect, it } from 'vitest';
import { checksOf } from '../../fleet/doctor/check.ts';
import { renderChecks } from './doctor-table.ts';

it('what was skipped for one reason is one line, whatever it is about', () => {
  const why = 'nothing can be asked without credentials';
  const checks = [
    checksOf('credentials').failed('there are none', 'give --profile'),
    ...['permission', 'subnet', 'quota'].map((part) => checksOf(part).skipped(why)),
    checksOf('route').skipped('another reason'),
  ];
  expect(renderChecks(checks, null).split('\n')).toEqual([
    'FAILED   credentials: there are none; give --profile',
    `skipped  permission, subnet, quota: ${why}`,
    'skipped  route: another reason',
    '',
  ]);
});

it('checks of one kind with the same words name their subjects, checks of different kinds stay apart', () => {
  const checks = [
    checksOf('subnet', 'subnet-1').ok('is there'),
    checksOf('subnet', 'subnet-2').ok('is there'),
    checksOf('image', 'ami-1').ok('is there'),
  ];
  expect(renderChecks(checks, null)).toBe(
    'ok       subnet subnet-1, subnet-2: is there\nok       image ami-1: is there\n',
  );
});
