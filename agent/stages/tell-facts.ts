import type { AttemptRef } from '#contract/build.ts'
import type { ImageFacts } from '#contract/image-facts.ts'
import type { Digest } from '#contract/image.ts'
import { analysisVersion, type LayerContents } from '../../cuda/image/analyse-image.ts'
import type { ControlPlane } from '../control-plane.ts'
import { askAgain } from './ask-again.ts'

export interface TellFactsDeps {
  readonly controlPlane: Pick<ControlPlane, 'sendFacts'>
  readonly random: () => number
}

export interface KnownContents extends LayerContents {
  readonly digest: Digest
}

const limitMs = 20_000

/**
 * Tells the server the facts and packages of an image, once for as long as this node keeps them. The promise rejects when they do not
 * arrive: for an image that asks for no GPU the worker reads them again once it is published.
 */
export function createTellFacts({ controlPlane, random }: TellFactsDeps) {
  const told = new WeakSet<ImageFacts>()
  return async (
    attempt: AttemptRef,
    { digest, facts, packages }: KnownContents,
    signal: AbortSignal,
  ) => {
    if (told.has(facts)) return
    const upload = { digest, analysis: analysisVersion, facts, packages }
    const send = async () => controlPlane.sendFacts(attempt, upload)
    await askAgain(send, { random, signal, limitMs })
    told.add(facts)
  }
}
