import { randomUUID } from 'node:crypto'
import { fileURLToPath } from 'node:url'
import { Client, Connection } from '@temporalio/client'
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker'
import { startFarm } from '../test/farm.ts'
import { bootstrapMedian } from './harness/interval.ts'
import { describeMachine, say } from './harness/print.ts'

/** A workflow with the steps of a build, which do nothing: what is left of a build's time when only its durability stays. */
const builds = 40
const warmUp = 10

Runtime.install({ logger: new DefaultLogger('ERROR') })
await using farm = await startFarm({ agent: false })
const { address, namespace } = farm.temporal
await using stack = new AsyncDisposableStack()
const native = await NativeConnection.connect({ address })
stack.defer(async () => native.close())
const connection = await Connection.connect({ address })
stack.defer(async () => connection.close())
const { workflow } = new Client({ connection, namespace })

const [control, node] = ['empty-control', 'empty-node']
const common = { connection: native, namespace, activities: { doNothing: async () => undefined } }
const workers = [
  await Worker.create({
    ...common,
    taskQueue: control,
    workflowsPath: fileURLToPath(new URL('harness/empty-build.ts', import.meta.url)),
  }),
  await Worker.create({ ...common, taskQueue: node }),
]

async function measure(): Promise<void> {
  const times: number[] = []
  for (let round = -warmUp; round < builds; round += 1) {
    const start = performance.now()
    await workflow.execute('emptyBuild', {
      workflowId: randomUUID(),
      taskQueue: control,
      args: [node],
    })
    if (round >= 0) times.push(performance.now() - start)
  }
  const { median, low, high } = bootstrapMedian(times, Math.random)
  const [middle, from, to] = [median, low, high].map((ms) => ms.toFixed(0))
  say(describeMachine())
  say(`${builds} builds of empty steps: median ${middle} ms, 95 % between ${from} and ${to} ms`)
}

const running = workers.map(async (worker) => worker.run())
try {
  await measure()
} finally {
  for (const worker of workers) worker.shutdown()
  await Promise.all(running)
}
