import { isLoopback } from '#contract/address.ts'
import {
  isDigest,
  type Digest,
  parseLibraryName,
  parseReference,
  placeOfPinned,
} from '#contract/image.ts'
import { createRegistryClient, type RegistryClient } from '../../registry/client.ts'
import { CommandError } from '../command-error.ts'
import { exitCodes } from '../exit-code.ts'
import { findImage } from '../find-by-name.ts'
import type { Session } from '../session.ts'
import { verifyTexts } from '../texts/verify.ts'
import { findCredential } from './find-credential.ts'

/** Where an image lies, and by what it is asked for. */
export interface Place {
  readonly client: RegistryClient
  /** Host as it is written in a reference. */
  readonly host: string
  readonly repository: string
  /** A tag or a digest. */
  readonly reference: string
  /** What the image must be; `undefined` when only a tag was named. */
  readonly expected: Digest | undefined
}

/**
 * Finds an image: by a reference with its host, or by its name in the library, of which the server is asked only where its
 * registry is. @throws CommandError
 */
export async function findPlace(
  session: Session,
  text: string,
  { plainHttp }: { readonly plainHttp: boolean },
): Promise<Place> {
  const whole = hasHost(text) ? text : await askServer(session, text)
  const parsed = parseReference(whole)
  if (parsed?.registry === undefined) {
    throw new CommandError(session.say(verifyTexts.noReference, { text }), exitCodes.usage)
  }
  const { registry: host, repository, tag = 'latest', digest } = parsed
  // Docker takes a registry on this machine for one without a certificate, too.
  const isPlain = plainHttp || isLoopback(host)
  const base = new URL(`${isPlain ? 'http' : 'https'}://${host}`)
  const credential = await findCredential(session.deps.config.registry, host)
  return {
    client: createRegistryClient(base, credential),
    host,
    repository,
    reference: digest ?? tag,
    expected: digest,
  }
}

const hasHost = (text: string) => parseReference(text)?.registry !== undefined

/** The name with the host and folder of the farm's registry, its tag and digest as they were given. */
async function askServer(session: Session, text: string): Promise<string> {
  const [name = '', digest] = text.split('@')
  const { client, language, say } = session
  const { id } = await findImage(session, name)
  const { reference } = await client.images.read(id, language)
  if (reference === null)
    throw new CommandError(say(verifyTexts.notPublished, { name }), exitCodes.usage)
  const repository = placeOfPinned(reference)
  const tag = parseLibraryName(name)?.tag ?? 'latest'
  return digest !== undefined && isDigest(digest)
    ? `${repository}@${digest}`
    : `${repository}:${tag}`
}
