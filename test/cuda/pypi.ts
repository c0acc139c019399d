import { z } from 'zod'

const project = z.object({
  files: z.array(z.object({ filename: z.string(), url: z.string(), size: z.number() })),
})

export type RemoteFile = z.infer<typeof project>['files'][number]

const timeoutMs = 60_000

/** The file of a project whose name fits. `index` is a simple index as pip knows it (PEP 691). */
export async function findWheel(index: URL, name: string, pattern: RegExp): Promise<RemoteFile> {
  const reply = await fetch(new URL(`${name}/`, index), {
    headers: { accept: 'application/vnd.pypi.simple.v1+json' },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (!reply.ok) throw new Error(`${name}: the index answered ${reply.status}`)
  const { files } = project.parse(await reply.json())
  const found = files.find(({ filename }) => pattern.test(filename))
  if (found === undefined) throw new Error(`${name}: no file is ${pattern}`)
  return { ...found, url: new URL(found.url, reply.url).href }
}

/** `first` to `last`, both included. @throws when the registry serves no ranges. */
export async function readRange(url: string, first: number, last: number): Promise<Response> {
  const reply = await fetch(url, {
    headers: { range: `bytes=${first}-${last}` },
    signal: AbortSignal.timeout(timeoutMs),
  })
  if (reply.status !== 206) throw new Error(`expected a range, got status ${reply.status}`)
  return reply
}
