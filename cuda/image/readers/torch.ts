import { findMarks } from './marks.ts'
import type { Reader } from './reader.ts'

const list = /^sm_\d+[af]?(?: (?:sm|compute)_\d+[af]?)*(?=\0)/

/**
 * The targets that torch was built for: the one string that `torch.cuda.get_arch_list()` answers from, as it lies in
 * libtorch_python.so. It ends with a zero byte; in some builds (2.9.1) other text stands directly in front of it, so that
 * only a list of one target must have a zero byte there as well.
 */
export function readTorch(): Reader {
  let longest = ''
  const marks = findMarks('sm_', (before, from) => {
    const text = list.exec(from)?.[0] ?? ''
    const isWhole = text.includes(' ') || before.endsWith('\0')
    if (text.length > longest.length && isWhole) longest = text
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
