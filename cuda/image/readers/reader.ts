import type { DeviceCode } from '#contract/image-facts.ts'
import type { ImagePackage } from '#contract/image-packages.ts'

/** A package as the list of its own package manager says it. */
export type ListedPackage = Omit<ImagePackage, 'kind' | 'place'>

/** What was read out of one file. */
export type Content =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'code'; readonly code: DeviceCode }
  | { readonly kind: 'version'; readonly version: string }
  | { readonly kind: 'compat'; readonly cuda: string; readonly branches: readonly number[] }
  | {
      readonly kind: 'packages'
      readonly packages: readonly ListedPackage[]
      /** There are more in the list. */
      readonly cut: boolean
    }

/** Takes a file chunk by chunk and keeps of it only what it looks for. */
export interface Reader {
  write(chunk: Buffer): void
  /** `undefined` when the file has nothing of what was looked for. */
  end(): Content | undefined
}
