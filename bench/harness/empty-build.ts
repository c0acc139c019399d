import { proxyActivities, proxyLocalActivities } from '@temporalio/workflow'

interface Nothing {
  doNothing(): Promise<void>
}

const local = proxyLocalActivities<Nothing>({ startToCloseTimeout: '10 seconds' })

/** The steps of a build that goes well, in their order and of their kinds, and nothing in them. */
export async function emptyBuild(nodeQueue: string): Promise<void> {
  const node = proxyActivities<Nothing>({
    startToCloseTimeout: '1 minute',
    taskQueue: nodeQueue,
  })
  for (let step = 0; step < 3; step += 1) await local.doNothing()
  for (let stage = 0; stage < 3; stage += 1) await node.doNothing()
  for (let step = 0; step < 3; step += 1) await local.doNothing()
}
