// local-ec2: an EC2- and SSM-compatible endpoint on this machine whose instances run their user data here.
export type { MarkedProcess } from './host/run-marker.ts';
export { findMarkedProcesses, MARKER_VARIABLE, markOf } from './host/run-marker.ts';
export { WorkFolderError } from './host/work-folder.ts';
export type { LocalEc2, LocalEc2Options, LocalEc2Timing, LocalInstance } from './local-ec2.ts';
export { startLocalEc2 } from './local-ec2.ts';
export { IsolationError } from './namespace/isolation-error.ts';
export type { RequestLogEntry } from './protocol/api-server.ts';
export type { Fault } from './protocol/faults.ts';
