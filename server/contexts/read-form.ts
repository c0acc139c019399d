import { on } from 'node:events'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Busboy, type BusboyInstance } from '@fastify/busboy'
import { bodyBytes } from './body-bytes.ts'
import { cleanPath } from '../../contexts/check-entry.ts'
import { type ContextEntry, defaultMode } from '../../contexts/entry.ts'
import { refuseContext } from './refuse.ts'

/** The name of a part says the permissions: a form has no other place for them. */
const modes: Readonly<Record<string, number>> = { file: defaultMode.file, executable: 0o755 }

/**
 * The files of a multipart form, in its own order: the filename of a part is the path, and folders come of the paths.
 * @throws Refusal when it is no such form or not whole.
 */
export async function* readForm(
  source: AsyncIterable<Uint8Array>,
  contentType: string,
): AsyncGenerator<ContextEntry> {
  const form = openForm(contentType)
  const strays: string[] = []
  form.on('field', (name) => strays.push(name))
  const files = on(form, 'file', { close: ['finish'] })
  const fed = pipeline(source, form)
  // The loop below rejects as well, and that is where it is handled.
  fed.catch(() => undefined)
  try {
    for await (const [name, body, filename] of files) yield toEntry(name, body, filename)
    if (strays[0] !== undefined) throw refusePart(strays[0], 'has no filename, which is its path')
    await fed
  } finally {
    form.destroy()
  }
}

function openForm(contentType: string): BusboyInstance {
  try {
    return new Busboy({ headers: { 'content-type': contentType }, preservePath: true })
  } catch {
    throw refuseContext('the content type of the form names no boundary')
  }
}

function toEntry(name: string, body: Readable, filename: string | undefined): ContextEntry {
  const mode = modes[name]
  if (mode === undefined)
    throw refusePart(name, `must be called ${Object.keys(modes).join(' or ')}`)
  const path = cleanPath(filename ?? '')
  return { path, kind: 'file', mode, target: '', size: undefined, body: bodyBytes(body) }
}

function refusePart(name: string, reason: string) {
  return refuseContext(`the part ${JSON.stringify(name)} ${reason}`)
}
