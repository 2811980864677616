// What a shutdown from inside does to an instance.
import { ApiError } from '../api-error.ts';

/** The behaviour of a shutdown from inside. @throws ApiError InvalidParameterValue */
export function shutdownBehaviorOf(value: string | undefined): 'stop' | 'terminate' {
  if (value === undefined || value === 'stop') return 'stop';
  if (value === 'terminate') return 'terminate';
  throw new ApiError(
    'InvalidParameterValue',
    `Value (${value}) for parameter instanceInitiatedShutdownBehavior is invalid. Expecting stop or terminate.`,
  );
}
