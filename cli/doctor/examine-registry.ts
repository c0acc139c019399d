import { isLoopback } from '#contract/address.ts'
import { parseReference } from '#contract/image.ts'
import { trustAuthority } from '../../registry/trust-authority.ts'
import type { Session } from '../session.ts'
import { doctorTexts } from '../texts/doctor.ts'
import { type Finding, finding } from './finding.ts'

const limitMs = 10_000
/** Images that are looked at for one that lies in the registry. */
const lookedAt = 20

/** Whether the registry that images are published to is reached from here, as whoever pulls them has to. */
export async function* examineRegistry(session: Session): AsyncGenerator<Finding> {
  const { client, language, say, project, deps } = session
  const what = say(doctorTexts.registry)
  const { host: own, breaker } = await client.farm.registry()
  if (breaker.state !== 'closed') {
    const values = { host: own, failures: `${breaker.failures}` }
    yield finding(
      what,
      'fail',
      say(doctorTexts.pushesHeld, values),
      say(doctorTexts.registryAdvice),
    )
  }
  const { images } = await client.images.list({ project, limit: lookedAt, is_official: false })
  const first = images[0]
  const image = first && (await client.images.read(first.id, language))
  const host = image?.reference ? parseReference(image.reference)?.registry : undefined
  if (host === undefined) {
    yield finding(what, 'warn', say(doctorTexts.noImage), say(doctorTexts.noImageAdvice))
    return
  }
  trustAuthority(deps.config.registry.authority)
  const url = new URL(`${isLoopback(host) ? 'http' : 'https'}://${host}/v2/`)
  const status = await deps
    .fetch(url, { signal: AbortSignal.timeout(limitMs), redirect: 'manual' })
    .then(async (reply) => {
      await reply.body?.cancel()
      return reply.status
    })
    .catch(() => undefined)
  // Asked for a password, it is there.
  yield status === 200 || status === 401
    ? finding(what, 'ok', host)
    : finding(
        what,
        'fail',
        `${host}: ${status ?? say(doctorTexts.noAnswer)}`,
        say(doctorTexts.registryAdvice),
      )
}
