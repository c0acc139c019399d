/** What a Harbor answered or did not. `status` is absent when there was no answer at all. */
export class HarborError extends Error {
  override readonly name = 'HarborError'
  readonly operation: string
  readonly status: number | undefined
  /** Harbor's own word for it, such as `PROJECTPOLICYVIOLATION`; absent where a proxy in front of it answered. */
  readonly code: string | undefined
  /** By this one an operator finds the request in the log of Harbor's core. */
  readonly requestId: string

  constructor(operation: string, answer: HarborAnswer, options?: ErrorOptions) {
    super(`${operation}: ${describe(answer)}`, options)
    this.operation = operation
    this.status = answer.status
    this.code = answer.code
    this.requestId = answer.requestId
  }
}

export interface HarborAnswer {
  readonly status?: number
  readonly code?: string
  /** Harbor's sentence, meant for people. */
  readonly message?: string
  readonly requestId: string
}

function describe({ status, code, message, requestId }: HarborAnswer): string {
  if (status === undefined) return `no answer (request ${requestId})`
  const words = [code, message].filter((word) => word !== undefined && word !== '').join(': ')
  return `status ${status}${words === '' ? '' : `, ${words}`} (request ${requestId})`
}
