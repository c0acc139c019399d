import { readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { z } from 'zod'

// Below Linux's ephemeral range, so that no outgoing connection takes a port between two starts.
const firstPort = 20_000
const lastPort = 31_999

/** Whether something on this machine could listen on 127.0.0.1:port now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () =>
      server.close(() => resolve(true)),
    )
  })
}

async function pickPort(taken: ReadonlySet<number>): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1))
    if (!taken.has(port) && (await isPortFree(port))) return port
  }
  throw new Error(`no free port found between ${firstPort} and ${lastPort}`)
}

/**
 * Gives every name its wanted port, or a free one where none or 0 is wanted. Picked ports are kept in `file`: Temporal finds its own
 * members again by address, and a URL that someone bookmarked stays right.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  wanted: Readonly<Partial<Record<Name, number>>>,
  file: string,
): Promise<ReadonlyMap<Name, number>> {
  const remembered = await readRemembered(file)
  const chosen = new Map<Name, number>()
  const taken = new Set(names.map((name) => wanted[name] ?? 0))
  for (const name of names) {
    const port = wanted[name] ?? 0
    const before = remembered[name]
    const reuse = before !== undefined && !taken.has(before) && (await isPortFree(before))
    const final = port !== 0 ? port : reuse ? before : await pickPort(taken)
    chosen.set(name, final)
    taken.add(final)
  }
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(chosen), null, 2))
  await rename(`${file}.new`, file)
  return chosen
}

async function readRemembered(file: string): Promise<Record<string, number>> {
  const text = await readFile(file, 'utf8').catch(() => '{}')
  return z.record(z.string(), z.number()).catch({}).parse(JSON.parse(text))
}

/** The process that listens on a loopback or wildcard port, as `pid 12 (name)`; undefined when it cannot be seen. */
export async function findPortHolder(port: number): Promise<string | undefined> {
  const inodes = await listeningInodes(port)
  if (inodes.size === 0) return undefined
  for (const pid of (await readdir('/proc')).filter((name) => /^\d+$/.test(name))) {
    if (!(await holdsSocket(pid, inodes))) continue
    const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown')
    return `pid ${pid} (${name.trim()})`
  }
  return undefined
}

async function listeningInodes(port: number): Promise<Set<string>> {
  const listening = '0A'
  const hexPort = `:${port.toString(16).toUpperCase().padStart(4, '0')}`
  const tables = await Promise.all(
    ['/proc/net/tcp', '/proc/net/tcp6'].map((table) => readFile(table, 'utf8').catch(() => '')),
  )
  const rows = tables
    .flatMap((table) => table.split('\n').slice(1))
    .map((row) => row.trim().split(/\s+/))
  const matching = rows.filter((row) => row[1]?.endsWith(hexPort) && row[3] === listening)
  return new Set(matching.map((row) => `socket:[${row[9]}]`))
}

async function holdsSocket(pid: string, inodes: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
  const targets = await Promise.all(
    descriptors.map((fd) => readlink(`/proc/${pid}/fd/${fd}`).catch(() => '')),
  )
  return targets.some((target) => inodes.has(target))
}
