import { createClient, type Submission } from '../../test/client.ts'

export interface TimedBuild {
  /** From the request to the event that says how it ended. */
  readonly ms: number
  readonly id: string
}

/** Submits a build and follows its events to the end, as a person who waits for it does. @throws unless it succeeds. */
export async function timeKilnBuild(url: string, body: Submission): Promise<TimedBuild> {
  const client = createClient(url)
  const start = performance.now()
  const reply = await client.post(body)
  const answer = (await reply.json()) as { build_id?: string }
  if (answer.build_id === undefined) throw new Error(`refused: ${JSON.stringify(answer)}`)
  const id = answer.build_id
  await client.follow(id)
  const ms = performance.now() - start
  const { status, failure } = await client.read(id)
  if (status !== 'succeeded') throw new Error(`${id} ${status}: ${JSON.stringify(failure)}`)
  return { ms, id }
}
