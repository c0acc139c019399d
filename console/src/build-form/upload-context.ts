import { contextStored } from '#contract/wire/answers/context.ts'
import { problemAnswer } from '#contract/wire/answers/problem.ts'
import { ServerError } from '../../../client/server-error.ts'
import { isSignInNeeded } from '../session.ts'
import type { SentContext } from './build-form.ts'

export interface Upload {
  readonly project: string
  /** Files of a folder, or one archive. */
  readonly files: readonly File[]
  readonly signal: AbortSignal
  /** @param part from 0 to 1. */
  readonly onProgress: (part: number) => void
}

const operation = 'POST /api/contexts'

/**
 * Sends the files of a build. Not by fetch, which tells of no progress. @throws ServerError, and the signal's reason.
 */
export async function uploadContext(upload: Upload): Promise<SentContext> {
  const { body, type } = toBody(upload.files)
  const { status, text } = await send(upload, body, type)
  const answer = parse(text)
  if (status === 401) isSignInNeeded.value = true
  if (status !== 201) {
    const problem = problemAnswer.safeParse(answer).data
    throw new ServerError(operation, { status, ...(problem && { problem }) })
  }
  const { context: digest, files, bytes } = contextStored.parse(answer)
  return { digest, files, bytes }
}

const archives = [
  ['.tar.gz', 'application/gzip'],
  ['.tgz', 'application/gzip'],
  ['.tar.zst', 'application/zstd'],
  ['.tar', 'application/x-tar'],
] as const

/** What an archive is taken for by its name; `undefined` for any other file. Pure. */
function archiveType(name: string): string | undefined {
  return archives.find(([end]) => name.endsWith(end))?.[1]
}

function toBody(files: readonly File[]): { body: Blob | FormData; type: string | undefined } {
  const [first] = files
  if (first !== undefined && files.length === 1 && first.webkitRelativePath === '') {
    const type = archiveType(first.name)
    if (type !== undefined) return { body: first, type }
  }
  const form = new FormData()
  for (const file of files) form.append('file', file, pathOf(file))
  return { body: form, type: undefined }
}

/** Below the folder that was chosen. Pure. */
function pathOf({ name, webkitRelativePath: path }: File): string {
  return path === '' ? name : path.slice(path.indexOf('/') + 1)
}

function send(
  { project, signal, onProgress }: Upload,
  body: Blob | FormData,
  type: string | undefined,
): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>()
  const request = new XMLHttpRequest()
  request.open('POST', `/api/contexts${project === '' ? '' : `?project=${project}`}`)
  if (type !== undefined) request.setRequestHeader('content-type', type)
  request.upload.addEventListener('progress', ({ loaded, total }) =>
    onProgress(total === 0 ? 0 : loaded / total),
  )
  request.addEventListener('load', () =>
    resolve({ status: request.status, text: request.responseText }),
  )
  request.addEventListener('error', () => reject(new ServerError(operation, {})))
  request.addEventListener('abort', () => reject(signal.reason))
  signal.addEventListener('abort', () => request.abort(), { once: true })
  request.send(body)
  return promise
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
