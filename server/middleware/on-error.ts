import type { ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import { type Problem, type ProblemCode, problems } from '#contract/problem.ts'
import { QuotaExceeded } from '../../records/quotas.ts'
import { Refusal } from '../refusal.ts'

/** Every error answer is made here. What is not a known refusal answers 500 and keeps its text to the log. */
export function createOnError(log: Logger): ErrorHandler {
  return (error) => {
    if (error instanceof Refusal) return answer(error.code, error.message, error)
    if (error instanceof QuotaExceeded) return answer(`quota_${error.quota}`, error.message)
    if (error instanceof HTTPException && error.status === 400) return answer('invalid_json')
    log.error({ err: error }, 'request failed')
    return answer('internal')
  }
}

export const notFound: NotFoundHandler = (c) =>
  answer('not_found', `there is no ${c.req.method} ${c.req.path}`)

function answer(
  code: ProblemCode,
  detail = '',
  { errors, retryAfter }: Partial<Pick<Refusal, 'errors' | 'retryAfter'>> = {},
): Response {
  const { status, title } = problems[code]
  const problem: Problem = {
    type: `urn:kiln:problem:${code}`,
    title,
    status,
    code,
    ...(detail === '' ? {} : { detail }),
    ...(errors === undefined ? {} : { errors }),
  }
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
  // The rest of the body is never read, so the connection cannot carry another request.
  if (code === 'body_too_large') headers.set('connection', 'close')
  return Response.json(problem, { status, headers })
}
