import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'

/** As the README tells it to people who want to know the digest beforehand. */
const normal =
  '--sort=name --format=gnu --mtime=@0 --owner=0 --group=0 --numeric-owner --hard-dereference'

/** Packs a folder and sends it while it is packed. @returns the context. */
export async function sendContext(url: string, folder: string): Promise<string> {
  const reply = await fetch(new URL('/api/contexts', url), {
    method: 'POST',
    headers: { 'content-type': 'application/x-tar' },
    body: Readable.toWeb(pack(folder)) as ReadableStream<Uint8Array>,
    duplex: 'half',
  })
  if (reply.status !== 201) throw new Error(`refused: ${await reply.text()}`)
  return ((await reply.json()) as { context: string }).context
}

/** Packs a folder only to know its context, and asks whether the server has it. @throws when it has not. */
export async function recogniseContext(url: string, folder: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(pack(folder), hash)
  const context = `sha256:${hash.digest('hex')}`
  const reply = await fetch(new URL(`/api/contexts/${context}`, url), { method: 'HEAD' })
  if (!reply.ok) throw new Error(`the server does not have ${context}`)
  return context
}

function pack(folder: string): Readable {
  const args = [...normal.split(' '), '-C', folder, '-c', '.']
  return spawn('tar', args, { stdio: ['ignore', 'pipe', 'inherit'] }).stdout
}
