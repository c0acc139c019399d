import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isErrno } from '#contract/errno.ts'
import { type IssuedCredential, issuedCredential } from '#contract/wire/join.ts'

/** What this node proves itself with. It lies in the agent's directory, for the agent alone. */
export interface Credential {
  /** Empty while the node has none. */
  current(): string
  /** When the one it has ends, and when it came, by the clock that it was opened with; absent while the node has none. */
  life(): Life | undefined
  keep(issued: IssuedCredential): Promise<void>
  /** Calls back after each change until the answer is disposed of. */
  onChange(heard: () => void): Disposable
}

export interface Life {
  readonly from: number
  readonly until: number
}

/**
 * Takes up the one that an earlier agent kept in this directory, if there is one that can be read.
 * @param clock in ms, and never set.
 */
export async function openCredential(
  directory: string,
  clock: () => number,
  say: (line: string) => void,
): Promise<Credential> {
  const path = join(directory, 'credential.json')
  let held = await readStored(path, say)
  let life = held && lifeOf(held, clock())
  const listeners = new Set<() => void>()
  return {
    current: () => held?.credential ?? '',
    life: () => life,
    keep: async (issued) => {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(`${path}.new`, `${JSON.stringify(issued)}\n`, { mode: 0o600 })
      await rename(`${path}.new`, path)
      held = issued
      life = lifeOf(issued, clock())
      for (const heard of listeners) heard()
    },
    onChange: (heard) => {
      listeners.add(heard)
      return { [Symbol.dispose]: () => void listeners.delete(heard) }
    },
  }
}

/**
 * From when it came. A node whose clock is off must not replace it too late, so when it ends is only asked where the server
 * does not say how long it holds.
 */
export function lifeOf({ life_ms: lifeMs, expires_at: end }: IssuedCredential, at: number): Life {
  return { from: at, until: at + (lifeMs ?? Date.parse(end) - Date.now()) }
}

async function readStored(
  path: string,
  say: (line: string) => void,
): Promise<IssuedCredential | undefined> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return issuedCredential.parse(JSON.parse(text))
  } catch {
    say(`${path} holds no credential: this node has to join anew`)
    return undefined
  }
}
