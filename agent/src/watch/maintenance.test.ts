import { describe, expect, it } from 'vitest';
import { maintenanceChanges, parseMaintenance } from './maintenance.ts';

/** As the EC2 user guide prints it ("View scheduled events ... using the instance metadata"). */
const DOCUMENT = `[ {
  "NotBefore" : "21 Jan 2026 09:00:43 GMT",
  "Code" : "system-reboot",
  "Description" : "scheduled reboot",
  "EventId" : "instance-event-0d59937288b749b32",
  "NotAfter" : "21 Jan 2026 09:17:23 GMT",
  "State" : "active"
} ]`;
const NOTICE = {
  id: 'instance-event-0d59937288b749b32',
  code: 'system-reboot',
  state: 'active',
  not_before: '21 Jan 2026 09:00:43 GMT',
  not_after: '21 Jan 2026 09:17:23 GMT',
  description: 'scheduled reboot',
};

describe('the document of scheduled maintenance', () => {
  it('is read as AWS writes it', () => {
    expect(parseMaintenance(DOCUMENT)).toEqual([NOTICE]);
  });

  it('is empty where there is none, and unknown where it is no document', () => {
    expect(parseMaintenance('[]')).toEqual([]);
    expect(parseMaintenance(null)).toEqual([]);
    expect(parseMaintenance('<html>busy</html>')).toBeNull();
    expect(parseMaintenance('{}')).toBeNull();
  });

  it('is bounded, and survives fields of other types', () => {
    const many = JSON.stringify(Array.from({ length: 99 }, () => ({ Code: 'x'.repeat(9999), NotBefore: 7 })));
    expect(parseMaintenance(many)).toHaveLength(20);
    expect(parseMaintenance(many)?.[0]).toMatchObject({ code: 'x'.repeat(500), state: 'active', not_before: null });
    expect(parseMaintenance('[null, 7]')).toEqual([]);
  });
});

describe('what is told of it', () => {
  it('is each notice once, then its changes, then its withdrawal', () => {
    const later = { ...NOTICE, not_before: '22 Jan 2026 09:00:43 GMT' };
    const steps = [[], [NOTICE], [NOTICE], [later], []];
    const told = steps.slice(1).map((now, index) => maintenanceChanges(steps[index] ?? [], now));
    expect(told.map((events) => events.map(({ detail }) => detail['change']))).toEqual([
      ['announced'],
      [],
      ['changed'],
      ['withdrawn'],
    ]);
    expect(told[0]).toEqual([{ event: 'maintenance_announced', detail: { change: 'announced', ...NOTICE } }]);
  });
});
