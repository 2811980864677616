// local-ec2: an EC2- and SSM-compatible endpoint on this machine whose instances run their user data here.
export type { Conditions, ConditionsChange } from './account/conditions.ts';
export type { InstanceOrder } from './account/instance-orders.ts';
export { findEmulation, reasonAgainst } from './host/emulation.ts';
export type { MarkedProcess } from './host/run-marker.ts';
export { findMarkedProcesses, MARKER_VARIABLE, markOf } from './host/run-marker.ts';
export { type GuestAnswer, GuestCommands } from './host/vm/guest-commands.ts';
export { COMMAND_PORTS, HOST_ADDRESS, QMP_SOCKET, qemuWords, type VmFacts } from './host/vm/qemu-words.ts';
export { runQmp } from './host/vm/qmp.ts';
export { readVmImage, type VmImage, VmImageError } from './host/vm/vm-image.ts';
export type { VmOptions } from './host/vm/vm-isolation.ts';
export type { VmUserData } from './host/vm/vm-machine.ts';
export { WorkFolderError } from './host/work-folder.ts';
export type { LocalEc2, LocalEc2Options, LocalEc2Timing, LocalInstance } from './local-ec2.ts';
export { startLocalEc2 } from './local-ec2.ts';
export { IsolationError } from './namespace/isolation-error.ts';
export type { RequestLogEntry } from './protocol/api-server.ts';
export type { Fault } from './protocol/faults.ts';
export type { Scenario, ScheduledStep } from './scenario.ts';
