/** Something a person must do before Kiln can run; shown without a stack trace. */
export class Problem extends Error {
  override readonly name = 'Problem'
  readonly items: readonly string[]

  constructor(items: readonly string[], options?: ErrorOptions) {
    super(items.join('\n'), options)
    this.items = items
  }
}
