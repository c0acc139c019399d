import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Farm } from './farm.ts'

/** What the farm's own agent proves itself with. */
export async function readCredential({ agentDir }: Pick<Farm, 'agentDir'>): Promise<string> {
  const text = await readFile(join(agentDir, 'credential.json'), 'utf8')
  return (JSON.parse(text) as { credential: string }).credential
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
