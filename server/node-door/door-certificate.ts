import { z } from 'zod'
import type { FarmKeys } from '../secrets/farm-keys.ts'
import { type Certified, hashAuthority, issueCertificate, makeAuthority } from './authority.ts'

const certified = z.object({ certificate: z.string(), key: z.string() })

/** What the server shows to nodes. */
export interface DoorCertificate {
  /** What proves the server now. */
  read(): Promise<Certified>
  /** As tokens for joining name it; `undefined` where its authority is one that everybody knows. */
  authorityHash(): Promise<string | undefined>
}

/** One that an operator has got, with its authority where that is a private one. */
export function givenCertificate(given: Certified, authority: string | undefined): DoorCertificate {
  return {
    read: async () => given,
    authorityHash: async () => (authority === undefined ? undefined : hashAuthority(authority)),
  }
}

/**
 * One of an authority of the farm's own: the first server that needs it makes it, and all share it.
 * @param names that nodes reach the server by.
 */
export function ownCertificate(
  farmKeys: Pick<FarmKeys, 'ensure'>,
  names: readonly string[],
  now: () => number,
): DoorCertificate {
  const authority = async () => {
    const fresh = Buffer.from(JSON.stringify(await makeAuthority(now())))
    const stored = await farmKeys.ensure('node-authority', fresh)
    return certified.parse(JSON.parse(stored.toString()))
  }
  return {
    read: async () => issueCertificate(await authority(), names, now()),
    authorityHash: async () => hashAuthority((await authority()).certificate),
  }
}
