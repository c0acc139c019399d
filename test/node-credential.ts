import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { identityOf } from '../agent/control-plane.ts'
import { connect } from '../records/connect.ts'
import type { Farm } from './farm.ts'

/** What the farm's own agent says of itself in each call. */
export async function readIdentity({
  agentDir,
  databaseUrl,
}: Pick<Farm, 'agentDir' | 'databaseUrl'>) {
  const text = await readFile(join(agentDir, 'credential.json'), 'utf8')
  const { credential } = JSON.parse(text) as { credential: string }
  const id = /^kiln_(node_[0-9a-z]{26})/.exec(credential)?.[1]?.replace('_', '-') ?? ''
  await using db = connect(databaseUrl, 1)
  const node = db.selectFrom('nodes').select('incarnation').where('id', '=', id)
  return identityOf(credential, (await node.executeTakeFirstOrThrow()).incarnation)
}

/** What lets one node in, once. */
export async function makeJoinToken({ url }: Pick<Farm, 'url'>): Promise<string> {
  const { token } = await post<{ token: string }>(`${url}/api/nodes/tokens`, {})
  return token
}

/** Lets a node in, as an operator and its agent do. @returns its credential. */
export async function admitNode(
  { url }: Pick<Farm, 'url'>,
  { node_id, name }: { readonly node_id: string; readonly name: string },
): Promise<string> {
  const { token } = await post<{ token: string }>(`${url}/api/nodes/tokens`, {})
  const issued = await post<{ credential: string }>(`${url}/agent/join`, { token, node_id, name })
  return issued.credential
}

async function post<T>(url: string, body: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const reply = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!reply.ok) throw new Error(await reply.text())
  return (await reply.json()) as T
}
