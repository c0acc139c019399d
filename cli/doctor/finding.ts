/** One thing that the doctor has looked at. */
export interface Finding {
  readonly what: string
  readonly state: 'ok' | 'warn' | 'fail'
  readonly detail: string
  /** What to do; empty when all is well. */
  readonly advice: string
}

export const finding = (
  what: string,
  state: Finding['state'],
  detail: string,
  advice = '',
): Finding => ({ what, state, detail, advice })
