import packageFile from '../../package.json' with { type: 'json' }
import { pages } from '../../client/pages.ts'
import { ServerError } from '../../client/server-error.ts'
import { explainError } from '../errors/explain-error.ts'
import type { Session } from '../session.ts'
import { doctorTexts } from '../texts/doctor.ts'
import { examineAbout } from './examine-about.ts'
import { examineNode } from './examine-node.ts'
import { examineRegistry } from './examine-registry.ts'
import { type Finding, finding } from './finding.ts'

/** Looks at a farm from outside, part by part; what a part needs and is not there ends it. */
export async function* examineFarm(session: Session): AsyncGenerator<Finding> {
  const { client, server, say } = session
  const attempt = async (what: string, look: () => Promise<string>): Promise<Finding> => {
    try {
      return finding(what, 'ok', await look())
    } catch (error) {
      if (!(error instanceof ServerError)) throw error
      const [first = '', ...advice] = explainError(error, say, server.origin).lines
      return finding(what, 'fail', first, advice.join(' '))
    }
  }
  const reached = await attempt(say(doctorTexts.server), async () => {
    await client.farm.health()
    return server.origin
  })
  yield reached
  if (reached.state === 'fail') return
  yield await attempt(say(doctorTexts.ready), async () => (await client.farm.readiness()).status)
  const token = await attempt(say(doctorTexts.token), async () => {
    const { user, operator, scopes } = await client.farm.me()
    return `${user ?? '-'}${operator ? `, ${say(doctorTexts.operator)}` : ''}: ${scopes.join(', ')}`
  })
  yield token
  if (token.state === 'fail') return
  yield* examineServer(session)
  yield* examineNodes(session)
  yield* examineKeys(session)
  yield* examineRegistry(session)
}

async function* examineServer({ client, deps, say }: Session): AsyncGenerator<Finding> {
  const askedAt = deps.now()
  try {
    const about = await client.farm.about()
    const own = { version: packageFile.version, askedAt, answeredAt: deps.now() }
    yield* examineAbout(about, own, say)
  } catch (error) {
    if (!(error instanceof ServerError)) throw error
    const what = say(doctorTexts.version)
    yield finding(what, 'warn', say(doctorTexts.olderServer), say(doctorTexts.otherVersionAdvice))
  }
}

async function* examineNodes({ client, language, say }: Session): AsyncGenerator<Finding> {
  let ready = 0
  const read = async (page: { limit?: number | undefined; cursor?: string | undefined }) =>
    client.nodes.list({ lang: language, ...page })
  for await (const { nodes } of pages(read, {})) {
    ready += nodes.filter(({ status }) => status === 'ready').length
    yield* nodes.flatMap((node) => examineNode(node, say))
  }
  if (ready > 0) return
  yield finding(
    say(doctorTexts.nodes),
    'fail',
    say(doctorTexts.noNode),
    say(doctorTexts.noNodeAdvice),
  )
}

async function* examineKeys({ client, say }: Session): AsyncGenerator<Finding> {
  const { keys } = await client.farm.signingKeys()
  const signing = keys.find(({ state }) => state === 'signing')
  yield signing === undefined
    ? finding(
        say(doctorTexts.signing),
        'warn',
        say(doctorTexts.unsigned),
        say(doctorTexts.unsignedAdvice),
      )
    : finding(say(doctorTexts.signing), 'ok', signing.id.slice(0, 12))
}
