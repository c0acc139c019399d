import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createEnvironmentHttp } from '../../agent/tunnel/environment-http.ts'
import { createOpenTerminal } from '../../agent/tunnel/terminal.ts'
import { runTerminal } from '../../cli/environment/run-terminal.ts'
import { openSession } from '../../cli/session.ts'
import { createCliDeps } from '../cli/kit/in-process.ts'
import { openTerminal } from './terminal.ts'
import { environmentId } from './tunnel-kit.ts'

const MiB = 1024 ** 2
const total = 48 * MiB
/** Terminals are slow. */
const typed = 20 * MiB
const piece = Buffer.alloc(64 * 1024, 'x')
const path = `/environments/${environmentId}/1/exec`

/** Stands in for runc: between pipes it runs the command here, in a terminal what reads nothing for a while. */
const runc = `#!/bin/sh
case "$*" in *--tty*) stty raw -echo; echo ready; sleep 4; exec head -c ${typed} | wc -c;; esac
while [ "$1" != ${environmentId} ]; do shift; done
shift
exec "$@"
`

let folder: string
let http: Server
let server: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'kiln-typing-'))
  const bundle = join(folder, 'bundle')
  await mkdir(bundle)
  await writeFile(join(bundle, 'config.json'), JSON.stringify({ process: { env: [] } }))
  await writeFile(join(folder, 'runc'), runc)
  await chmod(join(folder, 'runc'), 0o755)
  http = createEnvironmentHttp({
    isRunning: () => true,
    logOf: () => '',
    openTerminal: createOpenTerminal({
      runc: join(folder, 'runc'),
      root: folder,
      folderOf: () => ({ folder, bundle }),
    }),
    survey: async () => undefined,
  })
  await once(http.listen(0, '127.0.0.1'), 'listening')
  server = `http://127.0.0.1:${(http.address() as AddressInfo).port}`
})
afterAll(async () => {
  http.close()
  await rm(folder, { recursive: true, force: true })
})

it('reads no more of the input than a program takes, and all of it in the end', async () => {
  const { deps, out } = createCliDeps({ server, home: folder })
  let read = 0
  const endless = function* () {
    for (; read < total; read += piece.length) yield piece
  }
  const input = Readable.from(endless(), { objectMode: false })
  const session = await openSession({ ...deps, streams: { ...deps.streams, input } }, { server })
  const { client } = session
  const terminalAddress = (_: string, query: Readonly<Record<string, string>>) =>
    new URL(`${path}?${new URLSearchParams(query).toString()}`, server.replace('http', 'ws'))
  const environments = { ...client.environments, terminalAddress }
  const reached = { ...session, client: { ...client, environments } }
  const ended = runTerminal(reached, environmentId, ['sh', '-c', 'sleep 2; wc -c'])
  await sleep(1500)
  const early = read
  expect(await ended).toBe(0)
  out.end()
  expect((await text(out)).trim()).toBe(String(total))
  expect(early).toBeGreaterThan(0)
  expect(early).toBeLessThan(total / 2)
})

it('takes no more from the user of a terminal than its program does', async () => {
  const terminal = await openTerminal(server, path, { tty: 'true' })
  await expect.poll(() => terminal.printed()).toContain('ready')
  for (let sent = 0; sent < typed; sent += piece.length) terminal.type(piece.toString())
  const since = performance.now()
  await sleep(500)
  // The agent goes on meanwhile.
  expect(performance.now() - since).toBeLessThan(2500)
  expect(terminal.unsent()).toBeGreaterThan(typed / 4)
  expect(await terminal.ended()).toBe(0)
  expect(terminal.printed()).toContain(String(typed))
})

it('hears of the end of a program that has taken nothing', async () => {
  const command = JSON.stringify(['sh', '-c', 'sleep 1; exit 7'])
  const terminal = await openTerminal(server, path, { tty: 'false', command })
  for (let sent = 0; sent < total; sent += piece.length) terminal.type(piece.toString())
  expect(await terminal.ended()).toBe(7)
})
