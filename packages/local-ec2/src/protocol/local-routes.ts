// The routes under /_local, for whoever runs the endpoint: faults, conditions, what happens to instances, the request log.
import type { ActionContext } from '../account/account.ts';
import { carryOut } from '../account/instance-orders.ts';
import { parseConditions, parseOrder } from '../scenario.ts';
import type { RequestLogEntry } from './api-server.ts';
import { type FaultList, parseFaults } from './faults.ts';
import type { RequestGuard } from './request-guard.ts';

/** What they work with. */
export interface LocalRoutesDependencies {
  readonly context: ActionContext;
  readonly guard: RequestGuard;
  readonly faults: FaultList;
  readonly requests: readonly RequestLogEntry[];
}

interface LocalAnswer {
  readonly status: number;
  readonly value: unknown;
}

/** Answers them. */
export class LocalRoutes {
  private readonly dependencies: LocalRoutesDependencies;

  constructor(dependencies: LocalRoutesDependencies) {
    this.dependencies = dependencies;
  }

  /** The answer to a request; 404 for what is no route, 400 with the reason for a bad body. */
  answer(request: { method: string; path: string; body: string }): LocalAnswer {
    const { context, faults, requests } = this.dependencies;
    switch (`${request.method} ${request.path}`) {
      case 'POST /_local/faults':
        return this.addFaults(request.body);
      case 'DELETE /_local/faults':
        faults.clear();
        return { status: 200, value: { pending: 0 } };
      case 'GET /_local/conditions':
        return { status: 200, value: context.account.conditions };
      case 'PATCH /_local/conditions':
        return this.changeConditions(request.body);
      case 'POST /_local/instances':
        return this.carryOut(request.body);
      case 'GET /_local/requests':
        return { status: 200, value: requests };
      default:
        return { status: 404, value: { error: `there is no ${request.method} ${request.path}` } };
    }
  }

  private addFaults(body: string): LocalAnswer {
    const parsed = parseFaults(body);
    if (typeof parsed === 'string') return wrong(parsed);
    this.dependencies.faults.add(parsed);
    return { status: 200, value: { pending: this.dependencies.faults.size } };
  }

  private changeConditions(body: string): LocalAnswer {
    const parsed = parseConditions(body);
    if (typeof parsed === 'string') return wrong(parsed);
    this.dependencies.guard.change(parsed.change);
    return { status: 200, value: this.dependencies.context.account.conditions };
  }

  private carryOut(body: string): LocalAnswer {
    const parsed = parseOrder(body);
    if (typeof parsed === 'string') return wrong(parsed);
    return { status: 200, value: { instances: carryOut(parsed.order, this.dependencies.context) } };
  }
}

function wrong(error: string): LocalAnswer {
  return { status: 400, value: { error } };
}
