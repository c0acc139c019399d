import type { ErrorHandler, NotFoundHandler } from 'hono'
import { HTTPException } from 'hono/http-exception'
import type { Logger } from 'pino'
import type { Problem } from '#contract/problem.ts'
import { describeProblem, problemOf } from '../describe-problem.ts'
import { Refusal } from '../refusal.ts'

/** Every error answer is made here. What is not a known refusal answers 500 and keeps its text to the log. */
export function createOnError(log: Logger): ErrorHandler {
  return (error, c) => {
    const problem = describeProblem(error)
    if (problem !== undefined) {
      return answer(problem, error instanceof Refusal ? error.retryAfter : undefined)
    }
    if (error instanceof HTTPException && error.status === 400) {
      return answer(problemOf('invalid_json'))
    }
    const requestId: unknown = c.get('requestId')
    log.error({ err: error, requestId }, 'request failed')
    return answer(problemOf('internal'))
  }
}

export const notFound: NotFoundHandler = (c) =>
  answer(problemOf('not_found', `there is no ${c.req.method} ${c.req.path}`))

function answer(problem: Problem, retryAfter?: number): Response {
  const { status, code } = problem
  const headers = new Headers({ 'content-type': 'application/problem+json' })
  if (retryAfter !== undefined) headers.set('retry-after', String(retryAfter))
  // The rest of the body is never read, so the connection cannot carry another request.
  if (code === 'body_too_large') headers.set('connection', 'close')
  return Response.json(problem, { status, headers })
}
