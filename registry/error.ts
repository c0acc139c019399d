/** What a registry answered or did not. `status` is absent when there was no answer at all. */
export class RegistryError extends Error {
  override readonly name = 'RegistryError'
  readonly operation: string
  readonly status: number | undefined

  constructor(operation: string, status: number | undefined, options?: ErrorOptions) {
    super(`${operation}: ${status === undefined ? 'no answer' : `status ${status}`}`, options)
    this.operation = operation
    this.status = status
  }
}
