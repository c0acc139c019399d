import { createHash, createPublicKey, type KeyObject } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import type { Session } from '../session.ts'
import { verifyTexts } from '../texts/verify.ts'
import type { TrustedKey } from './verify-bundle.ts'

export interface KeyOptions {
  readonly key?: readonly string[]
  readonly serverKeys?: boolean
}

/** Whose signatures count: keys in files, or those that the server says are its own. @throws CommandError */
export async function findKeys(
  { client, server, say }: Session,
  { key: files = [], serverKeys = false }: KeyOptions,
): Promise<readonly TrustedKey[]> {
  if (files.length === 0 && !serverKeys) {
    throw new CommandError(say(verifyTexts.noKey), exitCodes.usage, say(verifyTexts.noKeyAdvice))
  }
  const own = await Promise.all(
    files.map(async (file) => {
      const key = readKey(await readFile(file))
      if (key !== undefined) return { name: `${nameOf(key)} (${file})`, key }
      throw new CommandError(say(verifyTexts.badKey, { file }), exitCodes.usage)
    }),
  )
  const told = serverKeys ? (await client.farm.signingKeys()).keys : []
  const theirs = told
    .filter(({ state }) => state !== 'withdrawn')
    .flatMap(({ public_key: pem }) => readKey(Buffer.from(pem)) ?? [])
    .map((key) => ({
      name: `${nameOf(key)} (${say(verifyTexts.saysServer, { server: server.origin })})`,
      key,
    }))
  return [...own, ...theirs]
}

/** A public key in PEM; of a private one its public half. */
function readKey(pem: Buffer): KeyObject | undefined {
  try {
    return createPublicKey(pem)
  } catch {
    return undefined
  }
}

/** The beginning of the id by which the farm knows it. */
function nameOf(key: KeyObject): string {
  const der = key.export({ type: 'spki', format: 'der' })
  return createHash('sha256').update(der).digest('hex').slice(0, 12)
}
