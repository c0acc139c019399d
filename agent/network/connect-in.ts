import { type ChildProcess, spawn } from 'node:child_process'
import { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { z } from 'zod'
import { namespacePath } from './namespace.ts'

/** Connects this process to what listens on loopback of another network namespace. */
export interface Connector extends Disposable {
  /** @throws when nothing listens there, or not in time. */
  connect(port: number): Promise<Socket>
}

const child = fileURLToPath(new URL('connect-child.ts', import.meta.url))
const limitMs = 15_000
const answer = z.object({ id: z.number(), failed: z.boolean().optional() })

/** @param onEnd is called once it can connect no more. */
export function connectIn(namespace: string, onEnd: () => void): Connector {
  const path = `--net=${namespacePath(namespace)}`
  const helper = spawn('nsenter', [path, '--', process.execPath, child], {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin' },
  })
  const waiting = new Map<number, PromiseWithResolvers<Socket>>()
  helper.on('message', (message, handle) => {
    const { id, failed } = answer.parse(message)
    const asked = waiting.get(id)
    waiting.delete(id)
    if (handle instanceof Socket && asked !== undefined) asked.resolve(handle)
    else if (handle instanceof Socket) handle.destroy()
    if (failed === true) asked?.reject(new Error('nothing listens on that port'))
  })
  const end = () => {
    for (const { reject } of waiting.values()) reject(new Error('the connection helper has ended'))
    waiting.clear()
    onEnd()
  }
  helper.once('error', end)
  helper.once('exit', end)
  let last = 0
  return {
    connect: async (port) => {
      const asked = Promise.withResolvers<Socket>()
      const id = (last += 1)
      waiting.set(id, asked)
      const late = setTimeout(() => {
        waiting.delete(id)
        asked.reject(new Error('the port does not answer in time'))
      }, limitMs)
      send(helper, { id, port }, asked.reject)
      return asked.promise.finally(() => clearTimeout(late))
    },
    [Symbol.dispose]: () => void helper.kill('SIGKILL'),
  }
}

function send(helper: ChildProcess, wanted: object, fail: (error: Error) => void): void {
  helper.send(wanted, (error) => {
    if (error !== null) fail(error)
  })
}
