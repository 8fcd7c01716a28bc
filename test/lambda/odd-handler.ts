import type { InvocationContext } from '../../functions/lambda-runtime-api.ts';

let invocations = 0;

/** Does what its event says. */
export async function handler(event: { throw?: string }, context: InvocationContext) {
  invocations++;
  if (event.throw !== undefined) throw new RangeError(event.throw);
  return {
    pid: process.pid,
    invocations,
    id: context.awsRequestId,
    arn: context.invokedFunctionArn,
    inTime: context.getRemainingTimeInMillis() > 0,
    trace: process.env._X_AMZN_TRACE_ID,
  };
}
