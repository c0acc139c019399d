import { access, chmod, mkdir, readFile, realpath, rename, writeFile } from 'node:fs/promises'
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { z } from 'zod'
import { isErrno } from '#contract/errno.ts'
import { stopLeftovers } from '../process/pid-file.ts'
import { Problem } from './problem.ts'
import type { Report } from './report.ts'
import { takeFileLock } from '../process/file-lock.ts'

/** 32 bytes each, in base64url: a key of the secrets store has to have exactly that. */
const secretNames = [
  'postgres',
  'kilnDatabase',
  'temporalDatabase',
  'registry',
  'secretsKey',
] as const
export type Secrets = Readonly<Record<(typeof secretNames)[number], string>>

/** The state directory, owned by this launcher until disposed. */
export interface State extends AsyncDisposable {
  readonly dir: string
  readonly logs: string
  readonly pids: string
  readonly secrets: Secrets
  /** PEM file of the key that signs images. */
  readonly signingKey: string
  /** File in which the server puts the token of the operator `admin`. */
  readonly adminToken: string
}

/** Takes the state directory and stops what a killed launcher left in it. @throws Problem when it is in use. */
export async function openState(
  wanted: string,
  report: Report,
  signal: AbortSignal,
): Promise<State> {
  const dir = await createStateDir(wanted)
  const logs = join(dir, 'logs')
  const pids = join(dir, 'run')
  const lock = await takeFileLock(join(pids, 'launcher.lock'), {
    limitMs: 0,
    signal,
    onWait: (pid) => {
      throw new Problem([
        `Kiln already runs from ${dir} (pid ${pid}): stop it, or set KILN_STATE_DIR for a second one`,
      ])
    },
  })
  await stopLeftovers(pids, report.say)
  return {
    dir,
    logs,
    pids,
    secrets: await readSecrets(join(dir, 'secrets.json')),
    signingKey: await keepSigningKey(join(dir, 'signing-key.pem')),
    adminToken: join(dir, 'admin-token'),
    [Symbol.asyncDispose]: () => lock[Symbol.asyncDispose](),
  }
}

async function createStateDir(wanted: string): Promise<string> {
  try {
    await mkdir(join(wanted, 'logs'), { recursive: true, mode: 0o750 })
    await mkdir(join(wanted, 'run'), { recursive: true, mode: 0o700 })
    // Passable but not listable: Postgres runs as another user and has its data below.
    await chmod(wanted, 0o711)
    // Mounts and processes are found by the path that the kernel shows.
    return await realpath(wanted)
  } catch (error) {
    if (!(error instanceof Error)) throw error
    throw new Problem([
      `cannot write the state directory (${error.message}): set KILN_STATE_DIR to another one`,
    ])
  }
}

async function readSecrets(path: string): Promise<Secrets> {
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return '{}'
    throw error
  })
  const stored = z.record(z.string(), z.string()).parse(JSON.parse(text))
  const missing = secretNames.filter((name) => stored[name] === undefined)
  const fresh = missing.map((name) => [name, randomBytes(32).toString('base64url')])
  const secrets = z
    .record(z.enum(secretNames), z.string())
    .parse({ ...stored, ...Object.fromEntries(fresh) })
  if (missing.length > 0) {
    await writeFile(`${path}.new`, JSON.stringify(secrets, null, 2), { mode: 0o600 })
    await rename(`${path}.new`, path)
  }
  return secrets
}

/** Made once; an operator may put another key in front of it. */
async function keepSigningKey(path: string): Promise<string> {
  const isThere = await access(path).then(
    () => true,
    (error: unknown) => {
      // A key that cannot be looked at now must not be replaced: what it has signed would be nobody's.
      if (isErrno(error, 'ENOENT')) return false
      throw error
    },
  )
  if (isThere) return path
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' })
  await writeFile(`${path}.new`, pem, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return path
}
