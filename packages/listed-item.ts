import type { PackageLists } from '#contract/packages.ts'

/** Where an item was submitted: such as `packages.apt[3]`, or a file with the line, counted from 1. */
export interface ItemPlace {
  readonly field: string
  readonly line?: number
}

/** An item as it was submitted. */
export interface ListedItem extends ItemPlace {
  readonly list: keyof PackageLists
  readonly text: string
}

export interface ItemProblem extends ItemPlace {
  readonly message: string
}

/** What a file lists, and what of it is refused before any item is looked at. */
export interface ReadFile {
  readonly items: readonly ListedItem[]
  readonly problems: readonly ItemProblem[]
}
