import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/** What is wrong with an answer, by the description of the API; nothing when it is as it is described. */
export type FindUndescribed = (answer: {
  readonly method: string
  /** With the names of its parameters, as `/api/builds/{id}`. */
  readonly path: string
  readonly status: number
  readonly body: unknown
}) => readonly string[]

/**
 * Judges answers by the description that the server serves. What it does not mention is an error too, other than to
 * clients: a field that is new has to be described.
 */
export async function createFindUndescribed(url: URL | string): Promise<FindUndescribed> {
  const reply = await fetch(new URL('/api/openapi.json', url))
  const document = close(await reply.json()) as Document
  const ajv = new Ajv2020({ strict: false, allErrors: true })
  addFormats.default(ajv)
  ajv.addSchema(document, 'kiln')
  const known = new Map<string, ValidateFunction>()
  const find = ($ref: string) => {
    const validate = known.get($ref) ?? ajv.compile({ $ref })
    known.set($ref, validate)
    return validate
  }
  return ({ method, path, status, body }) => {
    const name = method.toLowerCase()
    const responses = document.paths[path]?.[name] as
      | { readonly responses: Readonly<Record<string, unknown>> }
      | undefined
    if (responses === undefined) return [`${method} ${path} is not described`]
    const isOk = status < 400
    if (isOk && !(String(status) in responses.responses)) return [`${status} is not described`]
    const place = ['paths', path, name, 'responses', String(status), 'content', 'application/json']
    const pointer = isOk
      ? [...place, 'schema'].map((part) => part.replaceAll('~', '~0').replaceAll('/', '~1'))
      : ['components', 'schemas', 'Problem']
    const validate = find(`kiln#/${pointer.map(encodeURIComponent).join('/')}`)
    if (validate(body)) return []
    return (validate.errors ?? []).map(
      ({ instancePath, message, params }) => `${instancePath} ${message} ${JSON.stringify(params)}`,
    )
  }
}

/** Lets objects have no more than what is described, other than maps. */
function close(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(close)
  if (typeof schema !== 'object' || schema === null) return schema
  const closed = Object.fromEntries(
    Object.entries(schema).map(([key, value]): [string, unknown] => [key, close(value)]),
  )
  const isOpen = 'properties' in closed && JSON.stringify(closed['additionalProperties']) === '{}'
  return isOpen ? { ...closed, additionalProperties: false } : closed
}
