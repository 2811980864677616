// DryRun: the answer to a request that asks only whether it would be allowed.
import { ApiError } from '../api-error.ts';

/** Ends a dry run. Success is an error, too, in this API. @throws ApiError DryRunOperation */
export function refuseDryRun(request: { DryRun?: boolean | undefined }): void {
  if (request.DryRun === true) {
    throw new ApiError('DryRunOperation', 'Request would have succeeded, but DryRun flag is set.');
  }
}
