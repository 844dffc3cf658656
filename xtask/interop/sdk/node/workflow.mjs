// The workflow that is completed.

import { sleep } from '@temporalio/workflow';

export async function greeting(whom) {
  await sleep(10);
  return `hello, ${whom}`;
}
