/** One thing that was looked at, or was not. */
export interface Check {
  readonly what:
    | 'manifest'
    | 'config'
    | 'layers'
    | 'signature'
    | 'provenance'
    | 'sbom'
    | 'evidence'
    | 'referrer'
  /** `absent`: there is none. `unchecked`: it was not looked at, or cannot be. */
  readonly state: 'ok' | 'failed' | 'absent' | 'unchecked'
  readonly detail: string
  /** On whose word it rests; `null` where it was computed here from the bytes. */
  readonly saidBy: string | null
}

export const ok = (what: Check['what'], detail: string, saidBy: string | null = null): Check => ({
  what,
  state: 'ok',
  detail,
  saidBy,
})

export const failed = (what: Check['what'], detail: string): Check => ({
  what,
  state: 'failed',
  detail,
  saidBy: null,
})

/** Whether an image is what its publisher signed: nothing is wrong, and a signature is right. Pure. */
export function isTrusted(checks: readonly Check[]): boolean {
  const isSigned = checks.some(({ what, state }) => what === 'signature' && state === 'ok')
  return isSigned && checks.every(({ state }) => state !== 'failed')
}
