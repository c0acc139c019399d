import { parseBytes } from '#contract/bytes.ts'

/** A part of a disk: percents of all of it, or bytes. */
export type Share = { readonly percent: number } | { readonly bytes: number }

/** Reads `5%` or a size such as `20GiB`. `undefined` when the text is neither. */
export function parseShare(text: string): Share | undefined {
  const percent = /^(\d{1,2}|100)%$/.exec(text)?.[1]
  if (percent !== undefined) return { percent: Number(percent) }
  const bytes = parseBytes(text)
  return bytes === undefined ? undefined : { bytes }
}

/** @returns bytes. */
export function bytesOfShare(share: Share, totalBytes: number): number {
  return 'bytes' in share ? share.bytes : Math.floor((totalBytes / 100) * share.percent)
}
