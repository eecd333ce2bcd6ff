/** A platform's HTTP client that takes a place in the shared budgets before each request. */
import type { JobContext } from '@bizinsights/jobs-core';
import type { PlatformHttp, RequestBudget } from '@bizinsights/jobs-platforms';

/** How many requests go to a platform, over all workers. */
export interface PlatformBudgets {
  /** To one account. Default: the platform's own `budget`. */
  readonly account?: RequestBudget;
  /** To all accounts together, where the platform counts by app. Default: no limit. */
  readonly total?: RequestBudget;
}

/** A place that comes free within so many ms is waited for; for a later one the job gives its place to others. */
const MAX_WAIT = 2_000;

/**
 * @param account what the platform counts by; asked for at each request, as it is known only when connected
 * @throws {RetryAfterError} from `send`, when the budget is used up for longer
 */
export function withBudget(
  http: PlatformHttp,
  job: Pick<JobContext, 'takeSlot'>,
  platform: string,
  account: () => string,
  budgets: PlatformBudgets,
): PlatformHttp {
  const take = async (key: string, budget: RequestBudget | undefined) => {
    if (budget) await job.takeSlot(key, { max: budget.requests, per: budget.per, maxWait: MAX_WAIT });
  };
  return {
    async send(request) {
      await take(`${platform}:account:${account()}`, budgets.account);
      await take(`${platform}:total`, budgets.total);
      return await http.send(request);
    },
    ...(http.baseUrl ? { baseUrl: http.baseUrl.bind(http) } : {}),
  };
}
