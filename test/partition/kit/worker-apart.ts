import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'
import type { Farm } from '../../farm.ts'

/** The worker of a farm, which reaches Temporal by a line of its own. */
export interface WorkerApart extends AsyncDisposable {
  /** From now on nothing gets through, and nobody is told, until `heal`. */
  cut(): void
  heal(): void
}

/** Lets another worker take the place of the one that the farm has started. */
export async function moveWorker({ processes, temporal }: Farm): Promise<WorkerApart> {
  const { worker } = processes
  const [environment, command] = await Promise.all(
    ['environ', 'cmdline'].map(async (file) =>
      readFile(`/proc/${worker.pid ?? 0}/${file}`, 'utf8'),
    ),
  )
  const line = await layLine(temporal.address)
  await worker[Symbol.asyncDispose]()
  const [program = '', ...args] = command?.split('\0').filter((part) => part !== '') ?? []
  const given = [...(environment ?? '').matchAll(/([^=\0]+)=([^\0]*)/g)].map((pair) =>
    pair.slice(1),
  )
  const env = { ...Object.fromEntries(given), KILN_TEMPORAL_ADDRESS: line.address }
  const moved = spawn(program, args, { env, stdio: 'ignore' })
  return {
    cut: line.cut,
    heal: line.heal,
    [Symbol.asyncDispose]: async () => {
      line.heal()
      moved.kill('SIGTERM')
      if (moved.exitCode === null && moved.signalCode === null) await once(moved, 'exit')
      await line[Symbol.asyncDispose]()
    },
  }
}

async function layLine(address: string) {
  const [host = '', port = ''] = address.split(':')
  const ends = new Set<Socket>()
  let isCut = false
  const server = createServer((near) => {
    const far = connect(Number(port), host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      ends.add(from)
      from.on('data', (bytes) => void to.write(bytes))
      from.on('error', () => to.destroy())
      from.on('close', () => {
        ends.delete(from)
        to.destroy()
      })
      if (isCut) from.pause()
    }
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    cut: () => {
      isCut = true
      for (const end of ends) end.pause()
    },
    heal: () => {
      isCut = false
      for (const end of ends) end.resume()
    },
    [Symbol.asyncDispose]: async () => {
      for (const end of ends) end.destroy()
      await server[Symbol.asyncDispose]()
    },
  }
}
