import { createHash } from 'node:crypto'
import { RegistryError } from '../../registry/error.ts'
import { parseManifest } from '../../registry/manifest.ts'
import { readConfig } from '../../registry/read-config.ts'
import type { Manifest } from '../../registry/client.ts'
import { type Check, failed, ok } from './check.ts'
import type { Place } from './place.ts'

/** The configuration and the layers that a manifest names. @param whole reads every layer. @throws RegistryError */
export async function checkContent(
  { client, repository }: Place,
  manifest: Manifest,
  { whole, signal }: { readonly whole: boolean; readonly signal: AbortSignal },
): Promise<readonly Check[]> {
  const parsed = parseManifest(manifest.bytes)
  if (parsed === undefined) return [failed('config', 'the manifest is not that of one image')]
  const { config, layers } = parsed
  const served = await readConfig(client, repository, config.digest).catch(missing)
  const checks = [
    served !== undefined
      ? ok('config', config.digest)
      : failed('config', `the registry does not serve the bytes of ${config.digest}`),
  ]
  for (const { digest, size } of layers) {
    const problem = whole
      ? await readLayer({ client, repository }, digest, signal)
      : await lookForLayer({ client, repository }, digest, size)
    if (problem !== undefined) checks.push(failed('layers', `${digest}: ${problem}`))
  }
  if (checks.some(({ what }) => what === 'layers')) return checks
  if (whole) return [...checks, ok('layers', `${layers.length}, each read and hashed`)]
  const detail = `${layers.length} are there with the right size; --layers reads and hashes them`
  return [...checks, { what: 'layers', state: 'unchecked', detail, saidBy: 'the registry' }]
}

/** A registry that has lost something is not one that fails. */
function missing(error: unknown): undefined {
  if (error instanceof RegistryError && error.status === 404) return undefined
  throw error
}

async function lookForLayer(
  { client, repository }: Pick<Place, 'client' | 'repository'>,
  digest: string,
  size: number,
): Promise<string | undefined> {
  const there = await client.sizeOfBlob(repository, digest)
  if (there === undefined) return 'the registry does not have it'
  return there === size ? undefined : `it has ${there} bytes there instead of ${size}`
}

async function readLayer(
  { client, repository }: Pick<Place, 'client' | 'repository'>,
  digest: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  const stream = await client.readBlob(repository, digest, signal).catch(missing)
  if (stream === undefined) return 'the registry does not have it'
  const hash = createHash('sha256')
  for await (const bytes of stream) hash.update(bytes)
  return `sha256:${hash.digest('hex')}` === digest ? undefined : 'its bytes are others'
}
