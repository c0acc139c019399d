import type { Tone } from './status.ts'

const tones: Readonly<Record<string, Tone>> = {
  error: 'bad',
  unsure: 'warn',
  warn: 'warn',
  retry: 'warn',
  ok: 'good',
}

/** How a reason of a verification weighs. What a newer server knows besides weighs nothing. Pure. */
export const severityTone = (severity: string): Tone => tones[severity] ?? 'quiet'
