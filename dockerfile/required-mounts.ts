import type { BuildInputs } from './global-arguments.ts'
import { readMountFields } from './mount-fields.ts'
import { lineOf, readFlags } from './parse.ts'
import { readUsedStages } from './used-stages.ts'

/** A secret or an SSH key without which a RUN fails. */
export interface RequiredMount {
  readonly type: 'secret' | 'ssh'
  readonly id: string
  /** Counted from 1. */
  readonly line: number
}

/**
 * Every `RUN --mount=type=secret` or `type=ssh` that says `required`, in the stages that the target needs. A mount that
 * is written with variables is left to the frontend.
 */
export function readRequiredMounts(text: string, inputs: BuildInputs): readonly RequiredMount[] {
  return readUsedStages(text, inputs)
    .filter((instruction) => instruction.getKeyword() === 'RUN')
    .flatMap((instruction) => {
      const line = lineOf(instruction)
      return readFlags(instruction)
        .filter(({ name }) => name === 'mount')
        .map(({ value }) => readMount(value))
        .filter((mount) => mount !== undefined)
        .map((mount) => ({ ...mount, line }))
    })
}

/** The frontend's defaults: a secret is called as the file that it is mounted at, a key `default`. */
function readMount(value: string): Omit<RequiredMount, 'line'> | undefined {
  if (value.includes('$')) return undefined
  const fields = readMountFields(value)
  const type = fields.get('type')?.toLowerCase()
  if (!isTrue(fields.get('required'))) return undefined
  const target = fields.get('target') ?? fields.get('dst') ?? fields.get('destination') ?? ''
  const id = fields.get('id') ?? fields.get('source') ?? fields.get('src')
  if (type === 'ssh') return { type, id: id ?? 'default' }
  return type === 'secret' ? { type, id: id ?? target.replace(/^.*\//, '') } : undefined
}

/** As Go reads a boolean. */
function isTrue(text: string | undefined): boolean {
  return /^(1|t|T|true|TRUE|True)$/.test(text ?? '')
}
