import { z } from 'zod'
import type { Environment } from '../process/environment.ts'

/** Whether a request is answered without an error. */
export async function answers(url: string): Promise<boolean> {
  const reply = await fetch(url, { signal: AbortSignal.timeout(2_000) }).catch(() => undefined)
  return reply?.ok === true
}

const nodeList = z.object({ nodes: z.array(z.object({ status: z.string() })) })

/** Whether builds can be placed. */
export async function hasReadyNode(serverUrl: string, environment: Environment): Promise<boolean> {
  const reply = await askApi(`${serverUrl}/api/nodes`, environment).catch(() => undefined)
  if (reply?.ok !== true) return false
  const { nodes } = nodeList.parse(await reply.json())
  return nodes.some(({ status }) => status === 'ready')
}

const joinToken = z.object({ token: z.string() })

/** @returns what the agent of this machine joins with. */
export async function makeJoinToken(serverUrl: string, environment: Environment): Promise<string> {
  const reply = await askApi(`${serverUrl}/api/nodes/tokens`, environment, {
    method: 'POST',
    body: '{}',
  })
  if (!reply.ok) throw new Error(`the server gives no token for the agent: ${reply.status}`)
  return joinToken.parse(await reply.json()).token
}

async function askApi(
  url: string,
  environment: Environment,
  request: Pick<RequestInit, 'method' | 'body'> = {},
): Promise<Response> {
  const token = environment['KILN_API_TOKEN']
  return fetch(url, {
    ...request,
    signal: AbortSignal.timeout(2_000),
    headers: {
      'content-type': 'application/json',
      ...(token !== undefined && { authorization: `Bearer ${token}` }),
    },
  })
}
