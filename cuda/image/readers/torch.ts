import { findMarks } from './marks.ts'
import type { Reader } from './reader.ts'

const list = /^(?:(?:sm|compute)_\d+[af]? ?)+$/

/**
 * The targets that torch was built for: the one string that `torch.cuda.get_arch_list()` answers from, as it lies in
 * libtorch_python.so between two zero bytes.
 */
export function readTorch(): Reader {
  let longest = ''
  const marks = findMarks('sm_', (before, from) => {
    const start = before.slice(before.lastIndexOf('\0') + 1)
    const text = start + (from.split('\0', 1)[0] ?? '')
    if (text.length > longest.length && list.test(text)) longest = text
  })
  return {
    write: marks.write,
    end: () => {
      marks.end()
      return longest === '' ? undefined : { kind: 'code', code: splitTargets(longest.split(' ')) }
    },
  }
}

/** Sorts `sm_80` and `compute_90` into machine code and PTX. */
export function splitTargets(names: readonly string[]) {
  const withPrefix = (prefix: string) =>
    names.filter((name) => name.startsWith(prefix)).map((name) => name.slice(prefix.length))
  return { sm: withPrefix('sm_'), ptx: withPrefix('compute_') }
}
