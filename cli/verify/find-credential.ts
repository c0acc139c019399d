import { readFile } from 'node:fs/promises'
import { isErrno } from '#contract/errno.ts'
import { dockerConfig } from '#contract/wire/docker-config.ts'
import type { Credential } from '../../registry/credential.ts'
import { readJson } from '../../registry/read-json.ts'
import type { CliConfig } from '../config.ts'

/** Who reads a registry: whoever the variables name, else whoever Docker has logged in there. `undefined` for nobody. */
export async function findCredential(
  { username, password, dockerConfig: file }: CliConfig['registry'],
  host: string,
): Promise<Credential | undefined> {
  if (username !== undefined && password !== undefined) return { username, password }
  const bytes = await readFile(file).catch((error: unknown) => {
    if (isErrno(error, 'ENOENT')) return undefined
    throw error
  })
  const { data } = dockerConfig.safeParse(bytes && readJson(bytes))
  const auth = data?.auths[host]?.auth ?? data?.auths[`https://${host}`]?.auth
  const text = auth === undefined ? '' : Buffer.from(auth, 'base64').toString('utf8')
  const at = text.indexOf(':')
  return at < 1 ? undefined : { username: text.slice(0, at), password: text.slice(at + 1) }
}
