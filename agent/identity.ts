import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { isErrno } from '#contract/errno.ts'
import type { NewId } from '#contract/id.ts'

const stored = z.object({ node_id: z.string() })

/** The id of this node: made once and kept in the agent's directory, so that a restart is the same node. */
export async function readNodeId(directory: string, newId: NewId): Promise<string> {
  const path = join(directory, 'node.json')
  try {
    return stored.parse(JSON.parse(await readFile(path, 'utf8'))).node_id
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error
  }
  const nodeId = newId('node')
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeFile(`${path}.new`, `${JSON.stringify({ node_id: nodeId })}\n`, { mode: 0o600 })
  await rename(`${path}.new`, path)
  return nodeId
}
