import type { RouterRoute } from 'hono/types'
import { z } from 'zod'
import {
  createDocument as convert,
  type ZodOpenApiOperationObject,
  type ZodOpenApiResponsesObject,
} from 'zod-openapi'
import { problems, type ProblemCode } from '#contract/problem.ts'
import { checkOf } from './check.ts'
import { components, problemType } from './components.ts'
import { info } from './info.ts'
import type { Answer, Operation } from './operation.ts'
import { describeParameter } from './parameters.ts'
import { operations, resources } from './resources.ts'

type Described = Operation & { readonly resource: string }

/** What of the server is spoken by its own nodes only, or is whatever an environment serves. */
const isPublic = (path: string) =>
  !/^\/(agent|console|environments)\//.test(path) && path !== '/*' && path !== '/'

/** The routes of the API by method and path, each once. Pure. */
export function publicRoutes(
  routes: readonly Pick<RouterRoute, 'method' | 'path'>[],
): ReadonlySet<string> {
  return new Set(
    routes.flatMap(({ method, path }) =>
      method !== 'ALL' && isPublic(path) ? [`${method} ${path}`] : [],
    ),
  )
}

/**
 * The OpenAPI document of the routes that a server has. What a route takes is said by the schemas that judge its requests;
 * what it answers, and what it is for, by `operations/`. A route without a description is left out, which a test forbids.
 */
export function createDocument(routes: readonly RouterRoute[]) {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of publicRoutes(routes)) {
    const operation = operations.get(route)
    if (operation === undefined) continue
    const [method = '', path = ''] = route.split(' ')
    const handlers = routes.filter((one) => one.method === method && one.path === path)
    const whole = describe(operation, path, handlers)
    const templated = path.replaceAll(/:([a-z]+)(?:\{[^}]*\})?/g, '{$1}')
    paths[templated] = { ...paths[templated], [method.toLowerCase()]: whole }
  }
  return convert(
    {
      openapi: '3.1.1',
      info,
      servers: [{ url: '/', description: 'The server that serves this description.' }],
      tags: resources.map(({ name, description }) => ({ name, description })),
      security: [{ token: [] }],
      paths,
      components,
    },
    { allowEmptySchema: { unknown: true } },
  )
}

function describe(
  { id, resource, summary, description, answer, refusals = [], ...rest }: Described,
  path: string,
  handlers: readonly RouterRoute[],
): ZodOpenApiOperationObject {
  const checks = handlers.flatMap(({ handler }) => checkOf(handler) ?? [])
  const schemaOf = (target: string) => checks.find((check) => check.target === target)?.schema
  const query = schemaOf('query')
  const body = bodyOf(schemaOf('json'), rest)
  return {
    operationId: id,
    summary,
    tags: [resource],
    ...(description !== undefined && { description }),
    ...(rest.open && { security: [] }),
    requestParams: {
      ...(path.includes(':') && { path: pathSchema(path, schemaOf('param')) }),
      ...(query && { query: withDescriptions(query) }),
      ...(rest.headers && { header: headerSchema(rest.headers) }),
    },
    ...(body && { requestBody: body }),
    responses: {
      [answer.status]: showAnswer(answer),
      ...showRefusals([
        ...(rest.open ? [] : (['unauthenticated', 'forbidden', 'rate_limited'] as const)),
        ...(path.includes(':') ? (['not_found'] as const) : []),
        ...(checks.length > 0 ? (['invalid_request'] as const) : []),
        ...refusals,
      ]),
    },
  }
}

function bodyOf(schema: z.ZodType | undefined, { takes, example }: Partial<Operation>) {
  if (takes !== undefined) {
    const bytes = z.string().meta({ format: 'binary' })
    return {
      required: true,
      content: Object.fromEntries(takes.map((media) => [media, { schema: bytes }])),
    }
  }
  if (schema === undefined) return undefined
  return {
    required: true,
    content: { 'application/json': { schema, ...(example && { example }) } },
  }
}

/** What the parameters in a path must look like: what judges them, else what the route itself lets through. */
function pathSchema(path: string, judged: z.ZodType | undefined): z.ZodObject {
  const known = fieldsOf(judged)
  const fields = [...path.matchAll(/:([a-z]+)(?:\{([^}]*)\})?/g)].map(([, name = '', pattern]) => {
    const plain =
      pattern === undefined ? z.string() : z.string().regex(new RegExp(`^(?:${pattern})$`))
    const schema = known.get(name) ?? plain
    return [name, schema.describe(describeParameter(name, path))] as const
  })
  return z.object(Object.fromEntries(fields))
}

function withDescriptions(query: z.ZodType): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Array.from(fieldsOf(query), ([name, schema]) => [
        name,
        schema.description === undefined ? schema.describe(describeParameter(name)) : schema,
      ]),
    ),
  )
}

function fieldsOf(schema: z.ZodType | undefined): ReadonlyMap<string, z.ZodType> {
  if (!(schema instanceof z.ZodObject)) return new Map()
  return new Map(
    Object.entries<unknown>(schema.shape).flatMap(([name, field]) =>
      field instanceof z.ZodType ? [[name, field] as const] : [],
    ),
  )
}

function headerSchema(headers: Readonly<Record<string, string>>): z.ZodObject {
  return z.object(
    Object.fromEntries(
      Object.entries(headers).map(([name, means]) => [name, z.string().optional().describe(means)]),
    ),
  )
}

function showAnswer({ schema, media = 'application/json', description }: Answer) {
  if (schema === undefined && media === 'application/json') return { description }
  return { description, content: { [media]: { schema: schema ?? z.string() } } }
}

/** Each status with the codes that a caller may see under it, and one answer for the rest. */
function showRefusals(codes: readonly ProblemCode[]): ZodOpenApiResponsesObject {
  const content = { [problemType]: { schema: { $ref: '#/components/schemas/Problem' } } }
  const byStatus = Map.groupBy(codes, (code) => problems[code].status)
  const own = Array.from(byStatus, ([status, all]) => [
    status,
    {
      description: all.map((code) => `\`${code}\`: ${problems[code].title}.`).join(' '),
      content,
    },
  ])
  return { ...Object.fromEntries(own), default: { $ref: '#/components/responses/Problem' } }
}
