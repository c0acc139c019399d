/** Languages that every text is kept in. */
export type Language = 'en' | 'zh'

/**
 * `error`: it will not run. `unsure`: it may not. `warn` and `note`: it runs. `retry`: the farm tries again. `info` and
 * `ok` ask for nothing.
 */
export type Severity = 'ok' | 'info' | 'note' | 'warn' | 'unsure' | 'retry' | 'error'

export interface Reason {
  readonly severity: Severity
  /** Who must act: the author of the image, the operator of the node, or the farm's own. */
  readonly owner: 'image' | 'node' | 'farm'
  /** `{name}` stands for a parameter. */
  readonly message: Readonly<Record<Language, string>>
  readonly fix: Readonly<Record<Language, string>>
}
