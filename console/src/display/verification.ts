import type { ShownVerification } from '#contract/answers.ts'
import type { Texts } from '../language.ts'
import type { Tone } from './status.ts'

type Shown = Pick<ShownVerification, 'verdict' | 'evidence' | 'passed'>

/** A verification in a few words. Codes that this console does not know yet are shown as they are. Pure. */
export function verificationTone(
  verification: Shown | null,
  t: Texts,
): { readonly tone: Tone; readonly text: string } {
  const { verified } = t.images
  if (verification === null) return { tone: 'quiet', text: verified.nobody }
  const { verdict, evidence, passed } = verification
  if (passed === false) return { tone: 'bad', text: verified.failed }
  if (evidence === 'none') return { tone: 'warn', text: verified.unverified }
  if (verdict === 'not_gpu') return { tone: 'good', text: verified.starts }
  if (evidence === 'measured') return { tone: 'good', text: verified.onGpu }
  if (evidence === 'simulated') return { tone: 'warn', text: verified.simulated }
  if (evidence === 'computed') return { tone: 'busy', text: verified.computed }
  return { tone: 'quiet', text: evidence }
}
