import { readdir, readFile, readlink, rename, writeFile } from 'node:fs/promises'
import { z } from 'zod'
import { claimPort } from './port-claims.ts'

// Below Linux's ephemeral range, so that no outgoing connection takes a port between two starts.
const firstPort = 20_000
const lastPort = 31_999

/**
 * Gives every name its wanted port, or a free one where none or 0 is wanted. Picked ports are kept in `file`: Temporal finds its own
 * members again by address, and a URL that someone bookmarked stays right. No other launcher picks them until `claims` is disposed.
 */
export async function choosePorts<Name extends string>(
  names: readonly Name[],
  wanted: Readonly<Partial<Record<Name, number>>>,
  file: string,
  claims: AsyncDisposableStack,
): Promise<ReadonlyMap<Name, number>> {
  const remembered = await readRemembered(file)
  const chosen = new Map<Name, number>()
  const taken = new Set(names.map((name) => wanted[name] ?? 0))
  for (const name of names) {
    const given = wanted[name] ?? 0
    const port = given === 0 ? await pickPort(remembered[name], taken, claims) : given
    chosen.set(name, port)
    taken.add(port)
  }
  await writeFile(`${file}.new`, JSON.stringify(Object.fromEntries(chosen), null, 2))
  await rename(`${file}.new`, file)
  return chosen
}

async function pickPort(
  before: number | undefined,
  taken: ReadonlySet<number>,
  claims: AsyncDisposableStack,
): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const random = firstPort + Math.floor(Math.random() * (lastPort - firstPort + 1))
    const port = attempt === 0 ? (before ?? random) : random
    const claim = taken.has(port) ? undefined : await claimPort(port)
    if (claim === undefined) continue
    claims.use(claim)
    return port
  }
  throw new Error(`no free port found between ${firstPort} and ${lastPort}`)
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
