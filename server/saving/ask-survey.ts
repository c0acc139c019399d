import { request } from 'node:http'
import { json } from 'node:stream/consumers'
import type { SavedPaths, SaveSurvey } from '#contract/save.ts'
import { saveSurvey } from '#contract/wire/save.ts'
import type { EnvironmentRow } from '../../records/find-environments.ts'
import { Refusal } from '../refusal.ts'
import { type Tunnels, Unreachable } from '../tunnels/tunnels.ts'

/** A walk through millions of files takes minutes. */
const limitMs = 5 * 60_000

/**
 * Asks the node of an environment what it has written.
 * @param signal aborts when nobody waits for it any more: its node then looks no further.
 * @throws Refusal when it does not answer.
 */
export async function askSurvey(
  tunnels: Pick<Tunnels, 'open'>,
  { id, start, node_id: nodeId }: Pick<EnvironmentRow, 'id' | 'start' | 'node_id'>,
  choices: SavedPaths,
  signal: AbortSignal,
): Promise<SaveSurvey> {
  try {
    const stream = await tunnels.open(nodeId ?? '', { environmentId: id, start, port: 'agent' })
    try {
      signal.throwIfAborted()
      const asked = request({
        createConnection: () => stream,
        method: 'POST',
        path: `/environments/${id}/${start}/survey`,
        signal: AbortSignal.any([signal, AbortSignal.timeout(limitMs)]),
      })
      const { promise, resolve, reject } = Promise.withResolvers<SaveSurvey>()
      asked.on('error', reject)
      asked.on('response', (answer) => {
        const problem = problemOf(answer.statusCode)
        if (problem !== undefined) reject(new Unreachable(problem))
        else json(answer).then((body) => resolve(saveSurvey.parse(body)), reject)
      })
      asked.end(JSON.stringify(choices))
      return await promise
    } catch (error) {
      stream.destroy()
      throw error
    }
  } catch (error) {
    const why = error instanceof Unreachable ? error.message : 'its node did not answer'
    throw new Refusal('environment_unreachable', why)
  }
}

function problemOf(status: number | undefined): string | undefined {
  if (status === 200) return undefined
  if (status === 503) return 'its node looks at its files for others: ask again in a while'
  return 'its files are not on its node'
}
