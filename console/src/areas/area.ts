import type { Component } from 'vue'
import type { Texts } from '../language.ts'

/** A page of the console. Its component is fetched when it is first shown. */
interface Page {
  readonly path: string
  readonly name: string
  readonly component: () => Promise<{ default: Component }>
  readonly props?: boolean
}

/** A part of the console with an entry of its own in the navigation, which leads to the first of its pages. */
export interface Area {
  readonly name: string
  readonly title: (texts: Texts) => string
  readonly icon: Component
  /** Whether only operators of the farm find the entry. */
  readonly isForOperators?: boolean
  readonly routes: readonly [Page, ...Page[]]
}
